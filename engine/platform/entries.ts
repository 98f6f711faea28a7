import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";

/** Where each entry stands in the sources; in the bundle it is `<name>.cjs` beside this code. */
const sources = {
  engine: "../main.ts",
  cli: "../cli/main.ts",
  runner: "../launches/runner.ts",
  writer: "../store/writer.ts",
  compute: "../compute/worker.ts",
  importer: "../importers/worker.ts",
  spans: "../traces/worker.ts",
  storage: "../storage/worker.ts",
  tensorflow: "../models/tensorflow.ts",
} as const;

export type EntryName = keyof typeof sources;

/** The file to start a process or a worker from; works in the bundle and from the sources (Node strips types). */
export function entryPath(name: EntryName): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith(".ts") ? join(dirname(here), sources[name]) : join(dirname(here), `${name}.cjs`);
}

/** The folder with the Python files that a tracked script gets on its path. */
export function pythonFolder(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith(".ts") ? join(dirname(here), "../python") : join(dirname(here), "python");
}

/** The folder with what a tracked Node program loads: the preload and the module `touchstone`. */
export function nodeFolder(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith(".ts") ? join(dirname(here), "../capture/node") : join(dirname(here), "node");
}
