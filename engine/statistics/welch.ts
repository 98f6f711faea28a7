import { tTwoSided } from "./distributions.ts";
import type { Moments } from "./mean.ts";

/** Two-sided p of equal means without assuming equal variances (Welch 1947). NaN where a side has fewer than two rows or nothing varies. */
export function welch(first: Moments, second: Moments): number {
  const a = first.variance / first.n;
  const b = second.variance / second.n;
  if (!(a + b > 0)) return Number.NaN;
  const df = (a + b) ** 2 / ((a * a) / (first.n - 1) + (b * b) / (second.n - 1));
  return tTwoSided((first.mean - second.mean) / Math.sqrt(a + b), df);
}
