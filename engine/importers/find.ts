import { readdir, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import type { ImportFormat } from "../api/importers.ts";
import { readers } from "./readers.ts";
import type { Detected, Reader } from "./reader.ts";

/** Folders that hold no results of a person's own; `mlartifacts` and an `mlruns` without runs belong to a database. */
const PASSED = new Set(["node_modules", ".git", ".touchstone", ".venv", "venv", "__pycache__", "site-packages", ".ipynb_checkpoints", "mlartifacts", "mlruns"]);
/** How deep below the asked folder is looked, and at how many entries. */
const DEPTH = 3;
const ENTRIES = 5_000;

/** A folder counts as one of these when something of it lies anywhere near below: a project's own folder would always be one. */
const CONTAINERS = new Set<ImportFormat>(["tensorboard", "wandb", "lightning"]);
/** Any table of data may look like one of these: they are meant only where a person points at the file. */
const POINTED_AT = new Set<ImportFormat>(["csv", "keras", "wandb-csv"]);

export interface Recognised {
  readonly reader: Reader;
  readonly detected: Detected;
}

/**
 * What other trackers wrote at this path and below it. `project` is the folder of the store: it, and what lies above it, is never itself
 * a folder of logs.
 */
export async function findSources(path: string, project: string | null = null): Promise<Recognised[]> {
  const found = new Map<string, Recognised>();
  let looked = 0;

  async function recognise(here: string, wanted: (format: ImportFormat) => boolean): Promise<ReadonlySet<ImportFormat>> {
    const formats = new Set<ImportFormat>();
    for (const reader of readers) {
      if (!wanted(reader.format)) continue;
      const detected = await reader.detect(here).catch(() => null);
      if (!detected) continue;
      found.set(`${reader.format}\0${detected.path}`, { reader, detected });
      formats.add(reader.format);
    }
    return formats;
  }

  async function look(here: string, depth: number, covered: ReadonlySet<ImportFormat>): Promise<void> {
    const isProject = project !== null && (project === here || project.startsWith(here + sep));
    const passed = PASSED.has(basename(here));
    const formats = await recognise(here, (format) => !covered.has(format) && (depth === 0 || !POINTED_AT.has(format)) && !(isProject && CONTAINERS.has(format)) && (!passed || format === "mlruns"));
    // A folder of logs may hold other things too; what is a source by itself has nothing else to say.
    if ([...formats].some((format) => !CONTAINERS.has(format)) || depth >= DEPTH || (passed && depth > 0)) return;
    const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if ((PASSED.has(entry.name) && entry.name !== "mlruns") || entry.isSymbolicLink() || ++looked > ENTRIES) continue;
      if (entry.isDirectory() || entry.isFile()) await look(join(here, entry.name), entry.isDirectory() ? depth + 1 : DEPTH, new Set([...covered, ...formats]));
    }
  }

  const top = await stat(path).catch(() => null);
  if (top) await look(path, 0, new Set());
  return [...found.values()];
}
