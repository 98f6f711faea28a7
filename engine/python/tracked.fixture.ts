import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** The folder that a launch puts on PYTHONPATH, as it stands in the sources. */
export const bootstrap = import.meta.dirname;

export interface Tracked {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** The environment of a tracked launch whose events go to `<folder>/.touchstone/launches/test/events.jsonl`; that folder is made anew. */
export function trackedEnvironment(folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const launch = join(folder, ".touchstone", "launches", "test");
  rmSync(launch, { recursive: true, force: true });
  mkdirSync(launch, { recursive: true });
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && !name.startsWith("TOUCHSTONE_")) env[name] = value;
  return { ...env, PYTHONPATH: bootstrap, TOUCHSTONE_EVENTS: join(launch, "events.jsonl"), TOUCHSTONE_FOLDER: folder, TOUCHSTONE_DEBUG: "1", ...more };
}

/** Runs a command as a launch would and returns what it wrote, in order. */
export async function runTracked(folder: string, command: readonly string[], options: SpawnOptions & { readonly more?: Readonly<Record<string, string>> } = {}): Promise<Tracked> {
  const env = trackedEnvironment(folder, options.more);
  const child = spawn(command[0] ?? "", command.slice(1), { cwd: folder, env, ...options, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit, by) => resolve([exit, by]));
  });
  return { stdout, stderr, code, signal, events: readEvents(env["TOUCHSTONE_EVENTS"] ?? "") };
}

/** The events of a file; a line that is not whole JSON fails the test. */
export function readEvents(path: string): Record<string, unknown>[] {
  if (!existsSync(path) || !statSync(path).isFile()) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>); // SAFETY: the writer makes objects only; a test asserts on the fields it names.
}
