import type { Condition, Predicate, Selection } from "../api/evaluation.ts";
import { inHexagon } from "../residuals/density.ts";
import type { Codes, NumberReader } from "../tables/columns.ts";
import { fileRow, residualOf, type Classified, type Prepared } from "./prepared.ts";
import type { Tag } from "./tags.ts";

/** What a condition is asked of. */
export interface Rows {
  readonly data: Prepared;
  /** The predictions in force: of the file, or by threshold. */
  readonly predicted: Codes | null;
  readonly tags: readonly Tag[];
}

/** The rows that meet every condition, ascending; null where that is said of no row, so that all are meant. */
export function selectRows(rows: Rows, selection: Selection): Uint32Array | null {
  const tests = selection.map((condition) => test(rows, condition));
  if (tests.length === 0) return null;
  const found = new Uint32Array(rows.data.n);
  let count = 0;
  for (let i = 0; i < rows.data.n; i++) if (tests.every((passes) => passes(i))) found[count++] = i;
  return found.slice(0, count);
}

function test({ data, predicted, tags }: Rows, condition: Condition): (row: number) => boolean {
  const { answers } = data;
  switch (condition.kind) {
    case "cell": {
      if (answers.kind !== "classes") return () => false;
      const guess = predicted ?? answers.predicted;
      const truth = condition.label === null ? null : answers.classes.indexOf(condition.label);
      const guessed = condition.prediction === null ? null : answers.classes.indexOf(condition.prediction);
      return (row) => (truth === null || answers.truth[row] === truth) && (guessed === null || guess[row] === guessed);
    }
    case "wrong": {
      if (answers.kind !== "classes") return () => false;
      const guess = predicted ?? answers.predicted;
      return (row) => answers.truth[row] !== guess[row];
    }
    case "tag": {
      const tag = tags.find((each) => each.name === condition.tag);
      return (row) => tag?.has[row] === 1;
    }
    case "slice": {
      const parts = condition.predicates.map((predicate) => predicateTest(data, predicate));
      return (row) => parts.every((passes) => passes(row));
    }
    case "range": {
      const values = numbersOf(data, condition.column);
      const [low, high] = [condition.low ?? Number.NEGATIVE_INFINITY, condition.high ?? Number.POSITIVE_INFINITY];
      const { open } = condition;
      return (row) => values !== null && (open === "low" ? values.at(row) > low : values.at(row) >= low) && (open === "high" ? values.at(row) < high : values.at(row) <= high);
    }
    case "values": {
      const column = textColumn(data, condition.column);
      const codes = new Set(condition.values.map((value) => column?.values.indexOf(value) ?? -1).filter((code) => code >= 0));
      return (row) => column !== null && codes.has(column.codes[row]!);
    }
    case "hexagon": {
      const x = placesOf(data, condition.column, condition.categories);
      const y = numbersOf(data, "@residual");
      return (row) => x !== null && y !== null && inHexagon(x(row), y.at(row), condition);
    }
    case "rows": {
      const wanted = new Set(condition.rows);
      return (row) => wanted.has(fileRow(data, row));
    }
    default:
      return () => false;
  }
}

function textColumn(data: Prepared, name: string) {
  const column = Object.hasOwn(data.columns, name) ? data.columns[name] : undefined;
  return column?.kind === "coded" ? column : null;
}

/** Where the rows stand on the x axis of a residual plot: a number, or the place of their text among the categories. */
function placesOf(data: Prepared, name: string, categories: readonly string[] | null): ((row: number) => number) | null {
  const values = numbersOf(data, name);
  if (values !== null) return (row) => values.at(row);
  const column = textColumn(data, name);
  if (column === null || categories === null) return null;
  const places = column.values.map((text) => (categories.includes(text) ? categories.indexOf(text) : Number.NaN));
  return (row) => places[column.codes[row]!] ?? Number.NaN;
}

