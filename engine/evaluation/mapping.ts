import type { ColumnRole, Mapping, Role, Task } from "../api/evaluation.ts";
import type { TableColumn } from "../api/tables.ts";
import type { Look } from "../tables/shape.ts";
import { classInName, plain, roleByName } from "./names.ts";

/**
 * Guesses what the columns mean, from names first and values where names leave it open. The guess is a proposal: the
 * mapping page shows it, and a column that is left open becomes a feature.
 */
export function guessMapping(look: Look): Mapping {
  const columns = look.shape.columns;
  const roles = new Map<string, ColumnRole>();
  const give = (column: string, role: Role, classes?: readonly string[]) => roles.set(column, classes === undefined ? { column, role } : { column, role, classes });
  const free = () => columns.filter((column) => !roles.has(column.name));
  const cells = (name: string) => look.cells[name] ?? [];

  const { label, prediction } = answers(columns, cells);
  if (label) give(label.name, "label");
  if (prediction) give(prediction.name, "prediction");
  const classes = label ? classesOf(cells(label.name), label) : [];
  const fractional = prediction?.type === "number" && cells(prediction.name).some((cell) => cell !== null && Number(cell) % 1 !== 0);
  const known = new Set([...classes, ...(prediction && !fractional ? classesOf(cells(prediction.name), prediction) : [])]);

  const spread = classColumns(free(), known, cells);
  for (const { column, label: name } of spread) give(column, "probability", [name]);
  for (const column of free()) {
    if (column.type === "list" && (roleByName(column.name)?.role === "probability" || roleByName(column.name)?.role === "score")) give(column.name, "probability", [...known].sort(byValue));
  }
  const regression = label !== undefined && isRegression(label, cells(label.name), prediction, prediction ? cells(prediction.name) : [], spread.length > 0);
  if (!regression) binaryProbability();
  for (const column of free()) {
    const named = roleByName(column.name)?.role;
    if (named !== undefined && named !== "label" && named !== "prediction" && named !== "probability" && fits(named, column, cells(column.name))) give(column.name, named);
    else if (column.type === "time" && ![...roles.values()].some((each) => each.role === "time")) give(column.name, "time");
    else if (isIndex(column, cells(column.name))) give(column.name, "id");
    else if (column.type === "list" || /^(yhat|pred|prediction)_(lower|upper)$/.test(plain(column.name)) || /^(resid|residual|residuals|error|correct|is_correct|acc|exact_match)$/.test(plain(column.name))) give(column.name, "ignore");
    else give(column.name, "feature");
  }
  if ([...roles.values()].filter((each) => each.role === "id").length > 1) keepBestId();

  const task: Task = regression ? "regression" : known.size > 2 || spread.length > 2 ? "multiclass" : "binary";
  return { task, columns: columns.map((column) => roles.get(column.name)!), positive: task === "binary" ? positiveOf() : null };

  /** One column of probabilities for two classes: named so, or a fractional prediction beside a label with two values. */
  function binaryProbability(): void {
    if (known.size > 2 || spread.length > 0 || [...roles.values()].some((each) => each.role === "probability")) return;
    const positive = positiveClass([...known]);
    const named = free().find((column) => (roleByName(column.name)?.role === "probability" || roleByName(column.name)?.role === "score") && inUnit(cells(column.name)));
    if (named) give(named.name, "probability", positive === null ? undefined : [positive]);
    else if (prediction && fractional && classes.length === 2 && inUnit(cells(prediction.name))) {
      give(prediction.name, "probability", [positiveClass(classes) ?? classes[1]!]);
    }
  }

  function positiveOf(): string | null {
    const single = [...roles.values()].filter((each) => each.role === "probability");
    if (single.length === 1 && single[0]?.classes?.length === 1) return single[0].classes[0] ?? null;
    return positiveClass([...known]);
  }

  function keepBestId(): void {
    const ids = columns.filter((column) => roles.get(column.name)?.role === "id");
    const best = ids.find((column) => roleByName(column.name)?.role === "id") ?? ids[0];
    for (const column of ids) if (column !== best) give(column.name, "ignore");
  }
}

function bestByName(columns: readonly TableColumn[], role: Role): TableColumn | undefined {
  const found = columns.map((column) => ({ column, named: roleByName(column.name) })).filter(({ named, column }) => named?.role === role && column.type !== "list");
  return found.sort((a, b) => a.named!.rank - b.named!.rank)[0]?.column;
}

type Cells = (name: string) => readonly (string | null)[];

/** Label and prediction: by their names, by a pair such as `income`, `predicted_income`, or by values that agree. */
function answers(columns: readonly TableColumn[], cells: Cells): { label: TableColumn | undefined; prediction: TableColumn | undefined } {
  let label = bestByName(columns, "label");
  let prediction = bestByName(
    columns.filter((column) => column !== label),
    "prediction",
  );
  const pair = columns.flatMap((truth) => columns.filter((guess) => isNamedAfter(guess.name, truth.name)).map((guess) => ({ truth, guess })))[0];
  if (pair && (label === undefined || label === pair.truth)) return { label: pair.truth, prediction: pair.guess };
  if (pair && prediction === undefined) prediction = pair.guess;
  if (label === undefined && prediction !== undefined) label = alike(columns, prediction, cells);
  return { label, prediction };
}

function isNamedAfter(guess: string, truth: string): boolean {
  const name = plain(truth);
  return name !== "" && [`${name}_pred`, `${name}_prediction`, `${name}_predicted`, `${name}_hat`, `pred_${name}`, `predicted_${name}`, `prediction_${name}`].includes(plain(guess));
}

