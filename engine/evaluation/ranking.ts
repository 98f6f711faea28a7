import type { CurveXY } from "../api/evaluation.ts";
import { argsort } from "../statistics/argsort.ts";

export interface Ranking {
  /** Σ (R_n − R_{n−1}) P_n over distinct thresholds; NaN without a positive row. */
  readonly averagePrecision: number;
  /** The threshold (score ≥ it is positive) with the highest F1. */
  readonly bestThreshold: number;
  readonly roc: CurveXY;
  readonly pr: CurveXY;
}

const POINTS = 400;

/** Everything that a ranking by score gives, in one pass from the highest score down. */
export function rank(score: Float64Array, truth: Int32Array, positive: number): Ranking {
  const order = argsort(score);
  const n = score.length;
  let positives = 0;
  for (const value of truth) if (value === positive) positives++;
  const negatives = n - positives;
  const fpr: number[] = [0];
  const tpr: number[] = [0];
  const recall: number[] = [0];
  const precision: number[] = [1];
  let hits = 0;
  let taken = 0;
  let average = 0;
  let bestF1 = -1;
  let bestThreshold = Number.NaN;
  for (let at = n - 1; at >= 0; ) {
    const value = score[order[at]!]!;
    const before = hits;
    // At least one row, since NaN does not equal itself.
    do {
      if (truth[order[at--]!] === positive) hits++;
      taken++;
    } while (at >= 0 && score[order[at]!] === value);
    const p = hits / taken;
    if (positives > 0) average += ((hits - before) / positives) * p;
    const f1 = (2 * hits) / (taken + positives);
    if (f1 > bestF1) [bestF1, bestThreshold] = [f1, value];
    fpr.push((taken - hits) / negatives);
    tpr.push(hits / positives);
    recall.push(hits / positives);
    precision.push(p);
  }
  const known = positives > 0 && negatives > 0;
  return {
    averagePrecision: positives > 0 ? average : Number.NaN,
    bestThreshold,
    roc: known ? thin(fpr, tpr) : { x: [], y: [] },
    pr: known ? thin(recall, precision) : { x: [], y: [] },
  };
}

/** At most POINTS points, evenly along the curve's own length, ends kept. */
function thin(x: readonly number[], y: readonly number[]): CurveXY {
  if (x.length <= POINTS) return { x, y };
  const keptX: number[] = [];
  const keptY: number[] = [];
  const length = x.reduce((sum, value, i) => (i === 0 ? 0 : sum + Math.abs(value - x[i - 1]!) + Math.abs(y[i]! - y[i - 1]!)), 0);
  let walked = 0;
  let next = 0;
  for (let i = 0; i < x.length; i++) {
    if (i > 0) walked += Math.abs(x[i]! - x[i - 1]!) + Math.abs(y[i]! - y[i - 1]!);
    if (walked < next && i < x.length - 1) continue;
    keptX.push(x[i]!);
    keptY.push(y[i]!);
    next = walked + length / POINTS;
  }
  return { x: keptX, y: keptY };
}

/** Share of wrong rows when `score ≥ t` is positive, for t = 0, 0.01 … 1. */
export function errorByThreshold(score: Float64Array, truth: Int32Array, positive: number): CurveXY {
  const x = Array.from({ length: 101 }, (_, i) => i / 100);
  // How much the number of errors changes when the threshold rises past a score.
  const change = new Float64Array(103);
  let errors = 0;
  for (let i = 0; i < score.length; i++) {
    const isPositive = truth[i] === positive;
    if (!isPositive) errors++;
    const first = Math.max(0, Math.floor(score[i]! * 100 + 1e-9) + 1);
    change[Math.min(102, first)]! += isPositive ? 1 : -1;
  }
  const y = x.map((_, i) => {
    errors += change[i]!;
    return errors / score.length;
  });
  return { x, y };
}
