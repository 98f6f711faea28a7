import type { Predicate } from "../api/evaluation.ts";
import type { Column } from "../tables/columns.ts";
import { equalMassEdges } from "../statistics/quantiles.ts";

/** A feature cut into values: every row has the number of exactly one. */
export interface Feature {
  readonly name: string;
  readonly codes: Uint16Array;
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
  const { values } = column;
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0 || (sorted[0] === sorted.at(-1) && sorted.length === values.length)) return null;
  const distinct = new Set<number>();
  for (const value of sorted) {
    if (distinct.size > AS_VALUES) break;
    distinct.add(value);
  }
  if (distinct.size <= AS_VALUES) {
    const list = [...distinct];
    const index = new Map(list.map((value, code) => [value, code]));
    const predicates = list.map((value): Predicate => ({ feature: name, op: "=", value: String(value) }));
    return withMissing(name, values, (value) => index.get(value)!, predicates);
  }
  const edges = equalMassEdges(sorted, MASS_BINS);
  const predicates = Array.from({ length: edges.length + 1 }, (_, bin): Predicate => ({ feature: name, op: "in", value: [bin === 0 ? null : edges[bin - 1]!, bin === edges.length ? null : edges[bin]!] }));
  return withMissing(name, values, (value) => binOf(edges, value), predicates);
}

/** The bin of a value: [edge before, edge after). */
function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && value >= edges[bin]!) bin++;
  return bin;
}

function withMissing(name: string, values: Float64Array, codeOf: (value: number) => number, predicates: Predicate[]): Feature {
  const missing = predicates.length;
  const codes = new Uint16Array(values.length);
  let any = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) any = true;
    codes[i] = Number.isNaN(value) ? missing : codeOf(value);
  }
  return { name, codes, predicates: any ? [...predicates, { feature: name, op: "missing", value: null }] : predicates };
}

function cutText(name: string, codes: Int32Array, values: readonly string[]): Feature | null {
  const counts = new Float64Array(values.length + 1);
  for (const code of codes) counts[code < 0 ? values.length : code]!++;
  const filled = Array.from(counts.keys()).filter((code) => counts[code]! > 0);
  if (filled.length < 2) return null;
  const kept = filled.length > MOST_VALUES ? filled.sort((a, b) => counts[b]! - counts[a]!).slice(0, MOST_VALUES).sort((a, b) => a - b) : filled;
  const renumbered = new Uint16Array(values.length + 1).fill(kept.length);
  kept.forEach((code, next) => (renumbered[code] = next));
  const predicates = kept.map((code): Predicate => (code === values.length ? { feature: name, op: "missing", value: null } : { feature: name, op: "=", value: values[code]! }));
  return { name, codes: Uint16Array.from(codes, (code) => renumbered[code < 0 ? values.length : code]!), predicates };
}