/** The column whose values are those of the prediction: the same few classes, else the number that goes with it most closely. */
function alike(columns: readonly TableColumn[], prediction: TableColumn, cells: Cells): TableColumn | undefined {
  const others = columns.filter((column) => column !== prediction && column.type === prediction.type && roleByName(column.name) === null);
  if (prediction.type === "text" || prediction.distinct <= 20) {
    const guessed = new Set(classesOf(cells(prediction.name), prediction));
    return others.find((column) => column.distinct > 1 && classesOf(cells(column.name), column).every((name) => guessed.has(name)));
  }
  const strength = others.map((column) => ({ column, r: Math.abs(correlation(cells(column.name), cells(prediction.name))) }));
  return strength.filter(({ r }) => r > 0.3).sort((a, b) => b.r - a.r)[0]?.column;
}

function correlation(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  const pairs = a.map((cell, row) => [Number(cell ?? Number.NaN), Number(b[row] ?? Number.NaN)] as const).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const meanX = pairs.reduce((sum, [x]) => sum + x, 0) / pairs.length;
  const meanY = pairs.reduce((sum, [, y]) => sum + y, 0) / pairs.length;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const [x, y] of pairs) {
    xy += (x - meanX) * (y - meanY);
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

/** The classes in the order in which scikit-learn sorts them: numbers by value, else text. */
export function byValue(a: string, b: string): number {
  const x = Number(a);
  const y = Number(b);
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `1.0` and `1` are one class. */
export function className(text: string): string {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) && /^[-+\d.eE]+$/.test(text) && !/^[-+]?0\d/.test(text) ? String(number) : text;
}

function classesOf(cells: readonly (string | null)[], column: TableColumn): string[] {
  if (column.distinct > 1000) return [];
  return [...new Set(cells.filter((cell) => cell !== null).map(className))].sort(byValue);
}

/** The class that is meant by "positive" when nothing else says so: 1, true, yes, …, else the last in order. */
export function positiveClass(classes: readonly string[]): string | null {
  const said = classes.find((name) => /^(1|true|yes|y|pos|positive|spam|fraud|churn|churned|malignant|default|bad|>.*)$/i.test(name));
  return said ?? [...classes].sort(byValue).at(-1) ?? null;
}

/** Numeric columns that hold one class's probability each: `p_<class>`, or the class's own name. */
function classColumns(columns: readonly TableColumn[], known: ReadonlySet<string>, cells: (name: string) => readonly (string | null)[]): readonly { column: string; label: string }[] {
  const candidates = columns.filter((column) => column.type === "number" && inUnit(cells(column.name)));
  const byOwnName = candidates.filter((column) => known.has(className(column.name)));
  if (byOwnName.length >= 2) return byOwnName.map((column) => ({ column: column.name, label: className(column.name) }));
  const byPrefix = candidates.flatMap((column) => {
    const tail = column.name.includes(".") ? column.name.slice(column.name.lastIndexOf(".") + 1) : column.name;
    const inside = classInName(column.name) ?? classInName(tail) ?? (known.has(className(tail)) ? tail : null);
    if (inside === null) return [];
    const match = [...known].find((name) => name === className(inside)) ?? [...known].find((name) => plain(name) === plain(inside) || inside.endsWith(`_${name}`));
    return match === undefined ? [] : [{ column: column.name, label: match }];
  });
  return byPrefix.length >= 2 || known.size <= 2 ? byPrefix : [];
}

function inUnit(cells: readonly (string | null)[]): boolean {
  const filled = cells.filter((cell) => cell !== null);
  return filled.length > 0 && filled.every((cell) => Number(cell) >= 0 && Number(cell) <= 1);
}

function isRegression(label: TableColumn, labelCells: readonly (string | null)[], prediction: TableColumn | undefined, predictionCells: readonly (string | null)[], hasClassColumns: boolean): boolean {
  if (label.type !== "number" || hasClassColumns) return false;
  // A word among numbers is told with its line when the column is read; as classes the file would make no sense.
  if (prediction !== undefined && prediction.type !== "number" && !mostlyNumbers(predictionCells)) return false;
  const whole = labelCells.every((cell) => cell === null || Number(cell) % 1 === 0);
  const few = label.distinct <= 2 || (whole && label.distinct <= 20);
  if (!few) return true;
  if (prediction === undefined || label.distinct === 2) return false;
  return predictionCells.some((cell) => cell !== null && Number(cell) % 1 !== 0);
}

function mostlyNumbers(cells: readonly (string | null)[]): boolean {
  const filled = cells.filter((cell) => cell !== null);
  return filled.filter((cell) => Number.isFinite(Number(cell))).length > filled.length / 2;
}

function fits(role: Role, column: TableColumn, cells: readonly (string | null)[]): boolean {
  if (role === "id") return column.distinct >= 0.9 * (cells.length - column.missing);
  if (role === "score" || role === "loss" || role === "weight") return column.type === "number";
  if (role === "time") return column.type === "time" || column.type === "number";
  return true;
}

/** An index that pandas wrote (first column without a name, 0 … n − 1), or a name that ends in id with no value twice. */
function isIndex(column: TableColumn, cells: readonly (string | null)[]): boolean {
  const unique = column.distinct === cells.length;
  if (!unique || cells.length < 2) return false;
  return /(^|_)(id|uuid|uid)$/.test(plain(column.name)) || (/^(column0*|unnamed_0|)$/.test(plain(column.name)) && cells.every((cell, row) => cell === String(row) || cell === String(row + 1)));
}
