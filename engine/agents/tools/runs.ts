import { runsCompare } from "../../api/compare.ts";
import { metricCurves, runsAnswer, runsGet, runsKeys, runsPositions, runsWindow, type RunQuery } from "../../api/runs.ts";
import { briefDuration } from "../../runs/answer.ts";
import { type Input, pageLine, plain, type RunTool, type ToolContext, wrongInput } from "../ask.ts";
import { few, shortId, valueText } from "../words.ts";

const LISTED = 10;

function queryOf(input: Input): RunQuery {
  const [filter, script] = [input.optionalText("filter"), input.optionalText("script")];
  return { ...(filter === undefined ? {} : { filter }), ...(script === undefined ? {} : { script }), view: "active" };
}

function sortOf(texts: readonly string[]): { column: string; descending: boolean }[] {
  return texts.map((text) => (text.startsWith("-") ? { column: text.slice(1), descending: true } : { column: text, descending: false }));
}

export const searchRuns: RunTool = async (input, { ask }) => {
  const query: RunQuery = { ...queryOf(input), sort: sortOf(input.texts("sort")) };
  const from = input.integer("from", 0);
  const asked = input.texts("columns");
  const columns = asked.length > 0 ? asked : (await ask(runsKeys, { query })).defaults;
  const window = await ask(runsWindow, { query, columns, from, to: from + input.integer("limit", LISTED) });
  const rows = window.heads.map((head, at) => ({
    run: head.runId,
    title: head.title,
    status: head.status,
    start: head.start,
    values: Object.fromEntries(columns.map((column) => [column, window.columns[column]?.[at] ?? null])),
  }));
  const lines = rows.map(({ run, title, status, values }) => `${shortId(run)}  ${title}  ${status}  ${columns.map((column) => `${column} ${valueText(values[column] ?? null)}`).join(", ")}`);
  return { text: [pageLine(from, rows.length, window.matched, "runs"), ...lines].join("\n"), data: { total: window.matched, from, runs: rows } };
};

export const getRun: RunTool = async (input, { ask, runId }) => {
  const run = await ask(runsGet, { runId: runId(input.text("run")) });
  const params = run.params.toSorted((a, b) => Number(b.shown) - Number(a.shown) || Number(b.differs) - Number(a.differs));
  const metrics = run.metrics.filter(({ key }) => !key.startsWith("system/")).toSorted((a, b) => Number(b.isKey) - Number(a.isKey));
  const { launch } = run;
  const code = launch?.code ?? null;
  const text = [
    plain(run.answer),
    `run ${run.head.runId} of ${run.experimentName}${launch === null ? "" : `, command: ${launch.command.join(" ")}`}`,
    ...(code === null ? [] : [`code: ${code.commit === null ? "no commit" : code.commit.slice(0, 8)}${code.files.length === 0 ? ", clean" : `, +${code.added} −${code.removed} in ${code.files.length} files`}`]),
    ...few(params.map(({ key, value, source, differs }) => `param ${key} = ${value} (${source}${differs ? ", differs among runs" : ""})`), 20, "search_runs with columns"),
    ...few(metrics.map((metric) => `metric ${metric.key}: last ${valueText(metric.last)} at step ${metric.step}, range ${valueText(metric.min)} – ${valueText(metric.max)}, n ${metric.points} points`), 20, "run_metrics"),
    ...few([...run.inputs.map(({ path }) => `input ${path}`), ...run.outputs.map(({ path }) => `output ${path}`)], 12, "the run page"),
    ...Object.entries(run.tags).filter(([key]) => !key.startsWith("mlflow.")).slice(0, 10).map(([key, value]) => `tag ${key} = ${value}`),
    ...(run.note === "" ? [] : [`note: ${run.note}`]),
    ...(run.exception === null ? [] : [`${run.exception.rank === undefined ? "" : `rank ${run.exception.rank}: `}${run.exception.type}: ${run.exception.message}${run.exception.site === null ? "" : ` (${run.exception.site.file}:${run.exception.site.line})`}`, run.exception.traceback.split("\n").slice(-12).join("\n")]),
    ...(run.childIds.length === 0 ? [] : [`${run.childIds.length} child runs`]),
  ].join("\n");
  return {
    text,
    data: {
      run: run.head.runId,
      title: run.head.title,
      status: run.head.status,
      tookMs: run.head.end === null ? null : run.head.end - run.head.start,
      params: Object.fromEntries(params.filter(({ shown }) => shown).map(({ key, value }) => [key, value])),
      metrics: Object.fromEntries(metrics.slice(0, 50).map(({ key, last, step, min, max, points }) => [key, { last, step, min, max, n: points }])),
    },
  };
};

