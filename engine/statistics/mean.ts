import type { Estimated } from "../api/tokens.ts";
import { estimate, LEVEL, unknown } from "./estimate.ts";
import { tQuantile } from "./distributions.ts";

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Unbiased (n − 1); NaN below two values. */
  readonly variance: number;
}

/** Mean and variance in one stable pass (Welford 1962). */
export function moments(values: Float64Array): Moments {
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const delta = values[i]! - mean;
    mean += delta / (i + 1);
    squares += delta * (values[i]! - mean);
  }
  const n = values.length;
  return { n, mean: n === 0 ? Number.NaN : mean, variance: n > 1 ? squares / (n - 1) : Number.NaN };
}

/** The mean with Student's t interval. */
export function meanInterval({ n, mean, variance }: Moments): Estimated {
  if (n === 0) return unknown("no rows", 0);
  if (n === 1) return unknown("one row has no spread to build an interval from", 1);
  const half = tQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(variance / n);
  return estimate(mean, mean - half, mean + half, n, "t");
}
