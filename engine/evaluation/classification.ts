import type { ClassRow, MetricRow } from "../api/evaluation.ts";
import type { Estimated } from "../api/tokens.ts";
import { aucOfSides, aucParts, delong, delongInterval } from "../statistics/delong.ts";
import { estimate, unknown } from "../statistics/estimate.ts";
import { logitInterval } from "../statistics/logit.ts";
import { meanInterval, momentsOf } from "../statistics/mean.ts";
import { bootstrapCells, type Interval } from "../statistics/multinomial.ts";
import { sidesOf, type Sides } from "../statistics/sides.ts";
import { wilson } from "../statistics/wilson.ts";
import type { Codes } from "../tables/columns.ts";
import { bootstrapWeights, weighCells, weightedMean } from "../statistics/weighted.ts";
import { confusionKeys, confusionMeasures, countCells } from "./confusion.ts";
import { toFloat64, type Classified, type Probabilities } from "./prepared.ts";

export const REPLICATES = 1000;

const words: Readonly<Record<(typeof confusionKeys)[number], string>> = {
  accuracy: "accuracy",
  balanced_accuracy: "balanced accuracy",
  macro_f1: "macro F1",
  macro_precision: "macro precision",
  macro_recall: "macro recall",
  weighted_f1: "weighted F1",
  mcc: "MCC",
  kappa: "Cohen’s κ",
};

/** Up to this many rows the areas of many classes get their exact joint interval, which takes memory for each row; beyond it, one that is at most too wide. */
const ROW_BY_ROW = 2_000_000;

interface Measured {
  readonly metrics: readonly MetricRow[];
  readonly perClass: readonly ClassRow[];
  readonly majority: number;
  /** Rows, or their weights, by truth and prediction. */
  readonly cells: Float64Array;
}

/** The table of the answers with the intervals of everything that follows from it. */
function tableOf({ classes, truth, predicted, weight }: Classified): { cells: Float64Array; intervals: readonly (Interval | null)[] } {
  const k = classes.length;
  const replicates = k > 30 ? 200 : REPLICATES;
  const measure = (drawn: Float64Array) => confusionMeasures(drawn, k);
  if (!weight) {
    const cells = countCells(truth, predicted, k);
    return { cells, intervals: bootstrapCells(cells, measure, replicates) };
  }
  const weighed = weighCells(k * k, truth.length, (row) => truth[row]! * k + predicted[row]!, (row) => weight.at(row));
  return { cells: Float64Array.from(weighed, ({ sum }) => sum), intervals: bootstrapWeights(weighed, measure, replicates) };
}

function tallied(codes: Codes, k: number): readonly number[] {
  const counts = Array.from({ length: k }, () => 0);
  for (const code of codes) counts[code]!++;
  return counts;
}

