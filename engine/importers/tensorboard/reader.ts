import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { maskedCrc32c } from "../bytes/crc32c.ts";
import { SourceFile } from "../bytes/file.ts";
import { readGrowing } from "../bytes/growing.ts";
import { walk } from "../bytes/walk.ts";
import type { Detected, Reader, ReadOptions } from "../reader.ts";
import type { FilePlace, SourceRecord } from "../records.ts";
import { EventFile } from "./eventFile.ts";

const EVERYTHING = { depth: 32, entries: 500_000 };
/** A folder is recognised by event files that lie not too deep. */
const NEARBY = { depth: 4, entries: 2_000 };

/** PyTorch's and tensorboardX's `add_hparams` write to a folder of their own below that of the run, named by the time. */
const OF_HPARAMS = /^\d{9,}(\.\d+)?$/;

/** TensorBoard's own rule: any file with this in its name is an event file; a run is a folder with such files. */
const isEventFile = (path: string): boolean => basename(path).includes("tfevents");

/** TensorBoard's event files, as TensorFlow, Keras, PyTorch, JAX's clu and tensorboardX write them. */
export const tensorboardReader: Reader = {
  format: "tensorboard",
  title: "TensorBoard logs",
  async detect(path: string): Promise<Detected | null> {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true) return isEventFile(path) && (await beginsWell(path)) ? { path } : null;
    if (found?.isDirectory() !== true) return null;
    const { files } = await walk(path, NEARBY, isEventFile);
    return files.length > 0 ? { path } : null;
  },
  read: readLogs,
};

async function* readLogs(path: string, from: ReadonlyMap<string, FilePlace>, { signal }: ReadOptions): AsyncGenerator<SourceRecord> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
  const root = isFolder ? path : dirname(path);
  const { files, links, unreadable, complete } = isFolder ? await walk(path, EVERYTHING, isEventFile) : { files: [basename(path)], links: [], unreadable: [], complete: true };
  for (const link of links) yield { k: "problem", file: link, reason: "It is a link: links are not followed." };
  for (const folder of unreadable) yield { k: "problem", file: folder, reason: "The folder cannot be read." };
  if (!complete) yield { k: "problem", file: ".", reason: `There are more than ${EVERYTHING.entries} files, or folders ${EVERYTHING.depth} deep: not all are read.` };
  const runs = new Set<string>();
  const withEvents = new Set(files.map((name) => dirname(name)));
  for (const [index, name] of files.entries()) {
    if (signal.aborted) return;
    const run = dirname(name);
    if (!runs.has(run)) yield { k: "run", run, name: run === "." ? basename(root) : run };
    const file = new EventFile(run, name);
    // The first file of a run has its beginning; files are in the order of their names, which hold the time.
    const above = OF_HPARAMS.test(basename(run)) && withEvents.has(dirname(run)) ? dirname(run) : null;
    for await (const record of readGrowing(file, join(root, name), from.get(name), signal)) {
      if (!(record.k === "run" && record.status === undefined && runs.has(run))) yield record;
      if (record.k === "param" && above !== null) yield { ...record, run: above };
    }
    runs.add(run);
    yield { k: "progress", done: index + 1, total: files.length, unit: "files" };
  }
}

async function beginsWell(path: string): Promise<boolean> {
  const file = await SourceFile.open(path);
  if (file === null) return false;
  try {
    const head = await file.read(0, 12);
    return head.length === 12 && maskedCrc32c(head, 0, 8) === head.readUInt32LE(8);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
