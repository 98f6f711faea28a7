import type { Calibration } from "../api/evaluation.ts";
import type { NumberReader } from "../tables/columns.ts";
import { wilson } from "../statistics/wilson.ts";

export const BINS = 15;

/**
 * Reliability in 15 equal-width bins, right-closed (Naeini et al. 2015, Guo et al. 2017): of the positive class in a
 * binary task, of the most probable class otherwise. ECE = Σ n_b/n · |rate_b − mean_b|.
 * @param event whether the thing whose probability is `p` happened
 */
export function calibrate(p: NumberReader, event: (row: number) => boolean, what: string): Calibration {
  const n = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  const hits = new Float64Array(BINS);
  for (let i = 0; i < p.length; i++) {
    const value = p.at(i);
    const bin = Math.max(0, Math.min(BINS - 1, Math.ceil(value * BINS - 1e-12) - 1));
    n[bin]!++;
    sums[bin]! += value;
    if (event(i)) hits[bin]!++;
  }
  let ece = 0;
  const bins = Array.from(n, (count, bin) => {
    if (count > 0) ece += Math.abs(hits[bin]! - sums[bin]!) / p.length;
    return { low: bin / BINS, high: (bin + 1) / BINS, n: count, mean: count > 0 ? sums[bin]! / count : (bin + 0.5) / BINS, rate: wilson(hits[bin]!, count, "no row has such a probability") };
  });
  return { bins: bins.filter((bin) => bin.n > 0), ece, what };
}
