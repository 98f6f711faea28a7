import { isKey } from "../valid.ts";

/** A column of values, and what they belong to where the header says it. */
export interface ValueColumn {
  readonly index: number;
  readonly key: string;
  /** Absent: the run of the file, or of the row. */
  readonly run?: string;
}

/** What the columns of a file mean. Indexes are -1 for columns that are not there. */
export interface Columns {
  readonly step: number;
  readonly time: number;
  /** A column whose cells name the row's run. */
  readonly run: number;
  /** Cells that name the metric of the row's one value; then `values` has one column. */
  readonly key: number;
  readonly values: readonly ValueColumn[];
}

/** Names of columns that count, the better ones first. */
const STEPS = ["step", "_step", "global_step", "global step", "iteration", "iterations", "iter", "epoch", "batch", "round", "trial", "index"];
/** Those that a table of something else rarely has. */
export const COUNTING: readonly string[] = STEPS.slice(0, -1);
const TIMES = ["timestamp", "_timestamp", "wall_time", "wall time", "walltime", "datetime", "date", "time"];
const RUNS = ["run_id", "run id", "run", "run_name", "run name"];
const KEYS = ["metric", "key", "metric_name"];

/** Any table of metrics: a row a step, a column a metric; or, in long form, a row a value. */
export function plainColumns(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const first = (wanted: readonly string[]): number => {
    for (const name of wanted) if (names.includes(name)) return names.indexOf(name);
    return -1;
  };
  const step = first(STEPS);
  const time = first(TIMES);
  const run = first(RUNS);
  const key = first(KEYS);
  const value = names.indexOf("value");
  if (key >= 0 && value >= 0) return { step, time, run, key, values: [{ index: value, key: "value" }] };
  return { step, time, run, key: -1, values: valuesOf(header, [step, time, run]) };
}

/** Every other column whose name can be a metric's. */
export function valuesOf(header: readonly string[], others: readonly number[]): ValueColumn[] {
  return header.flatMap((name, index) => (others.includes(index) || !isKey(name.trim()) ? [] : [{ index, key: name.trim() }]));
}

/** True where a header counts something: what other tables than those of metrics rarely do. */
export function counts(header: readonly string[]): boolean {
  return header.some((name) => COUNTING.includes(name.trim().toLowerCase()));
}

const MISSING = new Set(["", "na", "n/a", "none", "null", "-", "--"]);

/** A cell's number; null for an empty one, undefined for text. A decimal comma is read where cells are not separated by commas. */
export function numberIn(cell: string, delimiter: string): number | null | undefined {
  const value = Number(cell);
  // Number() reads blanks as 0.
  if (!Number.isNaN(value) && (value !== 0 || cell.trim() !== "")) return value;
  const word = cell.trim().toLowerCase();
  if (MISSING.has(word)) return null;
  if (word === "nan") return Number.NaN;
  if (/^[+]?inf(inity)?$/.test(word)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/.test(word)) return Number.NEGATIVE_INFINITY;
  if (delimiter !== "," && /^[+-]?\d+,\d+(e[+-]?\d+)?$/.test(word)) return Number(word.replace(",", "."));
  return undefined;
}

/** UTC ms of a cell: seconds or milliseconds since 1970, or a date in words; null where it is none (a duration, say). */
export function timeIn(cell: string): number | null {
  const value = Number(cell);
  if (cell.trim() !== "" && Number.isFinite(value)) return value >= 1e12 ? Math.round(value) : value >= 1e9 ? Math.round(value * 1000) : null;
  const read = /^\d{4}-\d\d-\d\d/.test(cell.trim()) ? Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(cell.trim()) ? cell.trim() : `${cell.trim().replace(" ", "T")}Z`) : Number.NaN;
  return Number.isNaN(read) ? null : read;
}
