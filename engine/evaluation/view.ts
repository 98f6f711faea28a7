import type { Calibration, Confusion, EvaluationView, MetricRow, Selection } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { sidesOf, weightedSides, type Sides } from "../statistics/sides.ts";
import { makeCodes, type Codes } from "../tables/columns.ts";
import { calibrate } from "./calibration.ts";
import { averagePrecisionRow, measureClasses, REPLICATES } from "./classification.ts";
import { countCells } from "./confusion.ts";
import { pickCodes } from "./columns.ts";
import { pickNumbers, toFloat64, type Classified, type Prepared, type Regressed } from "./prepared.ts";
import { errorByThreshold, rank, type Ranking } from "./ranking.ts";
import { measureNumbers } from "./regression.ts";
import { answerClasses, answerNumbers } from "./answer.ts";
import { selectionExpression } from "./selectionExpression.ts";
import { selectionText, selectRows } from "./selection.ts";
import { tagTable, type Tag } from "./tags.ts";

/** The predictions under a threshold; null takes those of the file. */
export function predictionsAt({ answers }: Prepared, threshold: number | null): Codes | null {
  if (answers.kind !== "classes") return null;
  const { score, positive, predicted } = answers;
  if (threshold === null || score === null || positive === null) return predicted;
  const moved = makeCodes(answers.classes.length, predicted.length);
  for (let row = 0; row < moved.length; row++) moved[row] = score.at(row) >= threshold ? positive : 1 - positive;
  return moved;
}

/** The error that tags and slices explain: 0/1 for classes, the loss for numbers. */
export function errorsOf(data: Prepared, predicted: Codes | null): { readonly errors: Uint8Array | Float64Array; readonly counted: boolean } {
  const { answers } = data;
  if (answers.kind === "numbers") return { errors: toFloat64(data.loss), counted: false };
  const guess = predicted ?? answers.predicted;
  const errors = new Uint8Array(data.n);
  for (let row = 0; row < errors.length; row++) errors[row] = answers.truth[row] === guess[row] ? 0 : 1;
  return { errors, counted: true };
}

export interface ViewInput {
  readonly evaluationId: string;
  readonly data: Prepared;
  readonly tags: readonly Tag[];
  readonly tagNotes: readonly string[];
  readonly selection: Selection;
  readonly threshold: number | null;
  readonly stale: boolean;
  /** Asked between the parts. */
  readonly cancelled?: () => boolean;
}

/** Everything above the rows, measured on the rows that the selection leaves. @throws `CANCELLED` */
export function viewOf(input: ViewInput): EvaluationView {
  const { data, tags, selection } = input;
  const goOn = (): void => {
    if (input.cancelled?.()) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled.", file: data.path });
  };
  goOn();
  const predicted = predictionsAt(data, input.threshold);
  const rows = selectRows({ data, predicted, tags }, selection);
  const n = rows?.length ?? data.n;
  goOn();
  const { errors, counted } = errorsOf(data, predicted);
  const head = {
    evaluationId: input.evaluationId,
    path: data.path,
    task: data.task,
    total: data.n,
    n,
    cohort: selectionText(selection),
    cohortExpression: selectionExpression(selection),
    mapping: data.mapping,
    // Where it fails is asked of all rows, whatever the cohort: it is how the cohort is chosen.
    tags: tagTable(tags, errors, counted),
    stale: input.stale,
  };
  goOn();
  const { answers } = data;
  const notes = [...data.notes, ...input.tagNotes];
  if (n === 0) return { ...head, ...nothing, classes: answers.kind === "classes" ? answers.classes : [], answer: "No row is in this selection.", notes };
  if (answers.kind === "numbers") {
    const metrics = measureNumbers(pickRegressed(answers, rows));
    return { ...head, ...nothing, baselineName: "mean", metrics, answer: answerNumbers(metrics, n), notes };
  }
  const picked = pickClasses(answers, predicted ?? answers.predicted, rows);
  const sides = sidesFor(picked);
  goOn();
  const measured = measureClasses(picked, sides);
  goOn();
  const ranking = sides === null ? null : rank(sides);
  const metrics = sides === null || ranking === null ? measured.metrics : withAveragePrecision(measured.metrics, sides, ranking, picked);
  goOn();
  const threshold = input.threshold ?? (answers.cutAtHalf ? 0.5 : null);
  const probable = picked.probabilities !== null;
  return {
    ...head,
    classes: answers.classes,
    answer: answerClasses(metrics, answers.classes[measured.majority] ?? "", picked, measured.cells),
    threshold,
    bestThreshold: ranking && probable && ranking.roc.x.length > 0 ? { metric: "F1", value: ranking.bestThreshold } : null,
    thresholdCurve: picked.score && picked.positive !== null && probable ? errorByThreshold(picked.score, picked.truth, picked.positive, picked.weight) : null,
    baselineName: "majority",
    metrics,
    perClass: measured.perClass,
    confusion: confusionWithout(input, predicted ?? answers.predicted, answers),
    calibration: calibrationOf(picked),
    roc: ranking?.roc ?? null,
    pr: ranking?.pr ?? null,
    notes: [...notes, picked.weight ? `Intervals: 95 %. ${REPLICATES} Poisson resamples of the weights in the confusion matrix, DeLong linearised for weights on the logit scale for AUC, t for means.` : `Intervals: 95 %. Wilson for shares, ${REPLICATES} multinomial resamples of the confusion matrix, DeLong on the logit scale for AUC, t for means.`],
  };
}

