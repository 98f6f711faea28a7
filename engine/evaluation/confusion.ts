import type { Codes } from "../tables/columns.ts";

/** Counts of a K × K table, rows the truth, columns the prediction, flat in row order. */
export function countCells(truth: Codes, predicted: Codes, k: number): Float64Array {
  const cells = new Float64Array(k * k);
  for (let i = 0; i < truth.length; i++) cells[truth[i]! * k + predicted[i]!]!++;
  return cells;
}

/** The measures of a table of counts, in the order of `confusionKeys`, then F1, precision and recall of each class. NaN where 0 is divided by 0. */
export const confusionKeys = ["accuracy", "balanced_accuracy", "macro_f1", "macro_precision", "macro_recall", "weighted_f1", "mcc", "kappa"] as const;

/**
 * scikit-learn's definitions, except that a class for which a measure is 0/0 is left out of the macro average
 * instead of counting as 0, and that MCC and κ are undefined (NaN), not 0, when one side never varies.
 */
export function confusionMeasures(cells: ArrayLike<number>, k: number): Float64Array {
  const truth = new Float64Array(k);
  const guessed = new Float64Array(k);
  let n = 0;
  let right = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const count = cells[i * k + j]!;
      truth[i]! += count;
      guessed[j]! += count;
      n += count;
    }
    right += cells[i * k + i]!;
  }
  const precision = new Float64Array(k);
  const recall = new Float64Array(k);
  const f1 = new Float64Array(k);
  let products = 0;
  let truthSquares = 0;
  let guessedSquares = 0;
  let weighted = 0;
  for (let i = 0; i < k; i++) {
    const hit = cells[i * k + i]!;
    precision[i] = hit / guessed[i]!;
    recall[i] = hit / truth[i]!;
    f1[i] = (2 * hit) / (truth[i]! + guessed[i]!);
    if (truth[i]! > 0) weighted += truth[i]! * f1[i]!;
    products += truth[i]! * guessed[i]!;
    truthSquares += truth[i]! ** 2;
    guessedSquares += guessed[i]! ** 2;
  }
  const mcc = (right * n - products) / Math.sqrt((n * n - guessedSquares) * (n * n - truthSquares));
  const chance = products / (n * n);
  const kappa = chance === 1 ? Number.NaN : (right / n - chance) / (1 - chance);
  return Float64Array.of(right / n, meanDefined(recall), meanDefined(f1), meanDefined(precision), meanDefined(recall), weighted / n, mcc, kappa, ...f1, ...precision, ...recall);
}

function meanDefined(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
