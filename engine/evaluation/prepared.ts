import type { Mapping, Task } from "../api/evaluation.ts";
import type { Codes, Column, NumberReader } from "../tables/columns.ts";

/**
 * A predictions file in memory, ready to be measured. Every column has one entry per usable row; `rows` leads back to
 * the row in the file. Nothing is held twice: what follows from the columns is computed when it is asked for.
 */
export interface Prepared {
  readonly path: string;
  readonly task: Task;
  readonly mapping: Mapping;
  readonly n: number;
  /** 0-based row of the file; null where every row of the file is usable. */
  readonly rows: Uint32Array | null;
  readonly answers: Classified | Regressed;
  readonly loss: NumberReader;
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

/** The probability of each class in each row. */
export interface Probabilities {
  at(label: number, row: number): number;
  /** Those of some rows; null stands for all. */
  pick(rows: Uint32Array | null): Probabilities;
}

export interface Classified {
  readonly kind: "classes";
  /** Sorted as scikit-learn sorts labels. */
  readonly classes: readonly string[];
  readonly truth: Codes;
  /** As in the file, else the most probable class. */
  readonly predicted: Codes;
  readonly probabilities: Probabilities | null;
  /** Binary: what ranks the rows by the positive class; a probability where there is one. */
  readonly score: NumberReader | null;
  /** Index of the positive class of a binary task. */
  readonly positive: number | null;
  /** The predictions of the file are `probability ≥ 0.5` in every row (or there are none). */
  readonly cutAtHalf: boolean;
  /** How much a row counts in the metrics; null: each counts once. */
  readonly weight: NumberReader | null;
}

export interface Regressed {
  readonly kind: "numbers";
  readonly actual: NumberReader;
  readonly fitted: NumberReader;
  readonly weight: NumberReader | null;
}

/** The row of the file, counted from 0, of a usable row. */
export function fileRow({ rows }: Pick<Prepared, "rows">, row: number): number {
  return rows === null ? row : rows[row]!;
}

/** actual − fitted */
export function residualOf({ actual, fitted }: Regressed): NumberReader {
  return { length: actual.length, at: (row) => actual.at(row) - fitted.at(row) };
}

/** Numbers of some rows, in the order of `rows`; null stands for all. */
export function pickNumbers(numbers: NumberReader, rows: Uint32Array | null): NumberReader {
  return rows === null ? numbers : { length: rows.length, at: (row) => numbers.at(rows[row]!) };
}

/** All numbers as doubles, in memory of their own. */
export function toFloat64(numbers: NumberReader): Float64Array {
  const all = new Float64Array(numbers.length);
  for (let row = 0; row < all.length; row++) all[row] = numbers.at(row);
  return all;
}
