import { atOnce, type Steps } from "../turns.ts";

/**
 * What one row sorts by. Infinity is a number; NaN and missing stand behind all numbers in either direction, as the
 * contract of `runs/window` has it.
 */
export type SortKey = (row: number) => number | null;

/** Sorts rows by a key, in place and stably: equal rows keep their order, so that the least significant key goes first. */
export function sortRows(rows: Uint32Array, key: SortKey, descending: boolean): void {
  atOnce(sortSteps(rows, key, descending));
}

/** Rows between two places where others may have their turn: about a millisecond. */
const SOME_ROWS = 16_384;

/** The same in steps. */
export function* sortSteps(rows: Uint32Array, key: SortKey, descending: boolean): Steps<void> {
  const n = rows.length;
  const numbers = new Float64Array(n);
  const order = new Uint32Array(n);
  const nan: number[] = [];
  const missing: number[] = [];
  let found = 0;
  for (let i = 0; i < n; i++) {
    if (i % SOME_ROWS === SOME_ROWS - 1) yield;
    const row = rows[i] ?? 0;
    const value = key(row);
    if (value === null) missing.push(row);
    else if (Number.isNaN(value)) nan.push(row);
    else {
      // −0 and 0 are one place.
      numbers[found] = value + 0;
      order[found++] = row;
    }
  }
  yield* radixSort(numbers.subarray(0, found), order.subarray(0, found), descending);
  rows.set(order.subarray(0, found));
  rows.set(nan, found);
  rows.set(missing, found + nan.length);
}

/** Bits that one pass looks at; passes in which all rows agree are skipped. */
const DIGIT = 16;

/**
 * Least-significant-digit radix sort of 64-bit floats: their bits, with the sign folded in, are in the order of the
 * numbers. Four passes at most, which beats comparing from some hundred rows on.
 */
function* radixSort(numbers: Float64Array, order: Uint32Array, descending: boolean): Steps<void> {
  const n = numbers.length;
  if (n < 2) return;
  const words = new Uint32Array(numbers.slice().buffer);
  for (let i = 0; i < n; i++) {
    const high = words[2 * i + 1] ?? 0;
    const negative = high >>> 31 === 1;
    // Descending is ascending of the inverted bits; so equal rows keep their order.
    const flip = negative !== descending ? 0xffff_ffff : 0;
    words[2 * i + 1] = (high ^ flip ^ (negative ? 0 : 0x8000_0000)) >>> 0;
    words[2 * i] = ((words[2 * i] ?? 0) ^ flip) >>> 0;
  }
  let from = Uint32Array.from({ length: n }, (_, i) => i);
  let to = new Uint32Array(n);
  const counts = new Uint32Array(1 << DIGIT);
  for (let pass = 0; pass < 4; pass++) {
    yield;
    const word = pass >>> 1;
    const shift = (pass & 1) * DIGIT;
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      const digit = ((words[2 * i + word] ?? 0) >>> shift) & 0xffff;
      counts[digit] = (counts[digit] ?? 0) + 1;
    }
    const first = ((words[word] ?? 0) >>> shift) & 0xffff;
    if (counts[first] === n) continue;
    let sum = 0;
    for (let digit = 0; digit < counts.length; digit++) {
      const count = counts[digit] ?? 0;
      counts[digit] = sum;
      sum += count;
    }
    for (let k = 0; k < n; k++) {
      const i = from[k] ?? 0;
      const digit = ((words[2 * i + word] ?? 0) >>> shift) & 0xffff;
      const at = counts[digit] ?? 0;
      to[at] = i;
      counts[digit] = at + 1;
    }
    [from, to] = [to, from];
  }
  const rows = order.slice();
  for (let k = 0; k < n; k++) order[k] = rows[from[k] ?? 0] ?? 0;
}
