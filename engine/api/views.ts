import type { DeclaredView } from "./config.ts";
import type { GroupBy } from "./groups.ts";
import type { CallSite, ColumnId, RunQuery } from "./runs.ts";
import { request } from "./tokens.ts";

/** How the values of a column are spread, for its quick filter. Missing values and NaN are counted apart. */
export type ColumnSpread =
  | {
      readonly kind: "numbers";
      /** `time` is UTC milliseconds, `duration` milliseconds. */
      readonly unit: "number" | "time" | "duration";
      /** Runs with a finite number. */
      readonly n: number;
      readonly missing: number;
      readonly nan: number;
      readonly infinite: number;
      /** One more than `counts`; the last bin has its upper edge in it. Even steps, on a logarithmic scale where `log`. */
      readonly edges: readonly number[];
      readonly counts: readonly number[];
      readonly log: boolean;
    }
  | {
      readonly kind: "values";
      readonly n: number;
      readonly missing: number;
      readonly distinct: number;
      /** The most frequent ones, at most fifty. */
      readonly values: readonly { readonly value: string; readonly runs: number }[];
    };

export const runsSpread = request<{ query: RunQuery; column: ColumnId }, ColumnSpread>("runs/spread");
/** The line that logs a metric, by the newest run of the query that says so; null where none does. */
export const runsSite = request<{ query: RunQuery; key: string }, { site: CallSite | null }>("runs/site");

/**
 * Writes what the table shows, all rows of it, as CSV (RFC 4180) or JSON lines: full precision, times as ISO 8601, NaN and ±Infinity by
 * name. A grouped table has a row a group, with `<metric>`, `<metric> se` and `<metric> n`. The file is replaced as a whole.
 */
export const runsExport = request<{ query: RunQuery; group?: GroupBy; columns: readonly ColumnId[]; file: string; format: "csv" | "jsonl" }, { rows: number; bytes: number }>("runs/export");

/** Keeps a view in `touchstone.yaml`; one of this name is replaced, and what is written beside its fields stays. */
export const viewsSave = request<{ view: DeclaredView }, null>("views/save");
export const viewsRename = request<{ from: string; to: string }, null>("views/rename");
export const viewsDelete = request<{ name: string }, null>("views/delete");
