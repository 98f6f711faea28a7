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
  const whole = spreadOf(residual, () => true);
  const found = features.flatMap(({ name, column }) => {
    const result = column.kind === "number" ? screenNumbers(name, column.toFloat64(), residual, whole) : column.kind === "coded" ? screenGroups(name, column.codes, column.values.length, residual) : null;
    return result === null ? [] : [result];
  });
  const q = benjaminiHochberg(Float64Array.from(found, (each) => each.p));
  return found.map((each, i) => ({ ...each, q: q[i]! })).sort((a, b) => b.association - a.association);
}

type Raw = Omit<Screened, "q">;

function screenNumbers(name: string, values: Float64Array, residual: Float64Array, whole: Spread): Raw | null {
  let n = 0;
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row]!)) n++;
  const edges = equalMassEdges(sampleOf(values, n).sort(), Math.min(BINS, Math.floor(n / 5)));
  if (edges.length === 0) return null;
  const k = edges.length + 1;
  const binOf = binner(edges);
  const [counts, sums, places] = [new Float64Array(k), new Float64Array(k), new Float64Array(k)];
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const bin = binOf(value);
    counts[bin]!++;
    sums[bin]! += residual[row]!;
    places[bin]! += value;
  }
  const { mean, total } = n === values.length ? whole : spreadOf(residual, (row) => !Number.isNaN(values[row]!));
  if (!(total > 0) || n <= k) return null;
  const between = spreadOfMeans(counts, sums, mean);
  const share = between / total;
  const f = between / (k - 1) / ((total - between) / (n - k));
  const over = (totals: Float64Array) => Array.from(totals, (value, bin) => value / counts[bin]!);
  return { feature: name, association: Math.max(0, 1 - ((1 - share) * (n - 1)) / (n - k)), p: fUpper(f, k - 1, n - k), kind: "numeric", means: { x: over(places), y: over(sums) } };
}

interface Spread {
  readonly mean: number;
  /** Σ (e − mean)² */
  readonly total: number;
}

/** Of the residuals in the rows that count. */
function spreadOf(residual: Float64Array, counts: (row: number) => boolean): Spread {
  let n = 0;
  let sum = 0;
  for (let row = 0; row < residual.length; row++) {
    if (!counts(row)) continue;
    n++;
    sum += residual[row]!;
  }
  const mean = sum / n;
  let total = 0;
  for (let row = 0; row < residual.length; row++) if (counts(row)) total += (residual[row]! - mean) ** 2;
  return { mean, total };
}

/** Enough evenly spaced numbers, of the n that are not missing, to place the edges of the bins. */
function sampleOf(values: Float64Array, n: number): Float64Array {
  const step = Math.max(1, Math.floor(n / 50_000));
  const picked = new Float64Array(Math.ceil(n / step));
  if (n === values.length) return picked.map((_, i) => values[i * step]!);
  for (let row = 0, seen = 0; row < values.length; row++) {
    if (Number.isNaN(values[row]!)) continue;
    if (seen % step === 0) picked[seen / step] = values[row]!;
    seen++;
  }
  return picked;
}

const CELLS = 4096;

/** The bin of a value: how many edges are at most as large. A grid says where to begin to look. */
function binner(edges: readonly number[]): (value: number) => number {
  const low = edges[0]!;
  const scale = (CELLS - 1) / (edges.at(-1)! - low);
  const first = Uint8Array.from({ length: CELLS }, (_, cell) => edges.findLastIndex((edge) => (edge - low) * scale < cell) + 1);
  const sorted = Float64Array.from(edges);
  return (value) => {
    const place = (value - low) * scale;
    let bin = place > 0 ? first[place < CELLS ? Math.floor(place) : CELLS - 1]! : 0;
    while (bin < sorted.length && value >= sorted[bin]!) bin++;
    return bin;
  };
}

/** Σ n_g (mean_g − mean)² */
function spreadOfMeans(counts: Float64Array, sums: Float64Array, mean: number): number {
  let between = 0;
  for (let g = 0; g < counts.length; g++) if (counts[g]! > 0) between += counts[g]! * (sums[g]! / counts[g]! - mean) ** 2;
  return between;
}

function screenGroups(name: string, codes: Codes, values: number, residual: Float64Array): Raw | null {
  const n = codes.length;
  const missing = values;
  const group = new Uint32Array(n);
  for (let i = 0; i < n; i++) group[i] = codes[i]! < 0 ? missing : codes[i]!;
  const { h, k } = kruskal(group, values + 1, residual);
  if (k < 2 || k > Math.min(200, n / 2)) return null;
  const filled = meansOf(group, values + 1, residual).filter((value) => !Number.isNaN(value));
  return { feature: name, association: Math.max(0, (h - k + 1) / (n - k)), p: chiSquareUpper(h, k - 1), kind: "categorical", means: { x: [...filled.keys()], y: [...filled] } };
}

function meansOf(group: Uint32Array, groups: number, values: Float64Array): Float64Array {
  const [counts, sums] = [new Float64Array(groups), new Float64Array(groups)];
  for (let i = 0; i < values.length; i++) {
    counts[group[i]!]!++;
    sums[group[i]!]! += values[i]!;
  }
  return sums.map((sum, g) => sum / counts[g]!);
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
