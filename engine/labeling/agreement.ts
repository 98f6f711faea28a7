/**
 * Krippendorff's α from how often each value was given to each unit. Definition: Krippendorff, "Computing
 * Krippendorff's Alpha-Reliability" (2011); α = 1 − Do/De over the coincidence matrix of units with two values or
 * more, in which each unit's pairs weigh 1/(m − 1).
 */
export type Level = "nominal" | "ordinal" | "interval" | "ratio";

/** `counts[u][c]`: how many annotators gave unit u the value c. `weights[u]`: how many units look like that (1). */
export interface ValueCounts {
  readonly counts: readonly (readonly number[])[];
  readonly weights?: readonly number[];
}

/** The sums that α is made of; units may be added and taken away. */
export interface Coincidences {
  readonly size: number;
  /** size × size, row by row. */
  readonly matrix: Float64Array;
}

export function coincidences(size: number): Coincidences {
  return { size, matrix: new Float64Array(size * size) };
}

/** Adds `weight` units (negative takes away) whose values were given `counts[c]` times. Units with one value add nothing. */
export function addUnit(to: Coincidences, counts: readonly number[], weight: number): void {
  const m = counts.reduce((sum, count) => sum + count, 0);
  if (m < 2) return;
  for (let c = 0; c < to.size; c++) {
    const nc = counts[c] ?? 0;
    if (nc === 0) continue;
    for (let k = 0; k < to.size; k++) {
      const pairs = nc * ((counts[k] ?? 0) - (c === k ? 1 : 0));
      if (pairs !== 0) to.matrix[c * to.size + k] = (to.matrix[c * to.size + k] ?? 0) + (weight * pairs) / (m - 1);
    }
  }
}

/** α of the sums; null where only one value occurs (nothing could disagree) or there is no unit with two values. */
export function alphaOf(of: Coincidences, level: Level = "nominal", values?: readonly number[]): number | null {
  const { size, matrix } = of;
  const margin = Array.from({ length: size }, (_, c) => matrix.subarray(c * size, (c + 1) * size).reduce((sum, o) => sum + o, 0));
  const n = margin.reduce((sum, nc) => sum + nc, 0);
  let observed = 0;
  let expected = 0;
  for (let c = 0; c < size; c++) {
    for (let k = 0; k < size; k++) {
      if (c === k) continue;
      const d = difference(level, c, k, margin, values);
      observed += (matrix[c * size + k] ?? 0) * d;
      expected += ((margin[c] ?? 0) * (margin[k] ?? 0) * d) / (n - 1);
    }
  }
  return expected > 0 ? 1 - observed / expected : null;
}

/** δ² of the two values. Ordinal counts how many values lie between them; the others use the values themselves. */
function difference(level: Level, c: number, k: number, margin: readonly number[], values: readonly number[] | undefined): number {
  if (level === "nominal") return 1;
  if (level === "ordinal") {
    const between = margin.slice(Math.min(c, k), Math.max(c, k) + 1).reduce((sum, nc) => sum + nc, 0);
    return (between - ((margin[c] ?? 0) + (margin[k] ?? 0)) / 2) ** 2;
  }
  const vc = values?.[c] ?? c;
  const vk = values?.[k] ?? k;
  if (level === "interval") return (vc - vk) ** 2;
  return vc + vk === 0 ? 0 : ((vc - vk) / (vc + vk)) ** 2;
}

/** α of units as counts; see `alphaOf` for null. */
export function krippendorffAlpha(data: ValueCounts, level: Level = "nominal", values?: readonly number[]): number | null {
  const sums = coincidences(Math.max(0, ...data.counts.map((counts) => counts.length)));
  data.counts.forEach((counts, unit) => addUnit(sums, counts, data.weights?.[unit] ?? 1));
  return alphaOf(sums, level, values);
}

/** The share of a unit's pairs of annotators that agree (Fleiss' P_i); null below two values. */
export function pairAgreement(counts: readonly number[]): number | null {
  const m = counts.reduce((sum, count) => sum + count, 0);
  if (m < 2) return null;
  return counts.reduce((sum, count) => sum + count * (count - 1), 0) / (m * (m - 1));
}
