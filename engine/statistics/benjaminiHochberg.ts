import { argsort } from "./argsort.ts";

/**
 * q-values (Benjamini and Hochberg 1995). `tests` may exceed the number of p-values: the rest are tests whose p was
 * never computed because they cannot be small, and count as 1. NaN stays NaN and is not counted among the given.
 */
export function benjaminiHochberg(p: Float64Array, tests = p.length): Float64Array {
  const order = argsort(p);
  const q = new Float64Array(p.length).fill(Number.NaN);
  const known = p.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  const family = Math.max(known, tests - (p.length - known));
  let smallest = 1;
  for (let rank = known; rank >= 1; rank--) {
    const row = order[rank - 1]!;
    smallest = Math.min(smallest, (p[row]! * family) / rank);
    q[row] = smallest;
  }
  return q;
}
