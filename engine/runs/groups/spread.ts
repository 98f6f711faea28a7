import type { Moments } from "../../statistics/mean.ts";
import { welchInterval } from "../../statistics/welch.ts";
import type { Direction } from "../../api/runs.ts";
import type { Verdict } from "../../api/groups.ts";
import type { RunTable } from "../columns/runTable.ts";

/** A value of a row, or nothing. */
export type RowValue = (row: number) => number | null;

/**
 * The finite numbers of the finished runs among these rows: a run that is under way, failed or was stopped says nothing of how
 * well it ends. Welford's steps, as in statistics/mean.ts, without a call for each of 100,000 rows.
 */
export function finishedMoments(table: RunTable, rows: ArrayLike<number>, value: RowValue): Moments {
  let n = 0;
  let mean = 0;
  let squares = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    if (!table.facts.finished(row)) continue;
    const one = value(row);
    if (one === null || !Number.isFinite(one)) continue;
    const delta = one - mean;
    mean += delta / ++n;
    squares += delta * (one - mean);
  }
  return { n, mean: n === 0 ? Number.NaN : mean, variance: n > 1 ? squares / (n - 1) : Number.NaN };
}

/** Sample standard deviation ÷ √n; null below two runs. */
export function standardError({ n, variance }: Moments): number | null {
  return n < 2 ? null : Math.sqrt(variance / n);
}

export interface Difference {
  readonly value: number;
  /** 95 % (Welch); null where chance cannot be judged. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly verdict: Verdict;
}

/** How far a mean lies from another one, and whether that is more than chance. Null where a side has no number. */
export function difference(own: Moments, other: Moments, direction: Direction): Difference | null {
  if (own.n === 0 || other.n === 0) return null;
  const value = own.mean - other.mean;
  const interval = own.n < 2 || other.n < 2 ? null : welchInterval(own, other);
  if (interval === null || direction === "unknown") return { value, interval, verdict: "unknown" };
  if (interval.low <= 0 && interval.high >= 0) return { value, interval, verdict: "chance" };
  return { value, interval, verdict: value > 0 === (direction === "up") ? "better" : "worse" };
}
