import { request, type WireNumber } from "./tokens.ts";
import type { Direction, RunHead } from "./runs.ts";

/**
 * 2 … n runs side by side. Every array of a row is as long as `heads` and in its order; what a run does not have is
 * null. Rows that differ stand first, then by importance; `differs` lets a page hide the others.
 */
export interface RunComparison {
  readonly heads: readonly RunHead[];
  /** Index into `heads` of the run that the others are compared with. */
  readonly against: number;
  /** The answer first (UX rule 2): runs are called A, B, C … in the order of `heads`. */
  readonly answer: string;
  readonly metrics: readonly ComparedMetric[];
  readonly params: readonly ComparedValue[];
  readonly code: ComparedCode;
  readonly data: readonly ComparedData[];
  /** Interpreter, host and packages. */
  readonly environment: readonly ComparedValue[];
}

export interface ComparedMetric {
  readonly key: string;
  readonly direction: Direction;
  readonly isKey: boolean;
  readonly values: readonly (WireNumber | null)[];
  /** Value minus that of the run at `against`; null where one is missing, and for `against` itself. */
  readonly differences: readonly (WireNumber | null)[];
  /** Indexes of the best value (several where they are equal); empty where better is unknown or only one run has the metric. */
  readonly best: readonly number[];
  readonly differs: boolean;
}

export interface ComparedValue {
  readonly name: string;
  /** What the name belongs to: `param`, `interpreter`, `host`, `package`. */
  readonly kind: "param" | "interpreter" | "host" | "package";
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

export interface ComparedCode {
  readonly states: readonly ({ readonly commit: string | null; readonly branch: string | null; readonly added: number; readonly removed: number } | null)[];
  /** Null where the code of fewer than two runs was captured. */
  readonly differs: boolean | null;
  readonly files: readonly ComparedFile[];
  /** Why something is missing here, in words. */
  readonly note: string | null;
}

/** A file whose content differs between some run and the one at `against`. */
export interface ComparedFile {
  /** Relative to the store's folder. */
  readonly path: string;
  /** From the run at `against` to each other run; null where the two are equal, and for `against` itself. Lines are null for what is no text. */
  readonly changes: readonly ({ readonly state: "modified" | "added" | "deleted"; readonly added: number | null; readonly removed: number | null } | null)[];
}

export interface ComparedData {
  /** The file's path, or the name of a data set that the script declared. */
  readonly name: string;
  readonly digests: readonly (string | null)[];
  readonly bytes: readonly (number | null)[];
  readonly differs: boolean;
}

/** At least two runs. `against` names one of them; absent means the first. */
export const runsCompare = request<{ runIds: readonly string[]; against?: string }, RunComparison>("runs/compare");
