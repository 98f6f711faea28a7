import { binomialSample } from "./binomial.ts";
import { LEVEL } from "./estimate.ts";
import { quantileOfSorted } from "./quantiles.ts";
import { createRandom } from "./random.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile intervals of any function of a table of counts: the cells are resampled from the multinomial
 * distribution they estimate, which has the same law as resampling the rows, at a cost that does not grow with n.
 * `measure` gives one number per metric, NaN where it is undefined; a metric that is undefined in more than half of
 * the replicates has no interval (null).
 */
export function bootstrapCells(counts: ArrayLike<number>, measure: (cells: Float64Array) => ArrayLike<number>, replicates = 1000, seed = 1): readonly (Interval | null)[] {
  const random = createRandom(seed);
  const filled: number[] = [];
  let n = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    n += count;
    if (count > 0) filled.push(i);
  }
  const cells = new Float64Array(counts.length);
  const draws: number[][] = [];
  for (let r = 0; r < replicates; r++) {
    let left = n;
    let mass = n;
    for (const i of filled) {
      const count = counts[i] ?? 0;
      const drawn = binomialSample(left, mass > 0 ? count / mass : 0, random);
      cells[i] = drawn;
      left -= drawn;
      mass -= count;
    }
    const values = measure(cells);
    for (let m = 0; m < values.length; m++) {
      const value = values[m] ?? Number.NaN;
      if (!Number.isNaN(value)) (draws[m] ??= []).push(value);
    }
  }
  const metrics = measure(Float64Array.from(counts)).length;
  return Array.from({ length: metrics }, (_, m) => {
    const sorted = Float64Array.from(draws[m] ?? []).sort();
    if (sorted.length < replicates / 2) return null;
    return { low: quantileOfSorted(sorted, (1 - LEVEL) / 2), high: quantileOfSorted(sorted, (1 + LEVEL) / 2) };
  });
}
