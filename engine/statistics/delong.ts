import type { Estimated } from "../api/tokens.ts";
import { argsort } from "./argsort.ts";
import { estimate, unknown } from "./estimate.ts";
import { logitInterval } from "./logit.ts";
import type { Sides } from "./sides.ts";

export interface AucParts {
  /** P(positive scores above negative), ties ½; NaN when one side is empty. */
  readonly auc: number;
  /** Per used row, its part of the estimator's deviation: their squares sum to DeLong's variance. */
  readonly influence: Float64Array;
}

/**
 * Area under the ROC curve with DeLong's structural components (DeLong, DeLong and Clarke-Pearson 1988), computed
 * from ranks (Sun and Xu 2014) in O(n log n).
 * @param positive one entry per score: true for the positive side
 * @param weight of a row; without it every row counts once
 */
export function aucParts(scores: Float64Array, positive: (row: number) => boolean, weight?: (row: number) => number): AucParts {
  const count = scores.length;
  const influence = new Float64Array(count);
  const weightOf = weight ?? (() => 1);
  let m = 0;
  let n = 0;
  for (let i = 0; i < count; i++) {
    if (positive(i)) m += weightOf(i);
    else n += weightOf(i);
  }
  if (m === 0 || n === 0) return { auc: Number.NaN, influence };
  const order = argsort(scores);
  const below = { positive: 0, negative: 0 };
  let sum = 0;
  for (let start = 0; start < count; ) {
    let end = start;
    const value = scores[order[start]!];
    const tied = { positive: 0, negative: 0 };
    // At least one row, since NaN does not equal itself.
    do tied[positive(order[end]!) ? "positive" : "negative"] += weightOf(order[end++]!);
    while (end < count && scores[order[end]!] === value);
    const above = (below.negative + tied.negative / 2) / n;
    const beaten = 1 - (below.positive + tied.positive / 2) / m;
    for (let i = start; i < end; i++) {
      const row = order[i]!;
      influence[row] = positive(row) ? above : beaten;
      if (positive(row)) sum += above * weightOf(row);
    }
    below.positive += tied.positive;
    below.negative += tied.negative;
    start = end;
  }
  const auc = sum / m;
  const scale = (side: number) => (weight ? 1 / side : side > 1 ? 1 / Math.sqrt(side * (side - 1)) : 0);
  const [scaleM, scaleN] = [scale(m), scale(n)];
  for (let i = 0; i < count; i++) influence[i] = (influence[i]! - auc) * weightOf(i) * (positive(i) ? scaleM : scaleN);
  return { auc, influence };
}

/** The same area, and DeLong's variance (linearised where rows have weights), from the two sides in order: without a number for each row. */
export function aucOfSides(sides: Sides): { readonly auc: number; readonly variance: number } {
  const { positives: m, negatives: n } = sides;
  if (m === 0 || n === 0) return { auc: Number.NaN, variance: Number.NaN };
  let sum = 0;
  sides.each("up", ({ positives, negatives, negativesBefore }) => (sum += positives * ((negativesBefore + negatives / 2) / n)));
  const auc = sum / m;
  let ofPositives = 0;
  let ofNegatives = 0;
  sides.each("up", ({ positives, negatives, positivesBefore, negativesBefore, positivesSquared, negativesSquared }) => {
    ofPositives += positivesSquared * ((negativesBefore + negatives / 2) / n - auc) ** 2;
    ofNegatives += negativesSquared * (1 - (positivesBefore + positives / 2) / m - auc) ** 2;
  });
  if (sides.weighted) return { auc, variance: ofPositives / (m * m) + ofNegatives / (n * n) };
  return { auc, variance: (m > 1 ? ofPositives / (m * (m - 1)) : 0) + (n > 1 ? ofNegatives / (n * (n - 1)) : 0) };
}

/** An AUC, or a mean of several, with DeLong's variance on the logit scale. */
export function delong(auc: number, influence: Float64Array, n: number): Estimated {
  let variance = 0;
  for (const part of influence) variance += part * part;
  return delongInterval(auc, variance, n);
}

/** An AUC with its variance, on the logit scale. */
export function delongInterval(auc: number, variance: number, n: number): Estimated {
  if (Number.isNaN(auc)) return unknown("only one class occurs among the labels", n);
  const { low, high } = logitInterval(auc, Math.sqrt(variance));
  return estimate(auc, low, high, n, "delong-logit");
}
