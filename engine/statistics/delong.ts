import type { Estimated } from "../api/tokens.ts";
import { argsort, midranks } from "./argsort.ts";
import { estimate, unknown } from "./estimate.ts";
import { logitInterval } from "./logit.ts";

export interface AucParts {
  /** P(positive scores above negative), ties ½; NaN when one side is empty. */
  readonly auc: number;
  /** Per used row, its part of the estimator's deviation: their squares sum to DeLong's variance. */
  readonly influence: Float64Array;
}

/**
 * Area under the ROC curve with DeLong's structural components (DeLong, DeLong and Clarke-Pearson 1988), computed
 * from midranks (Sun and Xu 2014) in O(n log n).
 * @param positive one entry per score: true for the positive side
 */
export function aucParts(scores: Float64Array, positive: (row: number) => boolean): AucParts {
  const count = scores.length;
  const influence = new Float64Array(count);
  const order = argsort(scores);
  const overall = midranks(scores, order);
  let m = 0;
  for (let i = 0; i < count; i++) if (positive(i)) m++;
  const n = count - m;
  if (m === 0 || n === 0) return { auc: Number.NaN, influence };
  const within = withinRanks(scores, order, positive);
  let sum = 0;
  for (let i = 0; i < count; i++) if (positive(i)) sum += (overall[i]! - within[i]!) / n;
  const auc = sum / m;
  const scaleM = m > 1 ? 1 / Math.sqrt(m * (m - 1)) : 0;
  const scaleN = n > 1 ? 1 / Math.sqrt(n * (n - 1)) : 0;
  for (let i = 0; i < count; i++) {
    influence[i] = positive(i) ? ((overall[i]! - within[i]!) / n - auc) * scaleM : (1 - (overall[i]! - within[i]!) / m - auc) * scaleN;
  }
  return { auc, influence };
}

/** Midranks among rows of the same side only. */
function withinRanks(scores: Float64Array, order: Uint32Array, positive: (row: number) => boolean): Float64Array {
  const ranks = new Float64Array(scores.length);
  const seen = [0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start;
    const value = scores[order[start]!];
    const tied = [0, 0];
    // At least one row, since NaN does not equal itself.
    do tied[positive(order[end++]!) ? 1 : 0]!++;
    while (end < order.length && scores[order[end]!] === value);
    for (let i = start; i < end; i++) {
      const side = positive(order[i]!) ? 1 : 0;
      ranks[order[i]!] = seen[side]! + (tied[side]! + 1) / 2;
    }
    seen[0]! += tied[0]!;
    seen[1]! += tied[1]!;
    start = end;
  }
  return ranks;
}

/** An AUC, or a mean of several, with DeLong's variance on the logit scale. */
export function delong(auc: number, influence: Float64Array, n: number): Estimated {
  if (Number.isNaN(auc)) return unknown("only one class occurs among the labels", n);
  let variance = 0;
  for (const part of influence) variance += part * part;
  const { low, high } = logitInterval(auc, Math.sqrt(variance));
  return estimate(auc, low, high, n, "delong-logit");
}
