import type { Verdict } from "./groups.ts";
import { request, type Estimated, type WireNumber } from "./tokens.ts";
import type { Direction, RunHead } from "./runs.ts";

/**
 * 2 … n runs side by side. Every array of a row is as long as `heads` and in its order; what a run does not have is
 * null. Rows that differ stand first, then by importance; `differs` lets a page hide the others.
 */
export interface RunComparison {
  readonly heads: readonly RunHead[];
  /** Index into `heads` of the run that the others are compared with. */
  readonly against: number;
  /** The runs that differ from the one at `against` in nothing but a seed; true for `against` itself. */
  readonly sameConfiguration: readonly boolean[];
  /** The answer first (UX rule 2): runs are called A, B, C … in the order of `heads`. */
  readonly answer: string;
  readonly metrics: readonly ComparedMetric[];
  readonly params: readonly ComparedValue[];
  readonly code: ComparedCode;
  readonly data: readonly ComparedData[];
  /** Interpreter, host and packages. */
  readonly environment: readonly ComparedValue[];
  /** What nobody kept of each run, so that it is neither the same nor another one. */
  readonly unknown: readonly (readonly Uncaptured[])[];
}

export type Uncaptured = "data" | "environment";

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
  /** The configuration of each run (its seeds): finished runs with a number, their mean, its standard error and Student's 95 % interval, null below two. */
  readonly seeds: readonly ({ readonly n: number; readonly mean: number; readonly se: number | null; readonly low: number | null; readonly high: number | null } | null)[];
  /**
   * Whether a difference is more than chance: that of the means over the seeds of both configurations, with Welch's 95 % interval.
   * Null where a side has one run only, both are of one configuration, or nothing varies.
   */
  readonly chances: readonly ({ readonly value: number; readonly low: number; readonly high: number; readonly verdict: Verdict } | null)[];
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

/**
 * A run's error in a group of rows minus that of the run at `against`: below 0 is better. Of `slice` rows the verdict is `unknown` and
 * there is no p: a slice was found among the errors of these very rows, so that a test on them would find a difference where there is none.
 */
export interface SliceChange {
  readonly difference: Estimated;
  /** Null where no test belongs to the interval. */
  readonly p: number | null;
  readonly verdict: Verdict;
}

export interface ComparedSlice {
  readonly kind: "all" | "tag" | "slice";
  readonly name: string;
  readonly n: readonly (number | null)[];
  /** Rows that are wrong; null for losses. */
  readonly errors: readonly (number | null)[];
  /** Error rate, or mean loss. */
  readonly rates: readonly (Estimated | null)[];
  readonly changes: readonly (SliceChange | null)[];
}

/** Where each run's predictions are better. Arrays are as long as the comparison's heads. */
export interface ComparedSlices {
  /** The evaluated file of each run; null where it was not evaluated. */
  readonly paths: readonly (string | null)[];
  readonly measure: "errors" | "loss";
  /** `error rate`, or the loss by its name. */
  readonly what: string;
  /** The evaluations cover the same items, which were compared one by one. */
  readonly paired: boolean;
  /** How the intervals were made, in words. */
  readonly method: string;
  /** Rows of any run that were left out: the others do not have them, they stand twice, or a loss of theirs is not finite. */
  readonly left: number;
  /** All rows first, then tags and slices, those that tell the runs apart most first; empty where fewer than two runs can be compared. */
  readonly rows: readonly ComparedSlice[];
  /** One sentence; empty where nothing can be compared. */
  readonly answer: string;
  /** Why runs are missing here, in words. */
  readonly note: string | null;
}

/** What a column of a data file holds. */
export interface ColumnSummary {
  readonly name: string;
  readonly type: "number" | "text" | "time" | "list";
  /** Share of the rows without a value. */
  readonly missing: number;
  readonly distinct: number;
  /** Of numbers. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Of texts: the most frequent value and its share of the rows. */
  readonly top: { readonly value: string; readonly share: number } | null;
}

export interface DataSummary {
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}

/** A statistic of one file that is not the same in all runs. */
export interface MovedStatistic {
  /** `rows`, `columns`, `age, mean`, `workclass missing`, `income = >50K`. */
  readonly name: string;
  readonly unit: "count" | "number" | "share" | "text";
  readonly values: readonly (number | string | null)[];
  /** In words, against the run at `against`: `−2 399 (7.4 %)`, `+0.49 (0.04 sd)`. */
  readonly changes: readonly (string | null)[];
}

export interface ComparedFileContent {
  readonly name: string;
  readonly statistics: readonly MovedStatistic[];
  /** Statistics that moved less and are left out. */
  readonly more: number;
  /** Why the content of some run is not known, in words. */
  readonly note: string | null;
}

/** At least two runs. `against` names one of them; absent means the first. */
export const runsCompare = request<{ runIds: readonly string[]; against?: string }, RunComparison>("runs/compare");
/** Where each run's predictions are better; takes as long as reading them. */
export const runsCompareSlices = request<{ runIds: readonly string[]; against?: string }, ComparedSlices>("runs/compareSlices");
/** What moved in the data files that differ. */
export const runsCompareData = request<{ runIds: readonly string[]; against?: string }, { files: readonly ComparedFileContent[] }>("runs/compareData");
