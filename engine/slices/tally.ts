import type { FeatureCodes } from "./features.ts";

/** An error for each row: 0 or 1 as bytes, or a loss of at least 0. */
export type Errors = Uint8Array | Float64Array;

/** Counts of rows and sums of their errors, by cell. */
export interface Tally {
  readonly size: Float64Array;
  readonly sum: Float64Array;
}

/** Rows and errors of each value. */
export function tallyValues(values: number, codes: FeatureCodes, errors: Errors): Tally & { readonly largest: Float64Array } {
  const size = new Float64Array(values);
  const sum = new Float64Array(values);
  const largest = new Float64Array(values);
  for (let i = 0; i < codes.length; i++) {
    const cell = codes[i]!;
    const e = errors[i]!;
    size[cell]!++;
    sum[cell]! += e;
    if (e > largest[cell]!) largest[cell] = e;
  }
  return { size, sum, largest };
}

/**
 * Rows and errors of each pair of values, in cell `x · width + y`, in one pass. Errors of 0 and 1 are a bit of the
 * cell, so that a row costs one addition.
 */
export function tallyPairs(x: FeatureCodes, y: FeatureCodes, cells: number, width: number, errors: Errors): Tally {
  if (errors instanceof Uint8Array) {
    const counts = new Uint32Array(2 * cells);
    for (let i = 0; i < errors.length; i++) counts[((x[i]! * width + y[i]!) << 1) | errors[i]!]!++;
    const size = new Float64Array(cells);
    const sum = new Float64Array(cells);
    for (let cell = 0; cell < cells; cell++) {
      sum[cell] = counts[2 * cell + 1]!;
      size[cell] = counts[2 * cell]! + sum[cell]!;
    }
    return { size, sum };
  }
  const size = new Float64Array(cells);
  const sum = new Float64Array(cells);
  for (let i = 0; i < errors.length; i++) {
    const cell = x[i]! * width + y[i]!;
    size[cell]!++;
    sum[cell]! += errors[i]!;
  }
  return { size, sum };
}
