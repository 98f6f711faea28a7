/** What the score of SliceLine (Sagadeeva and Boehm 2021) needs to know of the whole data. */
export interface Whole {
  readonly n: number;
  /** Mean error, above 0. */
  readonly mean: number;
  /** Weight of the error against the size, in (0, 1]. */
  readonly alpha: number;
  /** Fewest rows. */
  readonly support: number;
}

/** α(se/ss/ē − 1) − (1 − α)(n/ss − 1): 0 for the whole data. */
export function score({ n, mean, alpha }: Whole, size: number, errors: number): number {
  return alpha * (errors / size / mean - 1) - (1 - alpha) * (n / size - 1);
}

/**
 * The highest score that a slice inside its parents can have, from the least size, least error sum and least largest
 * error among them. Rows stand for n in the size term (both public implementations use the number of columns).
 */
export function scoreBound(whole: Whole, size: number, errors: number, largest: number): number {
  if (size < whole.support || errors <= 0) return Number.NEGATIVE_INFINITY;
  const turning = Math.min(size, Math.max(whole.support, errors / largest));
  let best = Number.NEGATIVE_INFINITY;
  for (const s of [whole.support, turning, size]) best = Math.max(best, score(whole, s, Math.min(s * largest, errors)));
  return best;
}