/** Metrics of the given rows with their intervals, beside those of always answering the most frequent class. */
export function measureClasses(answers: Classified, sides: Sides | null): Measured {
  const { classes, positive, weight } = answers;
  const k = classes.length;
  const n = answers.truth.length;
  const { cells, intervals } = tableOf(answers);
  const total = sumOf(cells);
  const truth = classes.map((_, i) => sumOf(cells.subarray(i * k, (i + 1) * k)));
  const guessed = classes.map((_, j) => classes.reduce((sum, __, i) => sum + cells[i * k + j]!, 0));
  const majority = truth.indexOf(Math.max(...truth));
  const values = confusionMeasures(cells, k);
  const blank = new Float64Array(k * k);
  truth.forEach((count, i) => (blank[i * k + majority] = count));
  const baseline = confusionMeasures(blank, k);
  const measured = (i: number, reason: string): Estimated => {
    const interval = intervals[i];
    return Number.isNaN(values[i]!) || !interval ? unknown(reason, n) : estimate(values[i]!, interval.low, interval.high, n, weight ? "bootstrap-poisson" : "bootstrap-multinomial");
  };
  /** A share of rows has Wilson's interval, unless they are weighed. */
  const shareOf = (hits: number, of: number, i: number, reason: string): Estimated => (weight ? measured(i, reason) : wilson(hits, of, reason));
  const row = (key: (typeof confusionKeys)[number]): MetricRow => {
    const i = confusionKeys.indexOf(key);
    const correct = classes.reduce((sum, _, c) => sum + cells[c * k + c]!, 0);
    return { key, label: words[key], direction: "up", estimate: key === "accuracy" ? shareOf(correct, total, i, "no rows") : measured(i, "one side never varies"), baseline: finite(baseline[i]!), note: null };
  };
  const rows = weight ? tallied(answers.truth, k) : truth;
  const rowsGuessed = weight ? tallied(answers.predicted, k) : guessed;
  const first = confusionKeys.length;
  const perClass = classes.map((label, c): ClassRow => {
    const hit = cells[c * k + c]!;
    return { label, n: rows[c]!, predicted: rowsGuessed[c]!, precision: shareOf(hit, guessed[c]!, first + k + c, "never predicted"), recall: shareOf(hit, truth[c]!, first + 2 * k + c, "no such rows"), f1: measured(first + c, "neither occurs nor is predicted") };
  });
  if (positive === null) {
    const predictable = guessed.filter((count) => count > 0).length;
    const note = predictable < k ? `over ${predictable} of ${k} classes: the others are never predicted` : null;
    const metrics = [row("accuracy"), row("balanced_accuracy"), row("macro_f1"), { ...row("macro_precision"), note }, row("macro_recall"), row("weighted_f1"), row("mcc"), row("kappa")];
    return { metrics: [...metrics, ...probabilistic(answers, truth, n, sides)], perClass, majority, cells };
  }
  const [p, r] = [perClass[positive]!.precision, perClass[positive]!.recall];
  const alwaysPositive = majority === positive;
  const share = truth[positive]! / total;
  const of = `of ${classes[positive]}`;
  const metrics: MetricRow[] = [
    row("accuracy"),
    row("balanced_accuracy"),
    { key: "f1", label: "F1", direction: "up", estimate: perClass[positive]!.f1, baseline: finite(baseline[confusionKeys.length + positive]!), note: of },
    { key: "precision", label: "precision", direction: "up", estimate: p, baseline: alwaysPositive ? share : null, note: of },
    { key: "recall", label: "recall", direction: "up", estimate: r, baseline: truth[positive]! > 0 ? (alwaysPositive ? 1 : 0) : null, note: of },
    row("mcc"),
    row("kappa"),
  ];
  return { metrics: [...metrics, ...probabilistic(answers, truth, n, sides)], perClass, majority, cells };
}

/** Metrics of probabilities and scores. AUC and average precision come from the sides in order. */
function probabilistic(answers: Classified, truth: readonly number[], n: number, sides: Sides | null): readonly MetricRow[] {
  const { probabilities, positive, classes } = answers;
  const ranked = rankRows(answers, truth, n, sides);
  if (!probabilities) return ranked;
  const total = truth.reduce((sum, count) => sum + count, 0);
  const shares = truth.map((count) => count / total);
  const { weight } = answers;
  const meanOf = (valueAt: (row: number) => number) => (weight ? weightedMean(n, valueAt, (row) => weight.at(row)) : meanInterval(momentsOf(n, valueAt)));
  const lossAt = (i: number) => -Math.log(Math.min(1 - Number.EPSILON, Math.max(probabilities.at(answers.truth[i]!, i), Number.EPSILON)));
  const brierAt = (i: number) => {
    if (positive !== null) return (probabilities.at(positive, i) - (answers.truth[i] === positive ? 1 : 0)) ** 2;
    let sum = 0;
    for (let k = 0; k < classes.length; k++) sum += (probabilities.at(k, i) - (answers.truth[i] === k ? 1 : 0)) ** 2;
    return sum;
  };
  const entropy = shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
  const gini = shares.reduce((sum, share) => sum + share * (1 - share), 0);
  return [
    ...ranked,
    { key: "log_loss", label: "log loss", direction: "down", estimate: meanOf(lossAt), baseline: entropy, note: "natural logarithm" },
    { key: "brier", label: "Brier score", direction: "down", estimate: meanOf(brierAt), baseline: positive === null ? gini : gini / 2, note: positive === null ? "summed over the classes" : null },
  ];
}