function predicateTest(data: Prepared, { feature, op, value }: Predicate): (row: number) => boolean {
  const column = Object.hasOwn(data.columns, feature) ? data.columns[feature] : undefined;
  if (column?.kind === "coded") {
    const wanted = op === "missing" ? -1 : column.values.indexOf(String(value));
    return (row) => column.codes[row] === wanted && (op === "missing" || wanted >= 0);
  }
  if (column?.kind !== "number") return () => false;
  if (op === "missing") return (row) => Number.isNaN(column.at(row));
  if (op === "=") return (row) => column.at(row) === Number(value);
  if (typeof value === "string" || value === null) return () => false;
  const [low, high] = [value[0] ?? Number.NEGATIVE_INFINITY, value[1] ?? Number.POSITIVE_INFINITY];
  return (row) => column.at(row) >= low && column.at(row) < high;
}

/** A numeric column of the file, or a derived one (`@loss`, `@residual`, `@prediction`, `@label`, `@probability`, `@confidence`, `@row`). */
export function numbersOf(data: Prepared, name: string): NumberReader | null {
  const { answers } = data;
  if (name === "@loss") return data.loss;
  if (name === "@row") return { length: data.n, at: (row) => fileRow(data, row) };
  if (name === "@probability") return answers.kind === "classes" ? answers.score : null;
  if (name === "@confidence") return answers.kind === "classes" ? confidenceOf(answers) : null;
  if (answers.kind === "numbers") {
    if (name === "@residual") return residualOf(answers);
    if (name === "@prediction") return answers.fitted;
    if (name === "@label") return answers.actual;
  }
  const column = Object.hasOwn(data.columns, name) ? data.columns[name] : undefined;
  return column?.kind === "number" ? column : null;
}

/** Of many classes: the probability of the most probable one, by which calibration bins the rows. Null where there are no probabilities. */
export function confidenceOf({ probabilities, positive, classes, truth }: Classified): NumberReader | null {
  if (probabilities === null || positive !== null) return null;
  return {
    length: truth.length,
    at: (row) => {
      let most = 0;
      for (let label = 0; label < classes.length; label++) most = Math.max(most, probabilities.at(label, row));
      return most;
    },
  };
}

/** The selection in words, as the chip above every view says it; null for all rows. */
export function selectionText(selection: Selection): string | null {
  return selection.length === 0 ? null : selection.map(conditionText).join(" · ");
}

function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "cell":
      if (condition.label === null) return `predicted ${condition.prediction}`;
      if (condition.prediction === null) return `truth ${condition.label}`;
      return `truth ${condition.label}, predicted ${condition.prediction}`;
    case "wrong":
      return "wrong";
    case "tag":
      return `tag ${condition.tag}`;
    case "slice":
      return condition.predicates.map(predicateText).join(" & ");
    case "range":
      return rangeText(condition.column.replace(/^@/, ""), condition.low, condition.high);
    case "values":
      return `${condition.column} = ${condition.values.join(" or ")}`;
    case "hexagon": {
      const x = condition.categories?.[Math.round(condition.at[0])];
      return `${condition.column.replace(/^@/, "")} ${x === undefined ? `near ${short(condition.at[0])}` : `= ${x}`}, residual near ${short(condition.at[1])}`;
    }
    default:
      return `${condition.rows.length} chosen rows`;
  }
}

/** `age 30 – 40`, `married`, `workclass missing`: short, for chips and sentences. */
export function predicateText({ feature, op, value }: Predicate): string {
  if (op === "missing") return `${feature} missing`;
  if (op === "=" || typeof value === "string" || value === null) return `${feature} = ${String(value)}`;
  const [low, high] = value;
  if (low === null) return `${feature} < ${short(high ?? 0)}`;
  if (high === null) return `${feature} ≥ ${short(low)}`;
  return Number.isInteger(low) && high === low + 1 ? `${feature} = ${low}` : `${feature} ${short(low)} – ${short(high)}`;
}

function rangeText(name: string, low: number | null, high: number | null): string {
  if (low === null) return `${name} ≤ ${short(high ?? 0)}`;
  return high === null ? `${name} ≥ ${short(low)}` : `${name} ${short(low)} – ${short(high)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
