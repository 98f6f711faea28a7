import { runsAnswer, type RunsAnswer } from "../../api/cli.ts";
import { runsGet, runsWindow, type RunDetail, type RunQuery } from "../../api/runs.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { ExpressionError } from "../../expressions/problem.ts";
import { hasStore } from "../../life/folder.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { cellText, dateText, durationText, NO_STORE_HINT, noStore, numberText, table } from "../text.ts";

const DEFAULT_LIMIT = 100;
/** Columns of metrics, and of params, that the table has room for; and how many of the others are named below it. */
const SHOWN = 5;
const NAMED = 10;

export const command = defineCommand({
  usage: "[options]",
  options: {
    filter: { value: "EXPR", short: "f", about: "only runs for which it is true, e.g. 'metrics.val_f1 > .9 and params.model = \"gbm\"'" },
    sort: { value: "COLUMN", short: "s", multiple: true, about: "e.g. metrics.val_f1, or '-metrics.val_f1' for the largest first; may be repeated (default -start)" },
    limit: { value: "N", short: "n", about: `at most so many (default ${DEFAULT_LIMIT}, at most 100000)` },
    script: { value: "FILE", about: "only runs of this script, relative to the store's folder" },
    deleted: { about: "deleted runs instead" },
  },
  schema: runsAnswer,
  async run(call) {
    const limit = call.options.integer("limit", 1, 100_000) ?? DEFAULT_LIMIT;
    const filter = call.options.text("filter");
    const script = call.options.text("script");
    const query: RunQuery = {
      ...(filter === null ? {} : { filter }),
      ...(script === null ? {} : { script }),
      sort: call.options.list("sort").map(sortColumn),
      view: call.options.flag("deleted") ? "deleted" : "active",
    };
    if (!hasStore(call.folder)) {
      if (call.json) return { answer: [] };
      call.write(new TextEncoder().encode(`${noStore(call.folder)}\n${NO_STORE_HINT}\n`));
      return { answer: null };
    }
    const connection = call.engine();
    const runIds: string[] = [];
    while (runIds.length < limit) {
      const window = await pointing(filter, connection.request(runsWindow, { query, columns: [], from: runIds.length, to: limit }, { signal: call.signal }));
      runIds.push(...window.runIds);
      if (window.runIds.length === 0 || runIds.length >= window.matched) break;
    }
    const details: RunDetail[] = [];
    for (let at = 0; at < runIds.length; at += 16) {
      details.push(...(await Promise.all(runIds.slice(at, at + 16).map((runId) => connection.request(runsGet, { runId }, { signal: call.signal })))));
    }
    if (details.length === 0 && !call.json) {
      const { matched } = await connection.request(runsWindow, { query: { view: query.view ?? "active" }, columns: [], from: 0, to: 0 }, { signal: call.signal });
      call.write(new TextEncoder().encode(`${nothing(query, matched)}\n`));
      return { answer: null };
    }
    return { answer: details.map(row) };
  },
  print(runs, out) {
    const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].filter((key) => !key.startsWith("system/"));
    const varying = [...new Set(runs.flatMap((run) => Object.keys(run.params)))].filter((key) => new Set(runs.map((run) => run.params[key])).size > 1);
    const [keys, params] = [metrics.slice(0, SHOWN), varying.slice(0, SHOWN)];
    const rows = runs.map((run) => [
      run.runId.slice(0, 8),
      cellText(run.title, 60),
      run.status,
      dateText(run.start),
      run.end === null ? "" : durationText(run.end - run.start),
      ...keys.map((key) => numberText(run.metrics[key]?.last ?? null)),
      ...params.map((key) => cellText(run.params[key] ?? "—")),
    ]);
    for (const line of table(["run", "name", "state", "start (UTC)", "took", ...[...keys, ...params].map((key) => cellText(key, 40))], rows, [4, ...keys.map((_, index) => 5 + index)])) out(line);
    const left = [...metrics.slice(SHOWN), ...varying.slice(SHOWN)];
    if (left.length > 0) out(`+${left.length} more: ${left.slice(0, NAMED).join(", ")}${left.length > NAMED ? ", …" : ""}; --json has all`);
  },
});

/** What is said where no run is listed; `there` are as many without filter and script. */
function nothing({ filter, script, view }: RunQuery, there: number): string {
  const kind = view === "deleted" ? "deleted run" : "run";
  if (there === 0) return view === "deleted" ? "No run is deleted." : "No run. Record one with: touchstone run -- python train.py";
  const all = `${there} ${kind}${there === 1 ? " is" : "s are"} here without`;
  return filter === undefined ? `No ${kind} of ${script ?? ""}; ${all} --script.` : `No ${kind} for which ${filter} is true; ${all} --filter${script === undefined ? "" : " and --script"}.`;
}

/** An error in the filter points at its place: the engine knows the names, this process has the text. */
async function pointing<T>(filter: string | null, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { code, message, offset, length, hint } = error instanceof TouchstoneError ? error.shape : {};
    if (filter === null || code !== "EXPRESSION" || message === undefined || offset === undefined || length === undefined) throw error;
    throw new ExpressionError(filter, { offset, length }, message, hint === undefined ? {} : { hint });
  }
}

function sortColumn(text: string): { column: string; descending: boolean } {
  const descending = text.startsWith("-");
  const column = descending ? text.slice(1) : text;
  if (column === "") throw wrongUse("--sort needs a column, e.g. metrics.val_f1 or -start.");
  return { column, descending };
}

function row({ head, name, launch, params, metrics }: RunDetail): Omit<RunsAnswer[number], "schemaVersion"> {
  return {
    runId: head.runId,
    name: name === "" ? head.title : name,
    title: head.title,
    status: head.status,
    script: head.script,
    commit: launch?.code?.commit ?? null,
    params: Object.fromEntries(params.filter(({ shown }) => shown).map(({ key, value }) => [key, value])),
    metrics: Object.fromEntries(metrics.map(({ key, last, step, min, max }) => [key, { last, step, min, max }])),
    start: head.start,
    end: head.end,
  };
}
