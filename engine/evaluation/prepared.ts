import type { Mapping, Task } from "../api/evaluation.ts";
import type { Column } from "../tables/columns.ts";

/**
 * A predictions file in memory, ready to be measured. Every array has one entry per usable row; `rows` leads back to
 * the row in the file.
 */
export interface Prepared {
  readonly path: string;
  readonly task: Task;
  readonly mapping: Mapping;
  readonly n: number;
  /** 0-based row of the file. */
  readonly rows: Uint32Array;
  readonly answers: Classified | Regressed;
  readonly loss: Float64Array;
  /** "log loss", "squared error", "0/1 error", or the name of the file's own loss column. */
  readonly lossName: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns that are read as text from the file although they look like something else. */
  readonly asText: readonly string[];
  /** Number columns whose text is that of a whole number: `39`, never `39.0`. */
  readonly wholeNumbers: ReadonlySet<string>;
  /** What was left out and why. */
  readonly notes: readonly string[];
}

export interface Classified {
  readonly kind: "classes";
  /** Sorted as scikit-learn sorts labels. */
  readonly classes: readonly string[];
  readonly truth: Int32Array;
  /** As in the file, else the most probable class. */
  readonly predicted: Int32Array;
  /** One column per class, or null. */
  readonly probabilities: readonly Float64Array[] | null;
  /** Binary: what ranks the rows by the positive class; a probability where there is one. */
  readonly score: Float64Array | null;
  /** Index of the positive class of a binary task. */
  readonly positive: number | null;
  /** The predictions of the file are `probability ≥ 0.5` in every row (or there are none). */
  readonly cutAtHalf: boolean;
}

export interface Regressed {
  readonly kind: "numbers";
  readonly actual: Float64Array;
  readonly fitted: Float64Array;
  /** actual − fitted */
  readonly residual: Float64Array;
}
