import { tQuantile, tTwoSided } from "./distributions.ts";
import { LEVEL } from "./estimate.ts";
import type { Moments } from "./mean.ts";

/** Two-sided p of equal means without assuming equal variances (Welch 1947). NaN where a side has fewer than two rows or nothing varies. */
export function welch(first: Moments, second: Moments): number {
  const a = first.variance / first.n;
  const b = second.variance / second.n;
  if (!(a + b > 0)) return Number.NaN;
  const df = (a + b) ** 2 / ((a * a) / (first.n - 1) + (b * b) / (second.n - 1));
  return tTwoSided((first.mean - second.mean) / Math.sqrt(a + b), df);
}

/**
 * Two-sided interval of the difference of means (first − second) at the usual level, with Welch's degrees of freedom (Satterthwaite 1946).
 * Null where a side has fewer than two values or nothing varies: then the data do not say what chance would do.
 */
export function welchInterval(first: Moments, second: Moments): { readonly low: number; readonly high: number } | null {
  const a = first.variance / first.n;
  const b = second.variance / second.n;
  if (!(a + b > 0)) return null;
  const df = (a + b) ** 2 / ((a * a) / (first.n - 1) + (b * b) / (second.n - 1));
  const half = tQuantile((1 + LEVEL) / 2, df) * Math.sqrt(a + b);
  const difference = first.mean - second.mean;
  return { low: difference - half, high: difference + half };
}
