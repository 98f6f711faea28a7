import { resolve } from "node:path";
import { evaluationRows, evaluationRun, evaluationSlices, type EvaluationView, type Predicate, type Selection } from "../../api/evaluation.ts";
import { percent } from "../../evaluation/answer.ts";
import { predicateText } from "../../evaluation/selection.ts";
import { type Input, pageLine, plain, type RunTool, type ToolContext, wrongInput } from "../ask.ts";
import { estimateText, few, valueText } from "../words.ts";

const LISTED = 10;
/** Columns of a row that fit into a line for a reader without a table. */
const SHOWN_COLUMNS = 12;

function evaluated(input: Input, { ask, call, folder }: ToolContext): Promise<EvaluationView> {
  return ask(evaluationRun, { path: resolve(call.cwd ?? folder, input.text("file")) });
}

export const evaluateFile: RunTool = async (input, context) => {
  const view = await evaluated(input, context);
  const text = [
    `${view.path}: ${view.task}, n ${view.n} of ${view.total} rows.`,
    plain(view.answer),
    ...view.metrics.map(({ key, estimate, baseline, note }) => `${key} ${estimateText(estimate)}${baseline === null ? "" : `, ${view.baselineName} ${valueText(baseline)}`}${note === null ? "" : ` (${note})`}`),
    ...few(view.perClass.map(({ label, precision, recall, n }) => `class ${label}: precision ${estimateText(precision)}, recall ${estimateText(recall)}, n ${n}`), 10, "the evaluation page"),
    ...few(view.tags.map(({ tag, n, rate, errorShare, q }) => `tag ${tag}: error ${estimateText(rate)}, n ${n}${errorShare === null ? "" : `, ${percent(errorShare)} of the errors`}${q === null ? "" : `, q ${valueText(q)}`}`), 10, "the evaluation page"),
    ...few(view.notes, 6, "the evaluation page"),
  ].join("\n");
  return { text, data: { path: view.path, task: view.task, n: view.n, metrics: Object.fromEntries(view.metrics.map(({ key, estimate }) => [key, estimate])), baseline: Object.fromEntries(view.metrics.map(({ key, baseline }) => [key, baseline])) } };
};

export const worstSlices: RunTool = async (input, context) => {
  const { evaluationId, path } = await evaluated(input, context);
  const found = await context.ask(evaluationSlices, { evaluationId, threshold: null, settings: {} });
  const from = input.integer("from", 0);
  const shown = found.slices.slice(from, from + input.integer("limit", LISTED));
  const lines = shown.map(({ predicates, size, rate, errorShare, q }) => `${predicates.map(predicateText).join(" & ")}: n ${size}, ${found.measure === "errors" ? "error" : "loss"} ${estimateText(rate)}, ${percent(errorShare)} of the ${found.measure}${q === null ? "" : `, q ${valueText(q)}`}`);
  const text = [
    `${path}: average ${found.measure === "errors" ? percent(found.averageRate) : valueText(found.averageRate)}, n ${found.n} rows, ${found.features} features, ${found.tested} slices tested${found.exact ? "" : ` (not exact: searched ${found.reached})`}.`,
    ...(found.reason === null ? [plain(found.answer)] : [found.reason]),
    pageLine(from, shown.length, found.slices.length, "slices"),
    ...lines,
  ].join("\n");
  return { text, data: { path, n: found.n, averageRate: found.averageRate, total: found.slices.length, from, slices: shown.map(({ predicates, size, rate, errorShare, q }) => ({ predicates, n: size, rate, errorShare, q })) } };
};

export const sliceRows: RunTool = async (input, context) => {
  const { evaluationId, path } = await evaluated(input, context);
  const predicates = input.list("slice").map(predicateOf);
  const selection: Selection = [...(predicates.length === 0 ? [] : [{ kind: "slice" as const, predicates }]), ...(input.flag("wrong") ? [{ kind: "wrong" as const }] : [])];
  const from = input.integer("from", 0);
  const rows = await context.ask(evaluationRows, { evaluationId, selection, threshold: null, sort: { column: "@loss", descending: true }, from, to: from + input.integer("limit", LISTED) });
  const columns = rows.columns.slice(0, SHOWN_COLUMNS);
  const listed = rows.rows.map((row, at) => ({ row, item: rows.keys[at] ?? "", wrong: rows.wrong[at] === true, values: Object.fromEntries(columns.map(({ name }, column) => [name, rows.cells[column]?.[at] ?? null])) }));
  const lines = listed.map(({ row, item, wrong, values }) => `row ${row + 1} (item ${item})${wrong ? " wrong" : ""}: ${columns.map(({ name, label }) => `${label} ${valueText(values[name] ?? null)}`).join(", ")}`);
  const text = [`${path}, worst first. ${pageLine(from, listed.length, rows.total, "rows")}`, ...lines, ...(rows.columns.length > columns.length ? [`${rows.columns.length - columns.length} more columns are in the file.`] : [])].join("\n");
  return { text, data: { path, total: rows.total, from, rows: listed } };
};

function predicateOf(given: Input): Predicate {
  const [feature, op, value] = [given.text("feature"), given.text("op"), given.value("value")];
  if (op === "=" && typeof value === "string") return { feature, op, value };
  if (op === "in" && Array.isArray(value)) {
    const bound = (one: unknown): number | null => (typeof one === "number" ? one : null);
    return { feature, op, value: [bound(value[0]), bound(value[1])] };
  }
  if (op === "missing") return { feature, op, value: null };
  throw wrongInput(`The value of ${feature} ${op} has the wrong kind: \`=\` takes a text, \`in\` takes [low, high), \`missing\` takes null.`);
}
