import type { Calibration, Confusion, EvaluationView, MetricRow, Selection } from "../api/evaluation.ts";
import { calibrate } from "./calibration.ts";
import { averagePrecisionRow, measureClasses, REPLICATES } from "./classification.ts";
import { countCells } from "./confusion.ts";
import type { Classified, Prepared, Regressed } from "./prepared.ts";
import { errorByThreshold, rank, type Ranking } from "./ranking.ts";
import { measureNumbers } from "./regression.ts";
import { answerClasses, answerNumbers } from "./answer.ts";
import { selectionExpression } from "./selectionExpression.ts";
import { selectionText, selectRows } from "./selection.ts";
import { tagTable, type Tag } from "./tags.ts";

/** The predictions under a threshold; null takes those of the file. */
export function predictionsAt({ answers }: Prepared, threshold: number | null): Int32Array | null {
  if (answers.kind !== "classes") return null;
  const { score, positive } = answers;
  if (threshold === null || score === null || positive === null) return answers.predicted;
  return Int32Array.from(score, (value) => (value >= threshold ? positive : 1 - positive));
}

/** The error that tags and slices explain: 0/1 for classes, the loss for numbers. */
export function errorsOf(data: Prepared, predicted: Int32Array | null): { readonly errors: Float64Array; readonly counted: boolean } {
  const { answers } = data;
  if (answers.kind === "numbers") return { errors: data.loss, counted: false };
  const guess = predicted ?? answers.predicted;
  return { errors: Float64Array.from(answers.truth, (truth, i) => (truth === guess[i] ? 0 : 1)), counted: true };
}

export interface ViewInput {
  readonly evaluationId: string;
  readonly data: Prepared;
  readonly tags: readonly Tag[];
  readonly tagNotes: readonly string[];
  readonly selection: Selection;
  readonly threshold: number | null;
  readonly stale: boolean;
}

/** Everything above the rows, measured on the rows that the selection leaves. */
export function viewOf(input: ViewInput): EvaluationView {
  const { data, tags, selection } = input;
  const predicted = predictionsAt(data, input.threshold);
  const rows = selectRows({ data, predicted, tags }, selection);
  const { errors, counted } = errorsOf(data, predicted);
  const head = {
    evaluationId: input.evaluationId,
    path: data.path,
    task: data.task,
    total: data.n,
    n: rows.length,
    cohort: selectionText(selection),
    cohortExpression: selectionExpression(selection),
    mapping: data.mapping,
    // Where it fails is asked of all rows, whatever the cohort: it is how the cohort is chosen.
    tags: tagTable(tags, Uint32Array.from(errors.keys()), errors, counted),
    stale: input.stale,
  };
  const { answers } = data;
  const notes = [...data.notes, ...input.tagNotes];
  if (rows.length === 0) return { ...head, ...nothing, classes: answers.kind === "classes" ? answers.classes : [], answer: "No row is in this selection.", notes };
  if (answers.kind === "numbers") {
    const metrics = measureNumbers(pickNumbers(answers, rows));
    return { ...head, ...nothing, baselineName: "mean", metrics, answer: answerNumbers(metrics, rows.length), notes };
  }
  const picked = pickClasses(answers, predicted ?? answers.predicted, rows);
  const k = answers.classes.length;
  const cells = countCells(picked.truth, picked.predicted, k);
  const measured = measureClasses(picked, cells);
  const ranking = picked.score !== null && picked.positive !== null ? rank(picked.score, picked.truth, picked.positive) : null;
  const metrics = withAveragePrecision(measured.metrics, picked, ranking);
  const threshold = input.threshold ?? (answers.cutAtHalf ? 0.5 : null);
  const probable = picked.probabilities !== null;
  return {
    ...head,
    classes: answers.classes,
    answer: answerClasses(metrics, answers.classes[measured.majority] ?? "", picked, cells),
    threshold,
    bestThreshold: ranking && probable && ranking.roc.x.length > 0 ? { metric: "F1", value: ranking.bestThreshold } : null,
    thresholdCurve: picked.score && picked.positive !== null && probable ? errorByThreshold(picked.score, picked.truth, picked.positive) : null,
    baselineName: "majority",
    metrics,
    perClass: measured.perClass,
    confusion: confusionWithout(input, predicted ?? answers.predicted, answers),
    calibration: calibrationOf(picked),
    roc: ranking?.roc ?? null,
    pr: ranking?.pr ?? null,
    notes: [...notes, `Intervals: 95 %. Wilson for shares, ${REPLICATES} multinomial resamples of the confusion matrix, DeLong on the logit scale for AUC, t for means.`],
  };
}

/** The table from which a cell is chosen is not narrowed by that choice. */
function confusionWithout({ data, tags, selection }: ViewInput, predicted: Int32Array, answers: Classified): Confusion {
  const k = answers.classes.length;
  const rows = selectRows({ data, predicted, tags }, selection.filter((condition) => condition.kind !== "cell"));
  const { truth, predicted: guess } = pickClasses(answers, predicted, rows);
  const cells = countCells(truth, guess, k);
  return { labels: answers.classes, matrix: answers.classes.map((_, i) => [...cells.subarray(i * k, (i + 1) * k)]) };
}

const nothing = { classes: [], threshold: null, bestThreshold: null, thresholdCurve: null, baselineName: "", metrics: [], perClass: [], confusion: null, calibration: null, roc: null, pr: null } as const;

function pickClasses(answers: Classified, predicted: Int32Array, rows: Uint32Array): Classified {
  if (rows.length === predicted.length) return { ...answers, predicted };
  const column = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
  return {
    ...answers,
    truth: Int32Array.from(rows, (row) => answers.truth[row]!),
    predicted: Int32Array.from(rows, (row) => predicted[row]!),
    probabilities: answers.probabilities ? answers.probabilities.map(column) : null,
    score: answers.score ? column(answers.score) : null,
  };
}

export function pickNumbers(answers: Regressed, rows: Uint32Array): Regressed {
  if (rows.length === answers.actual.length) return answers;
  const column = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
  return { kind: "numbers", actual: column(answers.actual), fitted: column(answers.fitted), residual: column(answers.residual) };
}

function withAveragePrecision(metrics: readonly MetricRow[], picked: Classified, ranking: Ranking | null): readonly MetricRow[] {
  if (!ranking) return metrics;
  const positives = picked.truth.reduce((count, value) => count + (value === picked.positive ? 1 : 0), 0);
  const at = metrics.findIndex((metric) => metric.key === "auc") + 1;
  return [...metrics.slice(0, at), averagePrecisionRow(ranking.averagePrecision, positives, picked.truth.length), ...metrics.slice(at)];
}

function calibrationOf(picked: Classified): Calibration | null {
  const { probabilities, positive, classes } = picked;
  if (!probabilities) return null;
  if (positive !== null) return calibrate(probabilities[positive]!, (i) => picked.truth[i] === positive, `probability of ${classes[positive]}`);
  const top = new Float64Array(picked.truth.length);
  const which = new Int32Array(top.length);
  for (let k = 0; k < classes.length; k++) {
    for (let i = 0; i < top.length; i++) if (probabilities[k]![i]! > top[i]!) [top[i], which[i]] = [probabilities[k]![i]!, k];
  }
  return calibrate(top, (i) => picked.truth[i] === which[i], "probability of the most probable class");
}
