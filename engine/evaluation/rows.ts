import type { EvaluationRows, Role, RowCell, RowColumn, Selection } from "../api/evaluation.ts";
import { TouchstoneError, type WireNumber } from "../api/tokens.ts";
import { contentKey, idKey, type ItemValue } from "../items/key.ts";
import { argsort } from "../statistics/argsort.ts";
import type { Column } from "../tables/columns.ts";
import { fetchCells } from "../tables/fetch.ts";
import { openSource } from "../tables/source.ts";
import { fileRow, type Prepared } from "./prepared.ts";
import { confidenceOf, numbersOf, selectRows, type Rows } from "./selection.ts";

export interface RowsRequest {
  readonly selection: Selection;
  readonly sort: { readonly column: string; readonly descending: boolean };
  readonly from: number;
  readonly to: number;
}

/** A window of the rows in a selection, in the order asked for; ties in file order. At most 500 rows a call. */
export async function rowsOfEvaluation(rows: Rows, request: RowsRequest, signal?: AbortSignal): Promise<EvaluationRows> {
  const { data } = rows;
  const selected = selectRows(rows, request.selection);
  const ordered = sortRows(rows, selected, request.sort.column, request.sort.descending);
  const window = ordered.slice(request.from, Math.min(request.to, request.from + 500));
  const columns = rowColumns(data);
  const numbersInFile = [...window].map((i) => fileRow(data, i));
  const far = Object.entries(data.columns).filter(([, column]) => column.kind === "far").map(([name]) => name);
  const key = itemRule(data);
  // Labeling names rows by the texts that the reader gives; a fraction has another text in memory, so it is read again.
  const inexact = key.columns.filter((name) => data.columns[name]?.kind === "number" && !data.wholeNumbers.has(name));
  const again = [...new Set([...far, ...inexact])];
  const texts = again.length > 0 && window.length > 0 ? await fetchTexts(data, again, numbersInFile, signal) : {};
  const fetched = Object.fromEntries(Object.entries(texts).filter(([name]) => far.includes(name)));
  const cell = (name: string, at: number): RowCell => (fetched[name] ? (fetched[name][at] ?? null) : cellOf(rows, name, window[at]!));
  const answers = data.answers;
  const guess = rows.predicted;
  return {
    total: ordered.length,
    from: request.from,
    columns,
    rows: numbersInFile,
    key,
    keys: [...window].map((_, at) => keyOf(key, (name) => texts[name]?.[at] ?? cell(name, at))),
    wrong: [...window].map((i) => answers.kind === "classes" && answers.truth[i] !== (guess ?? answers.predicted)[i]),
    cells: columns.map((column) => [...window].map((_, at) => cell(column.name, at))),
    order: `${request.sort.column.replace(/^@/, "")}, ${request.sort.descending ? "largest" : "smallest"} first`,
  };
}

async function fetchTexts(data: Prepared, names: readonly string[], rows: readonly number[], signal?: AbortSignal): Promise<Readonly<Record<string, readonly (string | null)[]>>> {
  const source = await openSource(data.path, signal);
  try {
    return await fetchCells(source, names, rows, data.asText);
  } finally {
    source.close();
  }
}

/** Row, loss, answers; then ids, tags and features in the order of the file; then the rest. */
export function rowColumns(data: Prepared): readonly RowColumn[] {
  const { answers } = data;
  const derived = (name: string, label: string, type: RowColumn["type"]): RowColumn => ({ name, label, role: "derived", type });
  const head = [
    derived("@row", "row", "number"),
    derived("@loss", data.lossName === "0/1 error" ? "error" : data.lossName, "number"),
    derived("@label", "truth", answers.kind === "numbers" ? "number" : "text"),
    derived("@prediction", "prediction", answers.kind === "numbers" ? "number" : "text"),
  ];
  if (answers.kind === "numbers") head.push(derived("@residual", "residual", "number"));
  else if (answers.score && answers.positive !== null) head.push(derived("@probability", answers.probabilities ? `p(${answers.classes[answers.positive]})` : "score", "number"));
  else if (confidenceOf(answers)) head.push(derived("@confidence", "highest p", "number"));
  const others = data.mapping.columns.filter(({ role }) => role !== "label" && role !== "prediction" && role !== "probability" && role !== "loss" && role !== "score");
  const byRole = (roles: readonly string[]) => others.filter(({ role }) => roles.includes(role));
  const listed = [...byRole(["id"]), ...byRole(["feature", "tag", "group", "split", "time", "weight"]), ...byRole(["ignore"])];
  return [...head, ...listed.filter(({ column }) => data.columns[column]?.kind !== "list").map(({ column, role }): RowColumn => ({ name: column, label: column, role, type: data.columns[column]?.kind === "number" ? (role === "time" ? "time" : "number") : "text" }))];
}

