import { normalTwoSided } from "./distributions.ts";
import { fisherExact } from "./fisher.ts";

/**
 * Two-sided p of k1/n1 against k2/n2: the pooled z test without continuity correction; Fisher's exact test when any
 * expected count is below 5. NaN when a side has no rows.
 */
export function twoProportions(k1: number, n1: number, k2: number, n2: number): number {
  if (n1 === 0 || n2 === 0) return Number.NaN;
  const pooled = (k1 + k2) / (n1 + n2);
  const smallest = Math.min(n1, n2) * Math.min(pooled, 1 - pooled);
  if (smallest < 5) return fisherExact(k1, n1 - k1, k2, n2 - k2);
  return normalTwoSided((k1 / n1 - k2 / n2) / Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2)));
}
