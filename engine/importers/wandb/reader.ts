import { lstat, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SourceFile } from "../bytes/file.ts";
import { readGrowing } from "../bytes/growing.ts";
import { artifactName, walk } from "../bytes/walk.ts";
import type { Detected, Reader, ReadOptions } from "../reader.ts";
import type { FilePlace, SourceRecord } from "../records.ts";
import { LOG_HEADER } from "./log.ts";
import { RunFile } from "./runFile.ts";

const EVERYTHING = { depth: 4, entries: 500_000 };
const NEARBY = { depth: 3, entries: 5_000 };
const FILES = { depth: 16, entries: 20_000 };
/** Links that W&B itself makes, to files that are read anyway or are its own log; those among a run's files are told with them. */
const OWN_LINK = /(^|\/)(latest-run|debug(-internal|-core)?\.log)$|(^|\/)(files|logs)\//;

const isRunFile = (path: string): boolean => path.endsWith(".wandb");
/** W&B's names of a run's folder: `run-<time>-<id>`, `offline-run-…`; what lies deeper is the run's own. */
const isOfRun = (path: string): boolean => isRunFile(path) && !/\/(files|logs|tmp)\//.test(path);

/** W&B's folders: a run's, `wandb/`, or the one that it lies in; runs that were synced have the same files. */
export const wandbReader: Reader = {
  format: "wandb",
  title: "W&B runs",
  async detect(path: string): Promise<Detected | null> {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true) return isRunFile(path) && (await hasHeader(path)) ? { path, confines: dirname(path) } : null;
    if (found?.isDirectory() !== true) return null;
    const { files } = await walk(path, NEARBY, isOfRun);
    const [first] = files;
    return first !== undefined && (await hasHeader(join(path, first))) ? { path } : null;
  },
  read: readRuns,
};

async function* readRuns(path: string, from: ReadonlyMap<string, FilePlace>, { signal }: ReadOptions): AsyncGenerator<SourceRecord> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
  const root = isFolder ? path : dirname(path);
  const { files, links, unreadable, complete } = isFolder ? await walk(path, EVERYTHING, isOfRun) : { files: [basename(path)], links: [], unreadable: [], complete: true };
  for (const link of links) if (!OWN_LINK.test(link)) yield { k: "problem", file: link, reason: "It is a link: links are not followed." };
  for (const folder of unreadable) yield { k: "problem", file: folder, reason: "The folder cannot be read." };
  if (!complete && files.length === 0) yield { k: "problem", file: ".", reason: "There are too many files: no run was found among the first ones." };
  for (const [index, name] of files.entries()) {
    if (signal.aborted) return;
    const run = runOf(name);
    yield* readGrowing(new RunFile(run, name), join(root, name), from.get(name), signal);
    yield* filesOf(root, dirname(name), run, from);
    yield { k: "progress", done: index + 1, total: files.length, unit: "runs" };
  }
}

/** The run's id stands in the name of its file; a run that was resumed has several. */
function runOf(name: string): string {
  return /^run-(.+)\.wandb$/.exec(basename(name))?.[1] ?? name;
}

/** What lies in `files/` beside the log: the console's output, pictures, tables, what the script saved. */
async function* filesOf(root: string, folder: string, run: string, from: ReadonlyMap<string, FilePlace>): AsyncGenerator<SourceRecord> {
  const inner = folder === "." ? "files" : `${folder}/files`;
  if ((await lstat(join(root, inner)).catch(() => null))?.isDirectory() !== true) return;
  const { files, links, complete } = await walk(join(root, inner), FILES, () => true);
  for (const link of links) yield { k: "problem", file: `${inner}/${link}`, reason: "It is a link: links are not followed." };
  if (!complete) yield { k: "problem", file: inner, reason: `There are more than ${FILES.entries} files: the first ones are taken in.` };
  for (const file of files) {
    const name = `${inner}/${file}`;
    const found = await lstat(join(root, name)).catch(() => null);
    const known = from.get(name);
    const modified = String(found?.mtimeMs);
    if (found?.isFile() !== true || (known?.inode === found.ino && known.offset === found.size && known.state === modified)) continue;
    yield { k: "artifact", run, name: artifactName(file), file: join(root, name) };
    yield { k: "offset", file: name, inode: found.ino, offset: found.size, state: modified };
  }
}

async function hasHeader(path: string): Promise<boolean> {
  const file = await SourceFile.open(path);
  if (file === null) return false;
  try {
    return (await file.read(0, LOG_HEADER.length)).equals(LOG_HEADER);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
