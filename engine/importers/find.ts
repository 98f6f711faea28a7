import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readers } from "./readers.ts";
import type { Detected, Reader } from "./reader.ts";

/** Folders that hold no results of a person's own. */
const PASSED = new Set(["node_modules", ".git", ".touchstone", ".venv", "venv", "__pycache__", "site-packages", ".ipynb_checkpoints"]);
/** How deep below the asked folder is looked, and at how many entries. */
const DEPTH = 3;
const ENTRIES = 5_000;

export interface Recognised {
  readonly reader: Reader;
  readonly detected: Detected;
}

/** The formats that this very path is. */
async function recognise(path: string): Promise<Recognised[]> {
  const found: Recognised[] = [];
  for (const reader of readers) {
    const detected = await reader.detect(path).catch(() => null);
    if (detected) found.push({ reader, detected });
  }
  return found;
}

/** What other trackers wrote at this path; where it is nothing of that itself, in the folders and files below it. */
export async function findSources(path: string): Promise<Recognised[]> {
  const found = new Map<string, Recognised>();
  let looked = 0;

  async function look(here: string, depth: number): Promise<void> {
    const at = await recognise(here);
    for (const one of at) found.set(`${one.reader.format}\0${one.detected.path}`, one);
    if (at.length > 0 || depth === DEPTH) return;
    const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (PASSED.has(entry.name) || entry.isSymbolicLink() || ++looked > ENTRIES) continue;
      if (entry.isDirectory() || entry.isFile()) await look(join(here, entry.name), entry.isDirectory() ? depth + 1 : DEPTH);
    }
  }

  const top = await stat(path).catch(() => null);
  if (top) await look(path, top.isDirectory() ? 0 : DEPTH);
  return [...found.values()];
}
