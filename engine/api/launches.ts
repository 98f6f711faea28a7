import { event, request } from "./tokens.ts";
import type { RunStatus } from "./runs.ts";

export interface LaunchRequest {
  /** Program and arguments as the person would type them, e.g. `["python", "train.py", "--lr", "0.1"]`. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The environment of the window's shell; the engine removes the editor's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces the first word where that is a Python launcher. */
  readonly interpreter?: string;
  readonly cols?: number;
  readonly rows?: number;
  /** Who asked: kept with the launch. */
  readonly from: "editor" | "cli" | "debug" | "notebook" | "agent";
  readonly experiment?: string;
  readonly name?: string;
  /** Id of a run that goes on, or a beginning of it: its status, end, log and metrics do, and what the script's client creates first is that run. */
  readonly resume?: string;
  /** The resumed run may go on with another script than its own; absent: that is refused, since it is mostly a slip. */
  readonly otherScript?: boolean;
  /** Milliseconds without a word after which it counts as making no progress; absent: ten minutes. */
  readonly stalledAfterMs?: number;
}

export interface LaunchState {
  readonly launchId: string;
  /** The run that the launch began with; further ones stand in `runIds` of the launch. */
  readonly runId: string;
  readonly experimentId: string;
  readonly command: readonly string[];
  readonly script: string | null;
  readonly status: RunStatus;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly start: number;
  readonly end: number | null;
  /** Bytes of log so far; in the answer of a start what a resumed run had printed before. */
  readonly logBytes: number;
  readonly pid: number | null;
}

/** What a launch ran, as it is kept: secrets masked. */
export interface LaunchCommand {
  readonly command: readonly string[];
  readonly cwd: string;
  /** Relative to the store's folder where it lies under it. */
  readonly script: string | null;
  /**
   * Somebody asked for it here: an engine of this folder on this machine started it. False of what was taken in, imported, or came with
   * a folder: its command is a stranger's, and is run only by who has seen all of it.
   */
  readonly here: boolean;
}

export interface LogChunk {
  readonly launchId: string;
  /** Position of the first byte of `data` in everything that was printed. */
  readonly offset: number;
  readonly data: Uint8Array;
  /** Bytes between the asked position and `offset` that are kept no longer (the middle of an endless log). */
  readonly skipped: number;
  readonly ended: boolean;
}

export const launchStart = request<LaunchRequest, LaunchState>("launches/start");
export const launchList = request<{ live: boolean }, { launches: readonly LaunchState[] }>("launches/list");
export const launchGet = request<{ launchId: string }, LaunchState>("launches/get");
export const launchCommand = request<{ launchId: string }, LaunchCommand>("launches/command");
/** Graceful (interrupt, then terminate after `graceMs`), then hard, for the whole tree. */
export const launchStop = request<{ launchId: string; graceMs?: number }, null>("launches/stop");
export const launchInput = request<{ launchId: string; data: string }, null>("launches/input");
export const launchResize = request<{ launchId: string; cols: number; rows: number }, null>("launches/resize");
/** Reads what was printed from `offset` on, at most 256 KiB; `follow` delivers the rest as `launches/output`. */
export const launchLog = request<{ launchId: string; offset: number; follow?: boolean }, LogChunk>("launches/log");
export const launchUnfollow = request<{ launchId: string }, null>("launches/unfollow");

/**
 * Prepares a process that the caller itself will start (a debugger, a notebook kernel): the launch exists, its
 * environment points at the engine. `attach` says which process it became.
 */
export const launchPrepare = request<LaunchRequest, { launch: LaunchState; command: readonly string[]; env: Readonly<Record<string, string>> }>("launches/prepare");

export const launchChanged = event<LaunchState>("launches/changed");
export const launchOutput = event<LogChunk>("launches/output");
/** Finished, crashed, NaN or ∞ in a key metric, no progress, touchstone.alert(). */
export const launchAlert = event<{ launchId: string; runId: string; kind: "finished" | "crashed" | "nan" | "stalled" | "alert"; title: string; text: string; metric?: string }>("launches/alert");