/** The table from which a cell is chosen is not narrowed by that choice. */
function confusionWithout({ data, tags, selection }: ViewInput, predicted: Codes, answers: Classified): Confusion {
  const k = answers.classes.length;
  const rows = selectRows({ data, predicted, tags }, selection.filter((condition) => condition.kind !== "cell"));
  const cells = countCells(pickCodes(answers.truth, rows), pickCodes(predicted, rows), k);
  return { labels: answers.classes, matrix: answers.classes.map((_, i) => [...cells.subarray(i * k, (i + 1) * k)]) };
}

const nothing = { classes: [], threshold: null, bestThreshold: null, thresholdCurve: null, baselineName: "", metrics: [], perClass: [], confusion: null, calibration: null, roc: null, pr: null } as const;

function pickClasses(answers: Classified, predicted: Codes, rows: Uint32Array | null): Classified {
  if (rows === null) return { ...answers, predicted };
  return {
    ...answers,
    truth: pickCodes(answers.truth, rows),
    predicted: pickCodes(predicted, rows),
    probabilities: answers.probabilities?.pick(rows) ?? null,
    score: answers.score && pickNumbers(answers.score, rows),
    weight: answers.weight && pickNumbers(answers.weight, rows),
  };
}

/** The answers at some rows; null stands for all. */
export function pickRegressed(answers: Regressed, rows: Uint32Array | null): Regressed {
  return { kind: "numbers", actual: pickNumbers(answers.actual, rows), fitted: pickNumbers(answers.fitted, rows), weight: answers.weight && pickNumbers(answers.weight, rows) };
}

function sidesFor({ score, positive, truth, weight }: Classified): Sides | null {
  if (score === null || positive === null) return null;
  const isPositive = (row: number) => truth[row] === positive;
  return weight ? weightedSides(toFloat64(score), isPositive, weight) : sidesOf(score, isPositive);
}

function withAveragePrecision(metrics: readonly MetricRow[], sides: Sides, ranking: Ranking, { truth, weight, positive }: Classified): readonly MetricRow[] {
  // Weighted rows tell as much as a smaller number of equal ones (Kish 1965).
  let squares = sides.positives;
  if (weight) {
    squares = 0;
    for (let row = 0; row < truth.length; row++) if (truth[row] === positive) squares += weight.at(row) ** 2;
  }
  const effective = squares > 0 ? sides.positives ** 2 / squares : 0;
  const at = metrics.findIndex((metric) => metric.key === "auc") + 1;
  return [...metrics.slice(0, at), averagePrecisionRow(ranking.averagePrecision, effective, sides.positives / (sides.positives + sides.negatives), truth.length), ...metrics.slice(at)];
}

function calibrationOf(picked: Classified): Calibration | null {
  const { probabilities, positive, classes, truth } = picked;
  if (!probabilities) return null;
  const n = truth.length;
  if (positive !== null) return calibrate({ length: n, at: (row) => probabilities.at(positive, row) }, (row) => truth[row] === positive, `probability of ${classes[positive]}`);
  const top = (row: number): number => {
    let best = 0;
    for (let k = 1; k < classes.length; k++) if (probabilities.at(k, row) > probabilities.at(best, row)) best = k;
    return best;
  };
  return calibrate({ length: n, at: (row) => probabilities.at(top(row), row) }, (row) => truth[row] === top(row), "probability of the most probable class");
}