function rankRows(answers: Classified, truth: readonly number[], n: number, sides: Sides | null): readonly MetricRow[] {
  const { positive, probabilities, classes } = answers;
  if (positive !== null) {
    if (!sides) return [];
    const { auc, variance } = aucOfSides(sides);
    return [{ key: "auc", label: "AUC", direction: "up", estimate: delongInterval(auc, variance, n), baseline: 0.5, note: "area under the ROC curve" }];
  }
  if (!probabilities) return [];
  const present = classes.map((_, k) => k).filter((k) => truth[k]! > 0);
  if (classes.length > 50) return [{ key: "auc_ovr", label: "AUC, one against rest", direction: "up", estimate: unknown("not computed above 50 classes", n), baseline: 0.5, note: null }];
  return [
    { key: "auc_ovr", label: "AUC, one against rest", direction: "up", estimate: oneVsRest(answers, probabilities, present, n), baseline: 0.5, note: "mean over the classes" },
    { key: "auc_ovo", label: "AUC, one against one", direction: "up", estimate: oneVsOne(answers, probabilities, present, n), baseline: 0.5, note: "mean over pairs of classes" },
  ];
}

function oneVsRest(answers: Classified, probabilities: Probabilities, present: readonly number[], n: number): Estimated {
  if (present.length < 2) return unknown("only one class occurs among the labels", n);
  const { weight } = answers;
  if (n > ROW_BY_ROW && !weight) {
    return meanOfAreas(present.map((k) => aucOfSides(sidesOf({ length: n, at: (row) => probabilities.at(k, row) }, (row) => answers.truth[row] === k))), n);
  }
  const influence = new Float64Array(n);
  let sum = 0;
  for (const k of present) {
    const parts = aucParts(toFloat64({ length: n, at: (row) => probabilities.at(k, row) }), (i) => answers.truth[i] === k, weight ? (row) => weight.at(row) : undefined);
    sum += parts.auc;
    for (let i = 0; i < n; i++) influence[i]! += parts.influence[i]! / present.length;
  }
  return delong(sum / present.length, influence, n);
}

/** Hand and Till 2001: the mean over ordered pairs of the AUC among the rows of the two classes. */
function oneVsOne(answers: Classified, probabilities: Probabilities, present: readonly number[], n: number): Estimated {
  const pairs = present.length * (present.length - 1);
  if (pairs === 0) return unknown("only one class occurs among the labels", n);
  if (answers.weight) return unknown("not defined for weighted rows", n);
  const members = present.map((k) => rowsWith(answers.truth, k));
  if (n > ROW_BY_ROW) {
    const area = (a: number, own: Uint32Array, other: Uint32Array) => aucOfSides(sidesOf({ length: own.length + other.length, at: (i) => probabilities.at(a, i < own.length ? own[i]! : other[i - own.length]!) }, (i) => i < own.length));
    return meanOfAreas(present.flatMap((a, ai) => present.flatMap((b, bi) => (a === b ? [] : [area(a, members[ai]!, members[bi]!)]))), n);
  }
  const influence = new Float64Array(n);
  let sum = 0;
  present.forEach((a, ai) =>
    present.forEach((b, bi) => {
      if (a === b) return;
      const [own, other] = [members[ai]!, members[bi]!];
      const rows = new Uint32Array(own.length + other.length);
      rows.set(own);
      rows.set(other, own.length);
      const parts = aucParts(toFloat64({ length: rows.length, at: (i) => probabilities.at(a, rows[i]!) }), (i) => i < own.length);
      sum += parts.auc;
      rows.forEach((row, i) => (influence[row]! += parts.influence[i]! / pairs));
    }),
  );
  return delong(sum / pairs, influence, n);
}

/** A mean of areas whose errors may go together: its standard error is at most the mean of theirs. */
function meanOfAreas(areas: readonly { readonly auc: number; readonly variance: number }[], n: number): Estimated {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return delongInterval(mean(areas.map(({ auc }) => auc)), mean(areas.map(({ variance }) => Math.sqrt(variance))) ** 2, n);
}

function rowsWith(codes: Codes, wanted: number): Uint32Array {
  let count = 0;
  for (const code of codes) if (code === wanted) count++;
  const rows = new Uint32Array(count);
  count = 0;
  for (let row = 0; row < codes.length; row++) if (codes[row] === wanted) rows[count++] = row;
  return rows;
}

/** Average precision with the logit interval of Boyd, Eng and Page 2013. `positives` is their number, or that of equal rows that would tell as much. */
export function averagePrecisionRow(value: number, positives: number, share: number, n: number): MetricRow {
  const se = Math.sqrt((value * (1 - value)) / positives);
  const { low, high } = logitInterval(value, se);
  const result = Number.isNaN(value) ? unknown("no row is positive", n) : estimate(value, low, high, n, "logit-boyd");
  return { key: "average_precision", label: "average precision", direction: "up", estimate: result, baseline: n > 0 ? share : null, note: null };
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
