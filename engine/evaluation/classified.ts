import type { Mapping } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Loaded } from "../tables/load.ts";
import { makeCodes, type Codes, type NumberReader } from "../tables/columns.ts";
import { keep, numberColumn, pickCodes, weightColumn } from "./columns.ts";
import { byValue, className } from "./mapping.ts";
import { pickNumbers, type Classified, type Probabilities } from "./prepared.ts";
import { completed, normalised, probabilityColumns } from "./probabilities.ts";

/** Labels, predictions and probabilities of a classification file as class numbers and columns. */
export function classify(mapping: Mapping, loaded: Loaded, path: string): { answers: Classified; kept: Uint32Array | null; notes: string[] } {
  const notes: string[] = [];
  const truthCells = classCells(mapping, loaded, "label", path);
  const predictedCells = classCells(mapping, loaded, "prediction", path);
  if (truthCells === null) throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: "No column is the label.", file: path });
  const given = probabilityColumns(mapping, loaded, path);
  const names = new Set([...truthCells.names, ...(predictedCells?.names ?? []), ...given.keys()]);
  if (mapping.positive !== null) names.add(mapping.positive);
  const classes = [...names].sort(byValue);
  if (mapping.task === "binary" && classes.length > 2) {
    throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `Label and prediction hold ${classes.length} classes (${classes.slice(0, 5).join(", ")} …); a binary task has two.`, file: path, hint: "Choose the task “multi-class”, or correct the column roles." });
  }
  if (classes.length > 1000) {
    throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `Label and prediction hold ${classes.length} different values: too many for classes.`, file: path, hint: "If these are numbers, choose the task “regression”." });
  }
  const index = new Map(classes.map((name, i) => [name, i]));
  const truth = toClasses(truthCells, index);
  const positive = mapping.positive === null ? null : (index.get(mapping.positive) ?? null);
  const columns = completed(classes, given, positive);
  const raw = positive === null || columns !== null ? null : numberColumn(mapping, loaded, "score", path);
  const fromFile = predictedCells ? toClasses(predictedCells, index) : null;
  const weight = weightColumn(mapping, loaded, path);
  const usable = (row: number) => (!weight || Number.isFinite(weight.at(row))) && truth[row]! >= 0 && (fromFile ? fromFile[row]! >= 0 : true) && (columns ? columns.every((column) => Number.isFinite(column.at(row))) : !raw || Number.isFinite(raw.at(row)));
  const kept = keep(loaded.n, usable);
  const n = kept?.length ?? loaded.n;
  const probabilities = columns ? normalised(columns, kept, path, notes) : null;
  const score: NumberReader | null = positive === null ? null : probabilities ? { length: n, at: (row) => probabilities.at(positive, row) } : raw ? pickNumbers(raw, kept) : null;
  const byScore = probabilities || score ? mostProbable(probabilities, score, classes.length, positive, n) : null;
  const predicted = fromFile ? pickCodes(fromFile, kept) : byScore;
  if (predicted === null) throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: "No column is the prediction, and none a probability.", file: path });
  if (!fromFile) notes.push(probabilities ? "The file has no predictions: the most probable class is taken." : "The file has no predictions: a score of at least 0 counts as positive.");
  const cutAtHalf = probabilities !== null && positive !== null && byScore !== null && (predicted === byScore || predicted.every((value, i) => value === byScore[i]));
  return { answers: { kind: "classes", classes, truth: pickCodes(truth, kept), predicted, probabilities, score, positive, cutAtHalf, weight: weight?.pick(kept) ?? null }, kept, notes };
}

interface Cells {
  readonly codes: Codes;
  readonly names: readonly string[];
}

function classCells(mapping: Mapping, loaded: Loaded, role: "label" | "prediction", path: string): Cells | null {
  const found = mapping.columns.find((column) => column.role === role);
  if (!found) return null;
  const column = loaded.columns[found.column];
  if (column?.kind === "coded") return { codes: column.codes, names: column.values.map(className) };
  throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `Column “${found.column}” holds too many different values to be classes.`, file: path, hint: "If these are numbers, choose the task “regression”." });
}

function toClasses(cells: Cells, index: ReadonlyMap<string, number>): Codes {
  const map = Int32Array.from(cells.names, (name) => index.get(name) ?? -1);
  const classes = makeCodes(index.size, cells.codes.length);
  for (let row = 0; row < classes.length; row++) classes[row] = cells.codes[row]! < 0 ? -1 : map[cells.codes[row]!]!;
  return classes;
}

/** Binary: positive at ½ or more; otherwise the first of the most probable classes. */
function mostProbable(probabilities: Probabilities | null, score: NumberReader | null, classes: number, positive: number | null, n: number): Codes {
  const result = makeCodes(classes, n);
  for (let i = 0; i < n; i++) {
    if (positive !== null) {
      const yes = probabilities ? probabilities.at(positive, i) >= 0.5 : score!.at(i) >= 0;
      result[i] = yes ? positive : 1 - positive;
    } else if (probabilities) {
      let best = 0;
      for (let k = 1; k < classes; k++) if (probabilities.at(k, i) > probabilities.at(best, i)) best = k;
      result[i] = best;
    }
  }
  return result;
}