/** The run of the same script that began last before this one. */
async function before(runId: string, { ask }: ToolContext): Promise<string> {
  const { head } = await ask(runsGet, { runId });
  const query: RunQuery = { ...(head.script === null ? {} : { script: head.script }), topLevel: true, view: "active" };
  const [at] = (await ask(runsPositions, { query, runIds: [runId] })).positions;
  const window = at == null ? null : await ask(runsWindow, { query, columns: [], from: at, to: at + 1 });
  const found = window?.runIds[0];
  if (found === undefined) throw wrongInput("There is no earlier run of this script to compare with: name one in `against`.");
  return found;
}

export const whatChanged: RunTool = async (input, context) => {
  const run = context.runId(input.text("run"));
  const named = input.optionalText("against");
  const against = named === undefined ? await before(run, context) : context.runId(named);
  if (against === run) throw wrongInput("A run cannot be compared with itself.");
  return comparison(run, against, context);
};

/** A is the run that is compared with, B the one that is asked about. */
async function comparison(run: string, against: string, { ask }: ToolContext): ReturnType<RunTool> {
  const compared = await ask(runsCompare, { runIds: [against, run], against });
  const pair = (values: readonly unknown[]): string => `${String(values[0] ?? "—")} → ${String(values[1] ?? "—")}`;
  const params = compared.params.filter(({ differs }) => differs);
  const environment = compared.environment.filter(({ differs }) => differs);
  const metrics = compared.metrics.filter(({ differs }) => differs);
  const data = compared.data.filter(({ differs }) => differs);
  const text = [
    `A is ${shortId(against)} (${compared.heads[0]?.title ?? ""}), B is ${shortId(run)} (${compared.heads[1]?.title ?? ""}).`,
    plain(compared.answer),
    ...few(metrics.map(({ key, values, direction, seeds }) => `metric ${key}${direction === "unknown" ? "" : ` (better ${direction})`}: ${valueText(values[0] ?? null)} → ${valueText(values[1] ?? null)}, n ${seeds[0]?.n ?? 0} and ${seeds[1]?.n ?? 0} seeds`), 12, "compare them in the editor"),
    ...few(params.map(({ name, values }) => `param ${name}: ${pair(values)}`), 12, "compare them in the editor"),
    ...few(compared.code.files.map(({ path, changes }) => `code ${path}: ${changes[1] == null ? "differs" : `${changes[1].state}, +${changes[1].added ?? "?"} −${changes[1].removed ?? "?"}`}`), 12, "the diff in the editor"),
    ...few(data.map(({ name, bytes }) => `data ${name}: ${pair(bytes)} bytes, other content`), 8, "compare them in the editor"),
    ...few(environment.map(({ kind, name, values }) => `${kind} ${name}: ${pair(values)}`), 8, "compare them in the editor"),
    ...(compared.code.note === null ? [] : [compared.code.note]),
  ].join("\n");
  return {
    text,
    data: {
      a: against,
      b: run,
      metrics: metrics.map(({ key, values, differences, chances }) => ({ key, a: values[0] ?? null, b: values[1] ?? null, difference: differences[1] ?? null, interval: chances[1] ?? null })),
      params: params.map(({ name, values }) => ({ name, a: values[0] ?? null, b: values[1] ?? null })),
      code: compared.code.files.map(({ path }) => path),
      data: data.map(({ name }) => name),
    },
  };
}

/** A metric by its name, or by what filters and sort call it: `metrics.loss`. */
function metricNamed<M extends { readonly key: string }>(metrics: readonly M[], name: string): M | undefined {
  return metrics.find(({ key }) => key === name) ?? metrics.find(({ key }) => `metrics.${key}` === name);
}

