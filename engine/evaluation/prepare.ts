import type { Mapping, Role } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Column, NumberReader, Reading } from "../tables/columns.ts";
import type { Loaded } from "../tables/load.ts";
import type { Look } from "../tables/shape.ts";
import { classify } from "./classified.ts";
import { keep, numberColumn, pickColumn, weightColumn } from "./columns.ts";
import { residualOf, type Prepared, type Regressed } from "./prepared.ts";

/** What each column is read as under a mapping. Ids stay text (`007`), as do CSV booleans. */
export function readingPlan(look: Look, mapping: Mapping): { wanted: Record<string, Reading>; asText: string[]; wholeNumbers: Set<string> } {
  const types = new Map(look.shape.columns.map((column) => [column.name, column.type]));
  const wanted: Record<string, Reading> = {};
  const asText = [...look.asText];
  for (const { column, role } of mapping.columns) {
    const type = types.get(column);
    if (type === undefined) continue;
    wanted[column] = reading(role, type, mapping);
    if (role === "id" && look.shape.format === "csv" && type !== "text" && !asText.includes(column)) asText.push(column);
  }
  const wholeNumbers = new Set(look.shape.columns.filter((column) => /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(column.fileType)).map((column) => column.name));
  return { wanted, asText, wholeNumbers };
}

function reading(role: Role, type: string, mapping: Mapping): Reading {
  if (role === "probability") return type === "list" ? "list" : "number";
  if (role === "score" || role === "loss" || role === "weight") return "number";
  if (role === "label" || role === "prediction") return mapping.task === "regression" ? "number" : "text";
  if (role === "id" || role === "tag" || role === "group" || role === "split") return "text";
  return type === "number" || type === "time" ? "number" : "text";
}

/** Why a mapping cannot be evaluated, in words; null when it can. */
export function mappingProblem(mapping: Mapping): string | null {
  const by = (role: Role) => mapping.columns.filter((column) => column.role === role);
  if (by("label").length === 0) return "No column is the label. Give one the role “label”.";
  if (by("label").length > 1) return `${by("label").length} columns are the label; one can be.`;
  if (by("weight").length > 1) return `${by("weight").length} columns are the weight; one can be.`;
  if (by("prediction").length > 1) return `${by("prediction").length} columns are the prediction; one can be.`;
  const hasScores = by("probability").length > 0 || (mapping.task === "binary" && by("score").length === 1);
  if (mapping.task === "regression") return by("prediction").length === 1 ? null : "No column is the prediction. Give one the role “prediction”.";
  if (by("prediction").length === 0 && !hasScores) return "No column is the prediction, and none a probability.";
  if (mapping.task === "binary" && mapping.positive === null) return "Say which class is the positive one.";
  return null;
}

/** Turns what was read into answers and losses; rows without a label or a prediction are set aside and counted. */
export function prepare(path: string, mapping: Mapping, loaded: Loaded, plan: { readonly asText: readonly string[]; readonly wholeNumbers: ReadonlySet<string> }): Prepared {
  const { asText, wholeNumbers } = plan;
  const problem = mappingProblem(mapping);
  if (problem !== null) throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: problem, file: path, hint: "Columns named label and prediction (or y_true and y_pred) are found by themselves." });
  if (loaded.n === 0) throw new TouchstoneError({ code: "EMPTY_FILE", message: "The file has a header but no rows.", file: path });
  const numbers = (role: Role) => numberColumn(mapping, loaded, role, path);
  const notes = loaded.turnedText.map((column) => `“${column}” was read as text: words stand among its numbers.`);
  if (loaded.left.length > 0) notes.push(`${loaded.left.map((column) => `“${column}”`).join(", ")} ${loaded.left.length === 1 ? "stays" : "stay"} in the file, for want of memory: shown with the rows, but not searched.`);
  const ownLoss = mapping.columns.find((column) => column.role === "loss");
  const weighing = mapping.columns.find((column) => column.role === "weight");
  if (weighing) notes.push(`Metrics, curves and the threshold weigh each row by “${weighing.column}”, as scikit-learn's sample_weight does. The confusion matrix, calibration, tags, slices and residuals count every row once.`);

  const base = { path, task: mapping.task, mapping, asText, wholeNumbers, notes };
  if (mapping.task === "regression") {
    const actual = numbers("label");
    const fitted = numbers("prediction");
    if (actual === null || fitted === null) throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: "Label and prediction must be numbers.", file: path });
    const weight = weightColumn(mapping, loaded, path);
    const rows = keep(loaded.n, (row) => Number.isFinite(actual.at(row)) && Number.isFinite(fitted.at(row)) && (!weight || Number.isFinite(weight.at(row))));
    const n = requireRows(rows, loaded.n, path, notes);
    const answers: Regressed = { kind: "numbers", actual: actual.pick(rows), fitted: fitted.pick(rows), weight: weight?.pick(rows) ?? null };
    const residual = residualOf(answers);
    const loss: NumberReader = ownLoss ? numbers("loss")!.pick(rows) : { length: n, at: (row) => residual.at(row) ** 2 };
    return { ...base, n, rows, answers, loss, lossName: ownLoss?.column ?? "squared error", columns: compact(loaded, rows) };
  }

  const { answers, kept: rows, notes: more } = classify(mapping, loaded, path);
  notes.push(...more);
  const n = requireRows(rows, loaded.n, path, notes, answers.score !== null && answers.probabilities === null);
  const { probabilities, truth, predicted } = answers;
  const own: NumberReader = {
    length: n,
    at: probabilities ? (row) => -Math.log(Math.max(probabilities.at(truth[row]!, row), Number.EPSILON)) : (row) => (truth[row] === predicted[row] ? 0 : 1),
  };
  const loss = ownLoss ? numbers("loss")!.pick(rows) : own;
  return { ...base, n, rows, answers, loss, lossName: ownLoss?.column ?? (probabilities ? "log loss" : "0/1 error"), columns: compact(loaded, rows) };
}

/** How many rows are kept. Throws `NO_USABLE_ROW` when that is none. */
function requireRows(rows: Uint32Array | null, n: number, path: string, notes: string[], scored = false): number {
  if (rows === null) return n;
  if (rows.length === 0) {
    throw new TouchstoneError({ code: "NO_USABLE_ROW", message: `None of the ${n} rows has ${scored ? "all of a label, a prediction and a score" : "both a label and a prediction"}.`, file: path, line: 2, hint: "Look at the roles of the columns: numbers may be expected where words stand." });
  }
  notes.push(`${n - rows.length} of ${n} rows have ${scored ? "no label, no prediction or no score" : "no label or no prediction"} and are left out.`);
  return rows.length;
}

/** The columns at the kept rows. */
function compact(loaded: Loaded, rows: Uint32Array | null): Record<string, Column> {
  return Object.fromEntries(Object.entries(loaded.columns).map(([name, column]) => [name, pickColumn(column, rows)]));
}
