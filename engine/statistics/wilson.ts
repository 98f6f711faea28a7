import type { Estimated } from "../api/tokens.ts";
import { estimate, LEVEL, unknown } from "./estimate.ts";
import { normalQuantile } from "./distributions.ts";

/**
 * A proportion k/n with Wilson's score interval (Wilson 1927), which stays inside [0, 1] and is honest at small n.
 * `reason` says what it means when n is 0.
 */
export function wilson(k: number, n: number, reason: string): Estimated {
  if (n === 0) return unknown(reason, 0);
  const z = normalQuantile((1 + LEVEL) / 2);
  const p = k / n;
  const shrink = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / shrink;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / shrink;
  return estimate(p, k === 0 ? 0 : Math.max(0, centre - half), k === n ? 1 : Math.min(1, centre + half), n, "wilson");
}
