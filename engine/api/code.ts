import { request, type WireNumber } from "./tokens.ts";
import type { Direction } from "./runs.ts";

/** What the recorded runs say about one source file: shown as lenses, inlays and diagnostics on its lines. Lines are 1-based. */
export interface FileAnnotations {
  /** Runs that this file started, deleted ones left out. */
  readonly runs: number;
  readonly best: { readonly runId: string; readonly title: string; readonly key: string; readonly value: WireNumber } | null;
  /** The newest two runs of the script: what changed between them is one click away. */
  readonly latest: readonly string[];
  readonly metrics: readonly MetricAnnotation[];
  /** The exception of the script's last run, if it ended with one and was raised in this file. */
  readonly exception: { readonly line: number; readonly type: string; readonly message: string; readonly runId: string; readonly lineText: string | null } | null;
  readonly outputs: readonly OutputAnnotation[];
}

export interface MetricAnnotation {
  readonly key: string;
  readonly line: number;
  readonly runId: string;
  readonly last: WireNumber;
  /** Last minus the previous run's last; null where there is none. */
  readonly change: number | null;
  readonly direction: Direction;
  /** Last values of the newest runs, oldest first, at most eight. */
  readonly recent: readonly WireNumber[];
}

export interface OutputAnnotation {
  readonly line: number;
  /** Relative to the store's folder. */
  readonly path: string;
  readonly runId: string;
  /** One line about the newest evaluation of that file, e.g. `acc 0.858 ± 0.004 · 3 weak slices · residuals`. */
  readonly evaluated: string | null;
}

/** `file` is relative to the store's folder, `/` as separator. */
export const codeAnnotations = request<{ file: string }, FileAnnotations>("code/annotations");

export interface CodeChange {
  /** Relative to the store's folder. */
  readonly path: string;
  readonly state: "modified" | "added" | "deleted";
}

/** The bytes of a source file as a run saw it, rebuilt from commit and patch or from the kept copy; null where the run had no such file. */
export const codeFile = request<{ runId: string; path: string }, { data: Uint8Array | null }>("code/file");
/** What differs between the code of two runs, `from` being the first. */
export const codeDiff = request<{ from: string; to: string }, { changes: readonly CodeChange[] }>("code/diff");
