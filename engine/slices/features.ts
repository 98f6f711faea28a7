import type { Predicate } from "../api/evaluation.ts";
import type { Codes, Column, NumberColumn } from "../tables/columns.ts";
import { equalMassEdges } from "../statistics/quantiles.ts";

export type FeatureCodes = Uint8Array | Uint16Array;

/** A feature cut into values: every row has the number of exactly one. */
export interface Feature {
  readonly name: string;
  readonly codes: FeatureCodes;
  /** By code. */
  readonly predicates: readonly Predicate[];
}

/** Numbers with more different values than this are cut into parts of equal mass. */
const AS_VALUES = 12;
export const MASS_BINS = 10;
/** Values beyond the most frequent ones cannot reach the support of 1 % and share one code without a predicate. */
const MOST_VALUES = 4096;

/**
 * Cuts a column: text by value, a few numbers by value, many numbers into ten parts of equal mass. Missing is a value
 * of its own. Null where the column cannot be searched: left in the file, or constant.
 */
export function cutFeature(name: string, column: Column): Feature | null {
  if (column.kind === "coded") return cutText(name, column.codes, column.values);
  if (column.kind !== "number") return null;
  const sorted = sortedValues(column);
  if (sorted.length === 0 || (sorted.at(0) === sorted.at(-1) && sorted.length === column.length)) return null;
  if (sorted.distinct.length <= AS_VALUES) {
    const index = new Map(sorted.distinct.map((value, code) => [value, code]));
    const predicates = sorted.distinct.map((value): Predicate => ({ feature: name, op: "=", value: String(value) }));
    return withMissing(name, column, (value) => index.get(value)!, predicates);
  }
  const edges = equalMassEdges(sorted, MASS_BINS);
  const predicates = Array.from({ length: edges.length + 1 }, (_, bin): Predicate => ({ feature: name, op: "in", value: [bin === 0 ? null : edges[bin - 1]!, bin === edges.length ? null : edges[bin]!] }));
  return withMissing(name, column, (value) => binOf(edges, value), predicates);
}

function presentValues(column: NumberColumn): Float64Array {
  const values = new Float64Array(column.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    const value = column.at(row);
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return values.subarray(0, count);
}

interface Sorted {
  /** Values that are not missing. */
  readonly length: number;
  at(rank: number): number | undefined;
  /** Ascending; the first few where there are more than `AS_VALUES`. */
  readonly distinct: readonly number[];
}

/** The column's values in order: from the counts of its table where it has one, so that no row is sorted. */
function sortedValues(column: NumberColumn): Sorted {
  const table = column.counts();
  if (table === null) {
    const values = presentValues(column).sort();
    const distinct: number[] = [];
    for (let i = 0; i < values.length && distinct.length <= AS_VALUES; i++) if (values[i] !== distinct.at(-1)) distinct.push(values[i]!);
    return { length: values.length, at: (rank) => values.at(rank), distinct };
  }
  const order = [...table.values.keys()].filter((code) => table.counts[code]! > 0 && !Number.isNaN(table.values[code]!)).sort((a, b) => table.values[a]! - table.values[b]!);
  const ends = new Float64Array(order.length);
  let length = 0;
  order.forEach((code, at) => (ends[at] = length += table.counts[code]!));
  const valueAt = (rank: number): number | undefined => {
    const wanted = rank < 0 ? length + rank : rank;
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    const code = order[low];
    return code === undefined ? undefined : table.values[code];
  };
  return { length, at: valueAt, distinct: order.slice(0, AS_VALUES + 1).map((code) => table.values[code]!) };
}

/** The bin of a value: [edge before, edge after). */
function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && value >= edges[bin]!) bin++;
  return bin;
}

function withMissing(name: string, column: NumberColumn, codeOf: (value: number) => number, predicates: Predicate[]): Feature {
  const missing = predicates.length;
  const codes = new Uint8Array(column.length);
  const table = column.counts();
  const ofTable = table && Uint8Array.from(table.values, (value) => (Number.isNaN(value) ? missing : codeOf(value)));
  let any = false;
  for (let i = 0; i < codes.length; i++) {
    const value = ofTable ? 0 : column.at(i);
    const code = table && ofTable ? ofTable[table.codes[i]!]! : Number.isNaN(value) ? missing : codeOf(value);
    if (code === missing) any = true;
    codes[i] = code;
  }
  return { name, codes, predicates: any ? [...predicates, { feature: name, op: "missing", value: null }] : predicates };
}

function cutText(name: string, codes: Codes, values: readonly string[]): Feature | null {
  const counts = new Float64Array(values.length + 1);
  for (const code of codes) counts[code < 0 ? values.length : code]!++;
  const filled = Array.from(counts.keys()).filter((code) => counts[code]! > 0);
  if (filled.length < 2) return null;
  const kept = filled.length > MOST_VALUES ? filled.sort((a, b) => counts[b]! - counts[a]!).slice(0, MOST_VALUES).sort((a, b) => a - b) : filled;
  const renumbered = new Uint16Array(values.length + 1).fill(kept.length);
  kept.forEach((code, next) => (renumbered[code] = next));
  const predicates = kept.map((code): Predicate => (code === values.length ? { feature: name, op: "missing", value: null } : { feature: name, op: "=", value: values[code]! }));
  return { name, codes: recoded(codes, renumbered, kept.length), predicates };
}

function recoded(codes: Codes, numbers: Uint16Array, most: number): FeatureCodes {
  const result = most <= 0xff ? new Uint8Array(codes.length) : new Uint16Array(codes.length);
  for (let row = 0; row < result.length; row++) result[row] = numbers[codes[row]! < 0 ? numbers.length - 1 : codes[row]!]!;
  return result;
}
