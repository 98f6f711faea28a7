import betainc from "@stdlib/math-base-special-betainc";
import type { Estimated } from "../api/tokens.ts";
import { normalQuantile } from "./distributions.ts";
import { estimate, LEVEL, unknown } from "./estimate.ts";
import { wilson } from "./wilson.ts";

/**
 * Exact two-sided p of McNemar's test (McNemar 1947): of the items that only one of two models gets wrong, `b` by the first and
 * `c` by the second, half would fall on either if they were equally good. 1 where they agree on every item.
 */
export function mcnemarExact(b: number, c: number): number {
  const n = b + c;
  const k = Math.min(b, c);
  if (b === c) return 1;
  // P(X ≤ k) of Binomial(n, ½) is a regularised incomplete beta function.
  return Math.min(1, 2 * betainc(0.5, n - k, k + 1, true, false));
}

/**
 * The difference of two proportions of the same `n` items, of which `b` count for the first only and `c` for the second only, as
 * first − second. Interval by Bonett and Price 2012 (Wald on counts with one added to each side), recommended by Fagerland,
 * Lydersen and Laake 2014.
 */
export function pairedProportions(b: number, c: number, n: number): Estimated {
  if (n === 0) return unknown("no item in common", 0);
  const [p, q] = [(b + 1) / (n + 2), (c + 1) / (n + 2)];
  const half = normalQuantile((1 + LEVEL) / 2) * Math.sqrt((p + q - (p - q) ** 2) / (n + 2));
  return estimate((b - c) / n, Math.max(-1, p - q - half), Math.min(1, p - q + half), n, "Bonett–Price");
}

/** The difference k1/n1 − k2/n2 of different items. Interval by Newcombe 1998, method 10, from two of Wilson's. */
export function independentProportions(k1: number, n1: number, k2: number, n2: number): Estimated {
  const first = wilson(k1, n1, "");
  const second = wilson(k2, n2, "");
  if (first.value === null || second.value === null) return unknown("no row on one side", Math.min(n1, n2));
  const difference = first.value - second.value;
  const below = Math.hypot(first.value - first.low, second.high - second.value);
  const above = Math.hypot(first.high - first.value, second.value - second.low);
  return estimate(difference, difference - below, difference + above, n1 + n2, "Newcombe");
}
