import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { readPart, reasonOf, statOf } from "./files.ts";
import { NeptuneRun } from "./neptuneRun.ts";
import type { Detected, Reader } from "./reader.ts";
import type { FilePlace, SourceRecord } from "./records.ts";

const PART = /^(.+)_part_(\d+)\.parquet$/;
/** The names of the columns stand at the end of a Parquet file. */
const FOOTER_BYTES = 65_536;

/** What neptune-exporter writes: a folder a project, a run in `<run>_part_<n>.parquet`, its files under `../files` (its README, "Data layout on disk"). */
export const neptune: Reader = {
  format: "neptune",
  title: "Neptune export",

  async detect(path) {
    for (const candidate of [path, join(path, "data"), dirname(path)]) {
      if (await isExport(candidate)) return { path: candidate, confines: dirname(candidate) } satisfies Detected;
    }
    return null;
  },

  async *read(path, from, { signal }) {
    const runs = await runsOf(path);
    let done = 0;
    for (const parts of runs.values()) {
      if (signal.aborted) return;
      yield* readRun(path, parts, from, signal);
      yield { k: "progress", done: ++done, total: runs.size, unit: "runs" };
    }
  },
};

async function* readRun(root: string, parts: readonly string[], from: ReadonlyMap<string, FilePlace>, signal: AbortSignal): AsyncGenerator<SourceRecord> {
  const looks = parts.map((file) => ({ file, name: relative(root, file).split(sep).join("/"), found: statOf(file) }));
  // An export is never added to: a part that looks the same holds the same.
  if (looks.every(({ name, found }) => from.get(name)?.inode === found?.ino && from.get(name)?.offset === found?.size)) return;
  const run = new NeptuneRun(filesOf(root, dirname(parts[0] ?? root)), relative(root, parts[0] ?? root).replace(/_part_\d+\.parquet$/, "").split(sep).join("/"));
  for (const { file, name } of looks) {
    try {
      yield* run.read(file, signal);
    } catch (error) {
      // Whatever it is, the other parts and runs are read.
      yield { k: "problem", file: name, reason: reasonOf(error) };
    }
  }
  yield* run.end();
  for (const { name, found } of looks) if (found) yield { k: "offset", file: name, inode: found.ino, offset: found.size };
}

/** The parts of each run, in order. One without part 0 is still being written. */
async function runsOf(root: string): Promise<Map<string, string[]>> {
  const runs = new Map<string, string[]>();
  const projects = await readdir(root, { withFileTypes: true });
  for (const project of projects.filter((entry) => entry.isDirectory())) {
    const parts = (await readdir(join(root, project.name))).flatMap((name) => {
      const [, run, part] = PART.exec(name) ?? [];
      return run === undefined ? [] : [{ name, run, part: Number(part) }];
    });
    parts.sort((a, b) => a.part - b.part);
    for (const { name, run } of parts) {
      const key = `${project.name}/${run}`;
      runs.set(key, [...(runs.get(key) ?? []), join(root, project.name, name)]);
    }
  }
  for (const [key, [first = ""]] of runs) if (!first.endsWith("_part_0.parquet")) runs.delete(key);
  return runs;
}

/** Where the files of a project lie: beside the data, under the same name of the project, or without it. */
function filesOf(root: string, project: string): string[] {
  const files = join(dirname(root), "files");
  return [join(files, basename(project)), files, project].filter((folder) => existsSync(folder));
}

async function isExport(path: string): Promise<boolean> {
  const projects = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const project of projects.filter((entry) => entry.isDirectory()).slice(0, 20)) {
    const first = (await readdir(join(path, project.name)).catch(() => [])).find((name) => name.endsWith("_part_0.parquet"));
    if (first !== undefined) return isPart(join(path, project.name, first));
  }
  return false;
}

function isPart(file: string): boolean {
  const size = statOf(file)?.size ?? 0;
  const footer = readPart(file, Math.max(0, size - FOOTER_BYTES), FOOTER_BYTES).toString("latin1");
  return footer.endsWith("PAR1") && footer.includes("attribute_path") && footer.includes("attribute_type");
}
