import type { RunStatus } from "../api/runs.ts";
import type { ExitFile } from "./files.ts";

/** How a launch ended, as the store and people are told. */
export interface Outcome {
  readonly status: Extract<RunStatus, "finished" | "failed" | "killed" | "lost">;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly end: number;
  readonly notes: readonly string[];
  /** One line for the runs, where neither code nor signal nor the log says why. */
  readonly reason?: string;
}

/** Signals by which people and systems end a process; any other is a fault of the program. */
const KILLED_BY = new Set(["SIGINT", "SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT"]);
/** What shells and Python exit with after SIGINT and SIGTERM. */
const KILLED_CODES = new Set([130, 143]);

export function outcomeOf(exit: ExitFile): Outcome {
  const { code, signal, end } = exit;
  const notes = [...(exit.error === undefined ? [] : [`The program could not be started: ${exit.error}`])];
  if (exit.error !== undefined) return { status: "failed", exitCode: code, signal, end, notes, reason: `could not be started: ${exit.error}` };
  if (exit.untaken === true) return { status: "failed", exitCode: null, signal: null, end, notes: ["The notebook was to be tracked, but no kernel ran the code that begins it within an hour. Choose Track again."], reason: "no kernel took it" };
  if (exit.stopped === true) return { status: "killed", exitCode: code, signal, end, notes };
  if (exit.unseen === true) return { status: "lost", exitCode: null, signal: null, end, notes: ["The runner was killed; the script ran on and its log is whole, but nobody saw its exit code."] };
  if (signal !== null) return { status: KILLED_BY.has(signal) ? "killed" : "failed", exitCode: code, signal, end, notes };
  return { status: code === 0 ? "finished" : code !== null && KILLED_CODES.has(code) ? "killed" : "failed", exitCode: code, signal, end, notes };
}

/** The end of a launch whose runner is gone without a word, and its script with it. */
export function lostOutcome(started: boolean, end: number): Outcome {
  const note = started ? "The runner and the script are gone; nobody saw how the script ended." : "The runner ended before it had started the script.";
  return { status: started ? "lost" : "failed", exitCode: null, signal: null, end, notes: [note] };
}
