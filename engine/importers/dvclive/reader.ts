import { lstat, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { SourceFile } from "../bytes/file.ts";
import { artifactName, walk } from "../bytes/walk.ts";
import { valuesOf } from "../csv/columns.ts";
import { readMetrics } from "../csv/metricsFile.ts";
import { readParams } from "../paramsFile.ts";
import type { Detected, Reader, ReadOptions } from "../reader.ts";
import type { FilePlace, SourceRecord } from "../records.ts";
import { isKey, isStep } from "../valid.ts";

const FILES = { depth: 16, entries: 50_000 };
const MOST_SUMMARY_BYTES = 4 * 1024 * 1024;
const CURVES = "plots/metrics/";

/** A folder of DVCLive: `metrics.json` (last values), `params.yaml`, a TSV a metric in `plots/metrics/`, other plots as files. One run. */
export const dvcliveReader: Reader = {
  format: "dvclive",
  title: "DVCLive folder",
  async detect(path): Promise<Detected | null> {
    const has = async (name: string, kind: "isFile" | "isDirectory"): Promise<boolean> => (await stat(join(path, name)).catch(() => null))?.[kind]() === true;
    if (await has("plots/metrics", "isDirectory")) return { path };
    return (await has("metrics.json", "isFile")) && ((await has("plots", "isDirectory")) || (await has("params.yaml", "isFile"))) ? { path } : null;
  },
  read: readLive,
};

async function* readLive(path: string, from: ReadonlyMap<string, FilePlace>, { signal }: ReadOptions): AsyncGenerator<SourceRecord> {
  const run = ".";
  yield { k: "run", run, name: basename(path) };
  yield* readParams(path, "params.yaml", "params.yaml", run);
  const { files, links, complete } = await walk(path, FILES, (file) => file.startsWith("plots/") || /^report\.(md|html|ipynb)$/.test(file));
  for (const link of links) yield { k: "problem", file: link, reason: "It is a link: links are not followed." };
  if (!complete) yield { k: "problem", file: ".", reason: `There are more than ${FILES.entries} files: the first ones are taken in.` };
  const curves = new Set<string>();
  let start = Number.POSITIVE_INFINITY;
  for (const name of files) {
    if (signal.aborted) return;
    if (name.startsWith(CURVES) && name.endsWith(".tsv")) {
      const key = name.slice(CURVES.length, -".tsv".length);
      curves.add(key);
      if (!isKey(key)) yield { k: "problem", file: name, reason: "Its name is too long for a metric." };
      else {
        for await (const record of readMetrics({ path: join(path, name), name, run, columns: (header) => curveColumns(header, key) }, from.get(name), signal)) {
          if (record.k === "metric") start = Math.min(start, record.time);
          yield record;
        }
      }
    } else {
      yield* changedFile(path, name, run, from.get(name));
    }
  }
  // What is followed began before.
  if (from.size === 0 && start !== Number.POSITIVE_INFINITY) yield { k: "run", run, start };
  yield* readSummary(path, run, curves);
}

/** `[timestamp,] step, <name>`: the file's own name says which metric it is, folders included. */
function curveColumns(header: readonly string[], key: string): { step: number; time: number; run: number; key: number; values: { index: number; key: string }[] } {
  const [step, time] = [header.indexOf("step"), header.indexOf("timestamp")];
  return { step, time, run: -1, key: -1, values: valuesOf(header, [step, time]).slice(0, 1).map(({ index }) => ({ index, key })) };
}

async function* changedFile(folder: string, name: string, run: string, known: FilePlace | undefined): AsyncGenerator<SourceRecord> {
  const found = await lstat(join(folder, name)).catch(() => null);
  const state = String(found?.mtimeMs);
  if (found?.isFile() !== true || (known?.inode === found.ino && known.offset === found.size && known.state === state)) return;
  yield { k: "artifact", run, name: artifactName(name), file: join(folder, name) };
  yield { k: "offset", file: name, inode: found.ino, offset: found.size, state };
}

/** Values that have no curve: the last ones stand in `metrics.json`, nested by the parts of their names. */
async function* readSummary(folder: string, run: string, curves: ReadonlySet<string>): AsyncGenerator<SourceRecord> {
  const file = await SourceFile.open(join(folder, "metrics.json"));
  if (file === null) return;
  try {
    if (file.size > MOST_SUMMARY_BYTES) throw new RangeError(`It has ${file.size} bytes.`);
    const summary: unknown = JSON.parse((await file.read(0, MOST_SUMMARY_BYTES)).toString("utf8").replaceAll(/(?<=[:\s,[])(-?)(NaN|Infinity)(?=[\s,\]}])/g, '"$1$2"'));
    const step = typeof summary === "object" && summary !== null && "step" in summary && typeof summary.step === "number" && isStep(summary.step) ? summary.step : 0;
    for (const [key, value] of leaves(summary, "", 0)) {
      if (key !== "step" && !curves.has(key) && isKey(key)) yield { k: "metric", run, key, value, step, time: file.modified };
    }
  } catch (error) {
    yield { k: "problem", file: "metrics.json", reason: `It cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await file.close();
  }
}

function* leaves(value: unknown, key: string, depth: number): Generator<[string, number]> {
  if (typeof value === "number") yield [key, value];
  else if (typeof value === "string" && /^(NaN|-?Infinity)$/.test(value)) yield [key, Number(value)];
  else if (typeof value === "object" && value !== null && depth < 32) for (const [name, inner] of Object.entries(value)) yield* leaves(inner, key === "" ? name : `${key}/${name}`, depth + 1);
}
