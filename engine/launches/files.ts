import { closeSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LaunchRequest } from "../api/launches.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { STORE_FOLDER } from "../life/folder.ts";
import { openPlain } from "../platform/filesystems.ts";

/** What a launch's folder holds. The runner writes it; the engine reads it whenever it is there, also long after. */
export interface LaunchFiles {
  readonly folder: string;
  readonly request: string;
  readonly runner: string;
  readonly exit: string;
  /** There once somebody asked for the end before the runner could be told: then it does not start the script. */
  readonly stop: string;
  readonly log: string;
  /** Ring with the end of a log beyond its head. */
  readonly logTail: string;
  readonly samples: string;
  readonly events: string;
  /** Calls of MLflow's client that were kept while no engine was there (engine/python/_touchstone/spool.py). */
  readonly spool: string;
}

/** Ids are made by `Launches`; they become names of files. */
export function isLaunchId(text: string): boolean {
  return /^[a-z0-9]{1,64}$/.test(text);
}

/** @throws TouchstoneError `BAD_LAUNCH_ID` for anything that this program did not make up: it is part of paths. */
export function launchFiles(storeFolder: string, launchId: string): LaunchFiles {
  if (!isLaunchId(launchId)) throw new TouchstoneError({ code: "BAD_LAUNCH_ID", message: `${JSON.stringify(launchId)} is no launch's id.` });
  return filesIn(join(storeFolder, STORE_FOLDER, "launches", launchId));
}

export function filesIn(folder: string): LaunchFiles {
  return {
    folder,
    request: join(folder, "launch.json"),
    runner: join(folder, "runner.json"),
    exit: join(folder, "exit.json"),
    stop: join(folder, "stop"),
    log: join(folder, "log"),
    logTail: join(folder, "log.tail"),
    samples: join(folder, "samples.jsonl"),
    events: join(folder, "events.jsonl"),
    spool: join(folder, "spool.jsonl"),
  };
}

/** launch.json: what was asked. Never values of the environment, which may be secrets. */
export interface RequestFile extends Omit<LaunchRequest, "env"> {
  readonly launchId: string;
  readonly runId: string;
  readonly start: number;
  /** See launches/origin.ts; absent of what was not started here. */
  readonly mark?: string;
}

/** runner.json: who holds the script. `…Start` as platform/processes.ts gives it. */
export interface RunnerFile {
  readonly pid: number;
  readonly pidStart: string | null;
  readonly scriptPid: number;
  readonly scriptPidStart: string | null;
  /** False: no PTY library loaded, pipes are used. */
  readonly pty: boolean;
  /** Where the runner listens for input, resize and stop. It is only believed together with the private folder's own. */
  readonly control: string;
}

/** exit.json: how the script ended. `stopped`: somebody asked for it. */
export interface ExitFile {
  readonly code: number | null;
  readonly signal: string | null;
  readonly end: number;
  readonly stopped?: boolean;
  /** True when the runner was killed before: its successor saw that the script ended, not how. */
  readonly unseen?: boolean;
  /** The program could not be started at all, in words. */
  readonly error?: string;
  /** True where a notebook's kernel was awaited and none came. Written by the engine; a kernel that comes later sees that it is too late. */
  readonly untaken?: boolean;
}

/** Readers see all of it or nothing. */
export function writeJson(file: string, value: RequestFile | RunnerFile | ExitFile): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, file);
}

export function readRunner(files: LaunchFiles): RunnerFile | null {
  const value = readObject(files.runner);
  if (value === null || typeof value["pid"] !== "number" || typeof value["scriptPid"] !== "number") return null;
  return {
    pid: value["pid"],
    pidStart: text(value["pidStart"]),
    scriptPid: value["scriptPid"],
    scriptPidStart: text(value["scriptPidStart"]),
    pty: value["pty"] === true,
    control: text(value["control"]) ?? "",
  };
}

export function readExit(files: LaunchFiles): ExitFile | null {
  const value = readObject(files.exit);
  if (value === null || typeof value["end"] !== "number") return null;
  const error = text(value["error"]);
  return {
    code: typeof value["code"] === "number" ? value["code"] : null,
    signal: text(value["signal"]),
    end: value["end"],
    stopped: value["stopped"] === true,
    unseen: value["unseen"] === true,
    untaken: value["untaken"] === true,
    ...(error === null ? {} : { error }),
  };
}

/** The mark of who started it; null where it has none. Anybody may have written it. */
export function readMark(files: LaunchFiles): string | null {
  return text(readObject(files.request)?.["mark"]);
}

/** After how long a silence a launch was to count as stalled; what a person did not set is absent. */
export function readStallLimit(files: LaunchFiles): { readonly stalledAfterMs?: number } {
  const limit = readObject(files.request)?.["stalledAfterMs"];
  return typeof limit === "number" && limit > 0 ? { stalledAfterMs: limit } : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** The store's folder is data that anybody may have planted: every field is checked by the callers. */
function readObject(file: string): Record<string, unknown> | null {
  const handle = openPlain(file);
  if (handle === null) return null;
  try {
    const value: unknown = JSON.parse(readFileSync(handle, "utf8"));
    // SAFETY: an object that is no array reads as unknown values by name.
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  } finally {
    closeSync(handle);
  }
}
