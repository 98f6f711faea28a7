import type { Screened } from "../api/evaluation.ts";
import type { Codes, Column } from "../tables/columns.ts";
import { argsort, midranks } from "../statistics/argsort.ts";
import { benjaminiHochberg } from "../statistics/benjaminiHochberg.ts";
import { chiSquareUpper, fUpper } from "../statistics/distributions.ts";
import { equalMassEdges } from "../statistics/quantiles.ts";

const BINS = 20;

/**
 * What the residual still depends on, strongest first. Numbers: share of the residual's variance between twenty bins
 * of equal mass, adjusted for their number, F test; a symmetric (U-shaped) effect is seen. Words: Kruskal–Wallis with
 * η² = (H − k + 1)/(n − k). q by Benjamini–Hochberg over all features.
 */
export function screen(residual: Float64Array, features: readonly { readonly name: string; readonly column: Column }[]): readonly Screened[] {
  const found = features.flatMap(({ name, column }) => {
    const result = column.kind === "number" ? screenNumbers(name, column.toFloat64(), residual) : column.kind === "coded" ? screenGroups(name, column.codes, column.values.length, residual) : null;
    return result === null ? [] : [result];
  });
  const q = benjaminiHochberg(Float64Array.from(found, (each) => each.p));
  return found.map((each, i) => ({ ...each, q: q[i]! })).sort((a, b) => b.association - a.association);
}

type Raw = Omit<Screened, "q">;

function screenNumbers(name: string, values: Float64Array, residual: Float64Array): Raw | null {
  const rows = presentRows(values);
  const sorted = sampleOf(values, rows).sort();
  const edges = equalMassEdges(sorted, Math.min(BINS, Math.floor(rows.length / 5)));
  if (edges.length === 0) return null;
  const k = edges.length + 1;
  const bins = new Uint32Array(rows.length);
  for (let i = 0; i < bins.length; i++) bins[i] = binOf(edges, values[rows[i]!]!);
  const groups = means(bins, k, rows, residual);
  const n = rows.length;
  if (!(groups.total > 0) || n <= k) return null;
  const share = groups.between / groups.total;
  const f = groups.between / (k - 1) / ((groups.total - groups.between) / (n - k));
  const centres = means(bins, k, rows, values);
  return { feature: name, association: Math.max(0, 1 - ((1 - share) * (n - 1)) / (n - k)), p: fUpper(f, k - 1, n - k), kind: "numeric", means: { x: [...centres.means], y: [...groups.means] } };
}

function presentRows(values: Float64Array): Uint32Array {
  const rows = new Uint32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) rows[count++] = i;
  return rows.slice(0, count);
}

/** Enough evenly spaced rows to place the edges of the bins. */
function sampleOf(values: Float64Array, rows: Uint32Array): Float64Array {
  const step = Math.max(1, Math.floor(rows.length / 50_000));
  const picked = new Float64Array(Math.ceil(rows.length / step));
  for (let i = 0; i < picked.length; i++) picked[i] = values[rows[i * step]!]!;
  return picked;
}

function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value >= edges[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Groups {
  readonly means: Float64Array;
  readonly between: number;
  readonly total: number;
}

function means(groups: Uint32Array, k: number, rows: Uint32Array, values: Float64Array): Groups {
  const counts = new Float64Array(k);
  const sums = new Float64Array(k);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]!]!;
    counts[groups[i]!]!++;
    sums[groups[i]!]! += value;
    sum += value;
  }
  const mean = sum / rows.length;
  let total = 0;
  for (let i = 0; i < rows.length; i++) total += (values[rows[i]!]! - mean) ** 2;
  let between = 0;
  for (let g = 0; g < k; g++) if (counts[g]! > 0) between += counts[g]! * (sums[g]! / counts[g]! - mean) ** 2;
  return { means: sums.map((value, g) => value / counts[g]!), between, total };
}

function screenGroups(name: string, codes: Codes, values: number, residual: Float64Array): Raw | null {
  const n = codes.length;
  const missing = values;
  const group = new Uint32Array(n);
  const rows = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    group[i] = codes[i]! < 0 ? missing : codes[i]!;
    rows[i] = i;
  }
  const { h, k } = kruskal(group, values + 1, residual);
  if (k < 2 || k > Math.min(200, n / 2)) return null;
  const filled = means(group, values + 1, rows, residual).means.filter((value) => !Number.isNaN(value));
  return { feature: name, association: Math.max(0, (h - k + 1) / (n - k)), p: chiSquareUpper(h, k - 1), kind: "categorical", means: { x: [...filled.keys()], y: [...filled] } };
}

/** H corrected for ties, and the number of groups that occur. */
export function kruskal(group: Uint32Array, groups: number, values: Float64Array): { readonly h: number; readonly k: number } {
  const n = values.length;
  const order = argsort(values);
  const ranks = midranks(values, order);
  const counts = new Float64Array(groups);
  const sums = new Float64Array(groups);
  for (let i = 0; i < n; i++) {
    counts[group[i]!]!++;
    sums[group[i]!]! += ranks[i]!;
  }
  let h = 0;
  let k = 0;
  for (let g = 0; g < groups; g++) {
    if (counts[g] === 0) continue;
    k++;
    h += (sums[g]! * sums[g]!) / counts[g]!;
  }
  let ties = 0;
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && values[order[end]!] === values[order[start]!]) end++;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { h: ((12 / (n * (n + 1))) * h - 3 * (n + 1)) / (1 - ties / (n ** 3 - n)), k };
}
