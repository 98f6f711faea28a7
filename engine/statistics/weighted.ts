import type { Estimated } from "../api/tokens.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import { estimate, LEVEL, unknown } from "./estimate.ts";
import type { Interval } from "./multinomial.ts";
import { quantileOfSorted } from "./quantiles.ts";
import { createRandom } from "./random.ts";

/** Rows in a cell up to which each is drawn by itself; beyond it their sum is normal, closely enough. */
const ONE_BY_ONE = 50;

/** The weights of the rows of one cell of a table. */
export interface WeighedCell {
  sum: number;
  squares: number;
  /** The weights themselves while they are few. */
  few: number[] | null;
}

/** Sums of weights by cell, with what resampling them needs. */
export function weighCells(cells: number, rows: number, cellOf: (row: number) => number, weightOf: (row: number) => number): readonly WeighedCell[] {
  const weighed = Array.from({ length: cells }, (): WeighedCell => ({ sum: 0, squares: 0, few: [] }));
  for (let row = 0; row < rows; row++) {
    const weight = weightOf(row);
    const cell = weighed[cellOf(row)]!;
    cell.sum += weight;
    cell.squares += weight * weight;
    if (cell.few !== null && cell.few.push(weight) > ONE_BY_ONE) cell.few = null;
  }
  return weighed;
}

/**
 * Percentile intervals of any function of a table of weights by the Poisson bootstrap: each row counts Poisson(1)
 * times its weight, so that cells vary independently. A cell of many rows is drawn from the normal law with the mean
 * Σw and the variance Σw² that it then has, at a cost that does not grow with n.
 */
export function bootstrapWeights(cells: readonly WeighedCell[], measure: (cells: Float64Array) => ArrayLike<number>, replicates: number, seed = 1): readonly (Interval | null)[] {
  const random = createRandom(seed);
  const drawn = new Float64Array(cells.length);
  const draws = Array.from({ length: measure(drawn).length }, (): number[] => []);
  for (let r = 0; r < replicates; r++) {
    cells.forEach(({ sum, squares, few }, i) => {
      if (few === null) drawn[i] = Math.max(0, sum + Math.sqrt(squares) * normalQuantile((Math.floor(random() * 2 ** 31) + 0.5) / 2 ** 31));
      else drawn[i] = few.reduce((total, weight) => total + weight * poisson(random), 0);
    });
    const values = measure(drawn);
    draws.forEach((list, m) => !Number.isNaN(values[m]!) && list.push(values[m]!));
  }
  return draws.map((list) => {
    if (list.length < replicates / 2) return null;
    const sorted = Float64Array.from(list).sort();
    return { low: quantileOfSorted(sorted, (1 - LEVEL) / 2), high: quantileOfSorted(sorted, (1 + LEVEL) / 2) };
  });
}

/** How often a row of a Poisson bootstrap counts: mean 1 (Knuth's product of uniforms). */
function poisson(random: () => number): number {
  let count = 0;
  for (let product = random(); product > 1 / Math.E; product *= random()) count++;
  return count;
}

/** Σwx/Σw with Student's t interval from the linearised variance n/(n−1) · Σw²(x−m)²/(Σw)². */
export function weightedMean(n: number, valueAt: (row: number) => number, weightAt: (row: number) => number): Estimated {
  if (n === 0) return unknown("no rows", 0);
  if (n === 1) return unknown("one row has no spread to build an interval from", 1);
  const { mean, total } = meanBy(n, valueAt, weightAt);
  if (!(total > 0)) return unknown("all weights are 0", n);
  let squares = 0;
  for (let row = 0; row < n; row++) squares += (weightAt(row) * (valueAt(row) - mean)) ** 2;
  const half = tQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(((n / (n - 1)) * squares) / (total * total));
  return estimate(mean, mean - half, mean + half, n, "t, weighted");
}

/** Σwx/Σw, and Σw. */
export function meanBy(n: number, valueAt: (row: number) => number, weightAt: (row: number) => number): { readonly mean: number; readonly total: number } {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < n; row++) {
    const weight = weightAt(row);
    sum += weight * valueAt(row);
    total += weight;
  }
  return { mean: sum / total, total };
}
