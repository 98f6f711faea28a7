import type { Mapping } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Loaded } from "../tables/load.ts";
import { asNumbers, keep, numberColumn, pick } from "./columns.ts";
import { byValue, className } from "./mapping.ts";
import type { Classified } from "./prepared.ts";

/** Labels, predictions and probabilities of a classification file as class numbers and columns. */
export function classify(mapping: Mapping, loaded: Loaded, path: string): { answers: Classified; kept: Uint32Array; notes: string[] } {
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
  const score = positive === null ? null : columns ? columns[positive]! : numberColumn(mapping, loaded, "score", path);
  const fromFile = predictedCells ? toClasses(predictedCells, index) : null;
  const usable = (row: number) => truth[row]! >= 0 && (fromFile ? fromFile[row]! >= 0 : true) && (columns ? columns.every((column) => Number.isFinite(column[row]!)) : !score || Number.isFinite(score[row]!));
  const kept = keep(loaded.n, usable);
  const probabilities = columns ? columns.map((column) => Float64Array.from(pick(column, kept, loaded.n))) : null;
  if (probabilities) renormalise(probabilities, kept, path, notes);
  const ranked = positive === null ? null : probabilities ? probabilities[positive]! : score ? pick(score, kept, loaded.n) : null;
  const truthKept = Int32Array.from(kept, (row) => truth[row]!);
  const byScore = probabilities || ranked ? mostProbable(probabilities, ranked, positive, kept.length) : null;
  const predicted = fromFile ? Int32Array.from(kept, (row) => fromFile[row]!) : byScore;
  if (predicted === null) throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: "No column is the prediction, and none a probability.", file: path });
  if (!fromFile) notes.push(probabilities ? "The file has no predictions: the most probable class is taken." : "The file has no predictions: a score of at least 0 counts as positive.");
  const cutAtHalf = probabilities !== null && positive !== null && byScore !== null && predicted.every((value, i) => value === byScore[i]);
  return { answers: { kind: "classes", classes, truth: truthKept, predicted, probabilities, score: ranked, positive, cutAtHalf }, kept, notes };
}

interface Cells {
  readonly codes: Int32Array;
  readonly names: readonly string[];
}

function classCells(mapping: Mapping, loaded: Loaded, role: "label" | "prediction", path: string): Cells | null {
  const found = mapping.columns.find((column) => column.role === role);
  if (!found) return null;
  const column = loaded.columns[found.column];
  if (column?.kind === "coded") return { codes: column.codes, names: column.values.map(className) };
  throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `Column “${found.column}” holds too many different values to be classes.`, file: path, hint: "If these are numbers, choose the task “regression”." });
}

function toClasses(cells: Cells, index: ReadonlyMap<string, number>): Int32Array {
  const map = cells.names.map((name) => index.get(name) ?? -1);
  return cells.codes.map((code) => (code < 0 ? -1 : map[code]!));
}

function probabilityColumns(mapping: Mapping, loaded: Loaded, path: string): Map<string, Float64Array> {
  const found = new Map<string, Float64Array>();
  for (const role of mapping.columns.filter((column) => column.role === "probability")) {
    const column = loaded.columns[role.column];
    if (column?.kind === "list") {
      const names = role.classes ?? [];
      if (column.parts.length !== names.length) {
        throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `The lists in “${role.column}” have ${column.parts.length} numbers for ${names.length} classes (${names.join(", ")}).`, file: path });
      }
      names.forEach((name, i) => found.set(name, column.parts[i]!));
    } else {
      const name = role.classes?.[0] ?? mapping.positive;
      if (name !== null && name !== undefined) found.set(name, asNumbers(role, loaded, path));
    }
  }
  return found;
}

/** One column per class; of two classes one column implies the other. Null where a class has none. */
function completed(classes: readonly string[], given: ReadonlyMap<string, Float64Array>, positive: number | null): readonly Float64Array[] | null {
  if (given.size === 0) return null;
  if (classes.length === 2 && given.size === 1 && positive !== null) {
    const at = classes.findIndex((name) => given.has(name));
    const known = given.get(classes[at]!);
    if (!known) return null;
    const other = known.map((value) => 1 - value);
    return at === 0 ? [known, other] : [other, known];
  }
  const columns = classes.map((name) => given.get(name));
  return columns.every((column) => column !== undefined) ? columns : null;
}

function renormalise(columns: readonly Float64Array[], kept: Uint32Array, path: string, notes: string[]): void {
  let changed = 0;
  for (let i = 0; i < kept.length; i++) {
    let sum = 0;
    for (const column of columns) {
      const p = column[i]!;
      if (p < 0 || p > 1 + 1e-6) {
        throw new TouchstoneError({ code: "NO_PROBABILITY", message: `${p} on row ${kept[i]! + 1} is not a probability.`, file: path, line: kept[i]! + 2, hint: "Give the column the role “score” (a binary task) or “ignore”." });
      }
      sum += p;
    }
    if (Math.abs(sum - 1) <= 1e-9 || !(sum > 0)) continue;
    if (Math.abs(sum - 1) > 1e-6) changed++;
    for (const column of columns) column[i] = column[i]! / sum;
  }
  if (changed > 0) notes.push(`The probabilities of ${changed} rows did not sum to 1 and were divided by their sum.`);
}

/** Binary: positive at ½ or more; otherwise the first of the most probable classes. */
function mostProbable(probabilities: readonly Float64Array[] | null, score: Float64Array | null, positive: number | null, n: number): Int32Array {
  const result = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    if (positive !== null) {
      const yes = probabilities ? probabilities[positive]![i]! >= 0.5 : score![i]! >= 0;
      result[i] = yes ? positive : 1 - positive;
    } else if (probabilities) {
      let best = 0;
      for (let k = 1; k < probabilities.length; k++) if (probabilities[k]![i]! > probabilities[best]![i]!) best = k;
      result[i] = best;
    }
  }
  return result;
}