function cellOf({ data, predicted }: Rows, name: string, i: number): RowCell {
  const { answers } = data;
  if (name === "@row") return fileRow(data, i) + 1;
  if (answers.kind === "classes") {
    if (name === "@label") return answers.classes[answers.truth[i]!] ?? null;
    if (name === "@prediction") return answers.classes[(predicted ?? answers.predicted)[i]!] ?? null;
  }
  const values = numbersOf(data, name);
  if (values) return wire(values.at(i));
  const column = data.columns[name];
  return column?.kind === "coded" && column.codes[i]! >= 0 ? column.values[column.codes[i]!]! : null;
}

function wire(value: number): WireNumber | null {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : value > 0 ? "Infinity" : "-Infinity";
}

/** Rows are named by their id columns, else by the content of the feature columns, else of all columns. */
export function itemRule(data: Prepared): EvaluationRows["key"] {
  const named = (role: Role) => data.mapping.columns.filter((column) => column.role === role && data.columns[column.column]?.kind !== "list").map(({ column }) => column);
  const ids = named("id");
  if (ids.length > 0) return { kind: "id", columns: ids };
  const features = named("feature");
  return { kind: "content", columns: features.length > 0 ? features : Object.keys(data.columns).filter((name) => data.columns[name]?.kind !== "list") };
}

function keyOf(rule: EvaluationRows["key"], cell: (name: string) => ItemValue): string {
  if (rule.kind === "id") return idKey(rule.columns.map(cell));
  return contentKey(rule.columns.map((column) => [column, cell(column)] as const));
}

function sortRows(rows: Rows, selected: Uint32Array | null, column: string, descending: boolean): Uint32Array {
  const values = sortValues(rows, column);
  const keys = new Float64Array(selected?.length ?? rows.data.n);
  for (let i = 0; i < keys.length; i++) {
    const value = values(selected === null ? i : selected[i]!);
    keys[i] = descending ? -value : value;
  }
  const order = argsort(keys);
  return selected === null ? order : order.map((at) => selected[at]!);
}

/** A number for each row that sorts the column; missing is NaN, which stands last in either direction. */
function sortValues({ data, predicted }: Rows, name: string): (row: number) => number {
  const { answers } = data;
  if (answers.kind === "classes" && name === "@label") return (i) => answers.truth[i]!;
  if (answers.kind === "classes" && name === "@prediction") return (i) => (predicted ?? answers.predicted)[i]!;
  const values = numbersOf(data, name);
  if (values) return (i) => values.at(i);
  const column: Column | undefined = Object.hasOwn(data.columns, name) ? data.columns[name] : undefined;
  if (column?.kind === "coded") {
    const ranks = new Float64Array(column.values.length);
    column.values.map((text, code) => ({ text, code })).sort((a, b) => a.text.localeCompare(b.text, "en", { numeric: true })).forEach(({ code }, place) => (ranks[code] = place));
    return (i) => (column.codes[i]! < 0 ? Number.NaN : ranks[column.codes[i]!]!);
  }
  throw new TouchstoneError({ code: "NO_SORT", message: `The rows cannot be sorted by “${name}”: its texts stay in the file.`, file: data.path });
}
