import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { walk } from "../bytes/walk.ts";
import { readParams } from "../paramsFile.ts";
import type { Detected, Reader, ReadOptions } from "../reader.ts";
import type { FilePlace, SourceRecord } from "../records.ts";
import { valuesOf } from "./columns.ts";
import { headerOf, readMetrics, withRuns } from "./metricsFile.ts";

const EVERYTHING = { depth: 8, entries: 200_000 };
const NEARBY = { depth: 3, entries: 2_000 };
/** `<name>/version_<n>/metrics.csv`; whoever names his versions himself has an `hparams.yaml` beside. */
const isVersion = (path: string): boolean => /(^|\/)version_\d+$/.test(path);
const isMetrics = (path: string): boolean => basename(path) === "metrics.csv";

/** Lightning's CSVLogger: a row for each call, empty where nothing was logged, with `step`; parameters in `hparams.yaml`. */
export const lightningReader: Reader = {
  format: "lightning",
  title: "Lightning CSV logs",
  async detect(path): Promise<Detected | null> {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true) return isMetrics(path) && (await isOne(path)) ? { path, confines: dirname(path) } : null;
    if (found?.isDirectory() !== true) return null;
    const { files } = await walk(path, NEARBY, isMetrics);
    for (const file of files.slice(0, 20)) if (await isOne(join(path, file))) return { path };
    return null;
  },
  read: readVersions,
};

async function isOne(path: string): Promise<boolean> {
  const header = await headerOf(path);
  return header !== null && header.includes("step") && (isVersion(dirname(path)) || (await stat(join(dirname(path), "hparams.yaml")).catch(() => null))?.isFile() === true);
}

async function* readVersions(path: string, from: ReadonlyMap<string, FilePlace>, { signal }: ReadOptions): AsyncGenerator<SourceRecord> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
  const root = isFolder ? path : dirname(path);
  const { files, links, complete } = isFolder ? await walk(path, EVERYTHING, isMetrics) : { files: [basename(path)], links: [], complete: true };
  for (const link of links) yield { k: "problem", file: link, reason: "It is a link: links are not followed." };
  if (!complete) yield { k: "problem", file: ".", reason: `There are more than ${EVERYTHING.entries} files, or folders ${EVERYTHING.depth} deep: not all are read.` };
  for (const [index, name] of files.entries()) {
    if (signal.aborted) return;
    const run = dirname(name);
    if (isFolder && !(await isOne(join(root, name)))) continue;
    yield { k: "run", run, name: run === "." ? basename(root) : run };
    yield* readParams(join(root, run), "hparams.yaml", run === "." ? "hparams.yaml" : `${run}/hparams.yaml`, run);
    const columns = (header: readonly string[]) => ({ step: header.indexOf("step"), time: -1, run: -1, key: -1, values: valuesOf(header, [header.indexOf("step")]) });
    yield* withRuns(readMetrics({ path: join(root, name), name, run, columns }, from.get(name), signal), from.get(name), () => (run === "." ? basename(root) : run));
    yield { k: "progress", done: index + 1, total: files.length, unit: "runs" };
  }
}