export const bestRun: RunTool = async (input, context) => {
  const { ask } = context;
  const query = queryOf(input);
  const keys = await ask(runsKeys, { query });
  const named = input.optionalText("metric");
  const metric = named === undefined ? (keys.metrics.find(({ isKey }) => isKey) ?? null) : (metricNamed(keys.metrics, named) ?? null);
  if (named !== undefined && metric === null) throw wrongInput(`No run has a metric ${named}. There are: ${keys.metrics.slice(0, 20).map(({ key }) => key).join(", ") || "none"}.`);
  const overall = await ask(runsAnswer, { query, columns: [] });
  if (metric === null || metric.direction === "unknown") {
    const why = metric === null ? "No metric is named as held-out (val, test) or declared in touchstone.yaml." : `Whether ${metric.key} should rise or fall is not known: declare it in touchstone.yaml.`;
    return { text: [plain(overall.answer), why].filter((line) => line !== "").join("\n"), data: { best: null, reason: why } };
  }
  const column = `metrics.${metric.key}`;
  const ranked = { ...query, filter: `${query.filter === undefined ? "" : `(${query.filter}) and `}status = "finished"`, sort: [{ column, descending: metric.direction === "up" }] };
  const window = await ask(runsWindow, { query: ranked, columns: [column], from: 0, to: 3 });
  const values = window.columns[column] ?? [];
  const [best, second] = window.runIds;
  if (best === undefined || values[0] == null) return { text: `No finished run has ${metric.key}.`, data: { best: null, reason: `No finished run has ${metric.key}.` } };
  const lines = window.heads.map((head, at) => `${at + 1}. ${shortId(head.runId)} ${head.title}: ${metric.key} ${valueText(values[at] ?? null)}`);
  const why = second === undefined ? null : await comparison(best, second, context);
  return {
    text: [
      ...(metric.isKey || named === undefined ? [plain(overall.answer)] : []),
      `By the single value of ${metric.key} (better ${metric.direction}), n ${window.matched} finished runs:`,
      ...lines,
      ...(why === null ? [] : ["The best against the next:", why.text]),
    ].join("\n"),
    data: { metric: metric.key, direction: metric.direction, n: window.matched, best, ranked: window.runIds.map((run, at) => ({ run, value: values[at] ?? null })), why: why?.data ?? null },
  };
};

export const runMetrics: RunTool = async (input, { ask, runId }) => {
  const id = runId(input.text("run"));
  const key = input.optionalText("key");
  const run = await ask(runsGet, { runId: id });
  if (key === undefined) {
    const from = input.integer("from", 0);
    const shown = run.metrics.slice(from, from + 50);
    const lines = shown.map((one) => `${one.key}: last ${valueText(one.last)} at step ${one.step}, range ${valueText(one.min)} – ${valueText(one.max)}, n ${one.points}`);
    return { text: [pageLine(from, shown.length, run.metrics.length, "metrics"), ...lines].join("\n"), data: { total: run.metrics.length, from, metrics: shown.map(({ key: name, last, step, min, max, points }) => ({ key: name, last, step, min, max, n: points })) } };
  }
  const summary = metricNamed(run.metrics, key);
  if (summary === undefined) throw wrongInput(`The run has no metric ${key}. It has: ${run.metrics.slice(0, 20).map((one) => one.key).join(", ") || "none"}.`);
  const { curves } = await ask(metricCurves, { runIds: [id], key, x: "step", maxPoints: input.integer("points", 20) });
  const [curve] = curves;
  const points = Array.from(curve?.x ?? [], (x, at) => ({ step: x, value: curve?.y[at] ?? Number.NaN }));
  const took = run.head.end === null ? "" : ` in ${briefDuration(run.head.end - run.head.start)}`;
  return {
    text: [`${key}: ${summary.points} points${took}, last ${valueText(summary.last)} at step ${summary.step}, range ${valueText(summary.min)} – ${valueText(summary.max)}${points.length < summary.points ? `; ${points.length} shown, extremes kept` : ""}.${curve?.lacks === undefined ? "" : ` Points may be missing: ${curve.lacks}`}`, points.map(({ step, value }) => `${step}: ${valueText(value)}`).join(", ")].join("\n"),
    data: { key, n: summary.points, points: points.map(({ step, value }) => ({ step, value: Number.isFinite(value) ? value : String(value) })) },
  };
};
