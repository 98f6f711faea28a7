import { readdir, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import type { ImportFormat } from "../api/importers.ts";
import { logKind } from "./csv/logKind.ts";
import { readers } from "./readers.ts";
import type { Detected, Reader } from "./reader.ts";

/** Folders that hold no results of a person's own; `mlartifacts` and an `mlruns` without runs belong to a database. */
const PASSED = new Set(["node_modules", ".git", ".touchstone", ".venv", "venv", "__pycache__", "site-packages", ".ipynb_checkpoints", "mlartifacts", "mlruns"]);
/** How deep below the asked folder is looked, and at how many entries. */
const DEPTH = 3;
const ENTRIES = 5_000;

/** A folder counts as one of these when something of it lies anywhere near below: a project's own folder would always be one. */
const CONTAINERS = new Set<ImportFormat>(["tensorboard", "wandb", "lightning"]);
/** A run's folder of W&B's. */
const OF_WANDB = /^(offline-)?run-\d/;
/** Any table of data may look like one of these: they are meant only where a person points at the file. */
const POINTED_AT = new Set<ImportFormat>(["csv", "keras", "wandb-csv"]);

export interface Recognised {
  readonly reader: Reader;
  readonly detected: Detected;
}

export interface Found {
  readonly sources: readonly Recognised[];
  /** Files that look like logs of metrics and are none for sure: of those in a folder, a person says which. Absolute. */
  readonly passedOver: readonly string[];
}

export interface FindOptions {
  /** The folder of the store: it, and what lies above it, is never itself a folder of logs. */
  readonly project?: string;
  /** Files that launches of the store wrote: what they hold is here already. Absolute. */
  readonly own?: ReadonlySet<string>;
}

/** What other trackers wrote at this path and below it. */
export async function findSources(path: string, { project, own = new Set() }: FindOptions = {}): Promise<Found> {
  const found = new Map<string, Recognised>();
  const passedOver: string[] = [];
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
    const isProject = project !== undefined && (project === here || project.startsWith(here + sep));
    const passed = PASSED.has(basename(here));
    const formats = await recognise(here, (format) => !covered.has(format) && (depth === 0 || !POINTED_AT.has(format)) && !(isProject && CONTAINERS.has(format)) && (!passed || format === "mlruns"));
    // A folder of logs may hold other things too; what is a source by itself has nothing else to say.
    if ([...formats].some((format) => !CONTAINERS.has(format)) || depth >= DEPTH || (passed && depth > 0)) return;
    const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
    const all = new Set([...covered, ...formats]);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if ((PASSED.has(entry.name) && entry.name !== "mlruns") || entry.isSymbolicLink() || ++looked > ENTRIES) continue;
      const inner = join(here, entry.name);
      // What lies in a run's folder of W&B's is that run's own.
      if (entry.isDirectory() && !(all.has("wandb") && OF_WANDB.test(entry.name))) await look(inner, depth + 1, all);
      else if (entry.isFile()) await lookAt(inner, all);
    }
  }

  /** A file in a folder. */
  async function lookAt(file: string, covered: ReadonlySet<ImportFormat>): Promise<void> {
    const formats = await recognise(file, (format) => !covered.has(format) && !POINTED_AT.has(format));
    if (formats.size > 0 || own.has(file)) return;
    const kind = await logKind(file);
    if (kind === "keras") await recognise(file, (format) => format === kind);
    else if (kind !== null) passedOver.push(file);
  }

  const top = await stat(path).catch(() => null);
  if (top) await look(path, 0, new Set());
  return { sources: [...found.values()], passedOver };
}
