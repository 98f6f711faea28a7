import betainc from "@stdlib/math-base-special-betainc";
import erfc from "@stdlib/math-base-special-erfc";
import gammainc from "@stdlib/math-base-special-gammainc";
import normalInverse from "@stdlib/stats-base-dists-normal-quantile";
import tInverse from "@stdlib/stats-base-dists-t-quantile";

/**
 * The distributions that intervals and tests need. Tails are computed as tails, never as 1 − cdf, so that a p-value
 * of 1e-30 is not rounded to 0. A degrees-of-freedom argument is a real number above 0.
 */

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return erfc(-z / Math.SQRT2) / 2;
}

/** P(|Z| ≥ |z|) of the standard normal distribution. */
export function normalTwoSided(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/** The z with P(Z ≤ z) = p. */
export function normalQuantile(p: number): number {
  return normalInverse(p, 0, 1);
}

/** P(|T| ≥ |t|) of Student's t distribution. */
export function tTwoSided(t: number, df: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? Number.NaN : 0;
  return betainc(df / (df + t * t), df / 2, 0.5, true, false);
}

/** The t with P(T ≤ t) = p of Student's t distribution. */
export function tQuantile(p: number, df: number): number {
  return tInverse(p, df);
}

/** P(X ≥ x) of the χ² distribution. */
export function chiSquareUpper(x: number, df: number): number {
  if (x <= 0) return 1;
  return gammainc(x / 2, df / 2, true, true);
}

/** P(X ≥ x) of the F distribution. */
export function fUpper(x: number, df1: number, df2: number): number {
  if (x <= 0) return 1;
  if (!Number.isFinite(x)) return 0;
  return betainc(df2 / (df2 + df1 * x), df2 / 2, df1 / 2, true, false);
}
