// node tableFigures.ts FOLDER: opens a filled store and prints figures of the runs table as JSON.
import type { RunQuery } from "../../engine/api/runs.ts";
import type { GroupBy } from "../../engine/api/groups.ts";
import { runHead, tableColumn } from "../../engine/runs/cells.ts";
import type { RunTable } from "../../engine/runs/columns/runTable.ts";
import { runKeys } from "../../engine/runs/keyMetrics.ts";
import { configurations } from "../../engine/runs/groups/configurations.ts";
import { groupRuns, groupSteps, groupWindow, windowSteps } from "../../engine/runs/groups/window.ts";
import { singly } from "../../engine/runs/groups/partition.ts";
import { findBaseline } from "../../engine/runs/baseline.ts";
import { compareMetrics } from "../../engine/compare/metrics.ts";
import { columnSpread } from "../../engine/runs/spread.ts";
import { bestOfColumns, tableAnswer } from "../../engine/runs/tableAnswer.ts";
import { atOnce, type Steps } from "../../engine/runs/turns.ts";
import { openRunTable } from "../../engine/runs/openTable.ts";
import { runQuery, scopeRows } from "../../engine/runs/query.ts";
import { openStore } from "../../engine/store/store.ts";
import { type Figure, median } from "./benchmark.ts";

const REPEATS = 9;

function once(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Median of repeated calls after a first one, which also fills caches. */
function repeated(action: () => unknown): number {
  once(action);
  return median(Array.from({ length: REPEATS }, () => once(action)));
}

/** What `runs/window` does for the first rows of a page with all columns. */
function firstWindow(table: RunTable, query: RunQuery): unknown {
  const rows = [...runQuery(table, query).rows.subarray(0, 60)];
  const columns = (["metrics", "params", "tags"] as const).flatMap((kind) => [...table[kind].keys()].map((key) => `${kind}.${key}`));
  return [rows.map((row) => runHead(table, row)), columns.map((id) => rows.map(tableColumn(table, id).cell))];
}

/** What `runs/groups` does for a page of 60 lines with the columns of a new table, the first three groups unfolded. */
function groupsWindow(table: RunTable, query: RunQuery, by: GroupBy): unknown {
  const grouped = groupRuns({ table, declared: [], baseline: null }, query, by);
  const open = [...grouped.order.subarray(0, 3)].map((group) => `group:${table.run(Math.min(...grouped.groups.rows(group))).runId}`);
  return groupWindow(grouped, shown, open, 0, 60);
}

let version = 1e9;
/** What a change costs that goes out to the pages. */
function baselineAfterPoint(): unknown {
  table.apply({ version: ++version, experiments: [], launches: [], runs: [], latest: [{ runKey: table.run(7).runKey, key: "val_f1", value: Math.random(), step: 1, time: 0, min: 0, max: 0, points: 1, origin: "client" }], goneLatest: [], params: [], tags: [] });
  return findBaseline(table, { where: "metrics.val_f1 > 2" });
}

/** The longest step of work that takes turns. */
function longest(steps: Steps<unknown>): number {
  for (let most = 0; ; ) {
    const start = performance.now();
    const { done } = steps.next();
    most = Math.max(most, performance.now() - start);
    if (done === true) return most;
  }
}

function* groupedSteps(): Steps<unknown> {
  return yield* windowSteps(yield* groupSteps({ table, declared: [], baseline: null }, byMean, "seeds"), shown, [], 0, 60);
}

const store = await openStore({ folder: process.argv[2] ?? "" });
const before = performance.now();
const table = openRunTable(store);
const load = performance.now() - before;
const what = `${table.count.toLocaleString("en-US")} runs × 40 columns`;
const queries: readonly (readonly [string, RunQuery])[] = [
  ["newest first", {}],
  ["sort by a metric", { sort: [{ column: "metrics.val_f1", descending: true }] }],
  ["sort by a param of numbers", { sort: [{ column: "params.param_1", descending: false }] }],
  ["sort by two columns", { sort: [{ column: "params.param_0", descending: false }, { column: "metrics.metric_3", descending: true }] }],
  ["filter of two terms", { filter: "metrics.val_f1 > .9 and params.param_0 = 'gbm'" }],
  ["filter with LIKE, and sort", { filter: "tags.tag_1 like '%7' or metrics.metric_2 between 0.2 and 0.3", sort: [{ column: "metrics.val_f1", descending: true }] }],
];
/** The columns of a new table. */
const shown = runKeys(table, scopeRows(table, {}), []).defaults;
const byMean: RunQuery = { sort: [{ column: "metrics.val_f1", descending: true }] };
const groupings: readonly (readonly [string, RunQuery, GroupBy])[] = [
  ["grouped by a param of 4 values", {}, ["params.param_0"]],
  ["grouped by a param of 8 values, sorted by a mean", byMean, ["params.param_5"]],
  ["grouped by three columns (320 groups), sorted by a mean", byMean, ["params.param_0", "params.param_5", "tags.tag_1"]],
  ["grouped by a param of many values, sorted by a mean", byMean, ["params.param_1"]],
  ["grouped by configuration, sorted by a mean", byMean, "seeds"],
];
const scope = { table, declared: [], baseline: null, baselineDeclared: false };
const figures: Figure[] = [
  { what: `${what}: columns into memory`, value: load, unit: "ms" },
  { what: `${what}: first window, cold`, value: once(() => firstWindow(table, {})), unit: "ms", budget: table.count <= 10_000 ? "< 300 ms with the page" : "< 500 ms with the page" },
  { what: `${what}: keys and default columns`, value: repeated(() => runKeys(table, scopeRows(table, {}), [])), unit: "ms" },
  ...queries.map(([name, query]): Figure => ({ what: `${what}: ${name}`, value: repeated(() => runQuery(table, query)), unit: "ms", budget: "< 50 ms" })),
  { what: `${what}: configurations found anew (after a param changed)`, value: once(() => configurations(table)), unit: "ms" },
  ...groupings.map(([name, query, by]): Figure => ({ what: `${what}: ${name}`, value: repeated(() => groupsWindow(table, query, by)), unit: "ms", budget: "< 50 ms" })),
  { what: `${what}: the table's sentence`, value: repeated(() => atOnce(tableAnswer(scope, scopeRows(table, {})))), unit: "ms" },
  { what: `${what}: the best of each column`, value: repeated(() => atOnce(bestOfColumns(scope, singly(scopeRows(table, {})), Uint32Array.from({ length: table.count }, (_, row) => row), shown))), unit: "ms" },
  ...["metrics.val_f1", "params.param_1", "start"].map((id): Figure => ({ what: `${what}: spread of ${id}`, value: repeated(() => atOnce(columnSpread(table, scopeRows(table, {}), id, null))), unit: "ms" })),
  { what: `${what}: the baseline by an expression, after a logged point`, value: repeated(baselineAfterPoint), unit: "ms", budget: "< 16 ms" },
  { what: `${what}: metrics of four runs compared`, value: repeated(() => compareMetrics(table, [0, 5, 10, 15], 0, [])), unit: "ms", budget: "< 20 ms" },
  { what: `${what}: longest hold of the main thread by the sentence, a grouped window and a spread`, value: Math.max(longest(tableAnswer(scope, scopeRows(table, {}))), longest(groupedSteps()), longest(columnSpread(table, scopeRows(table, {}), "params.param_1", null))), unit: "ms", budget: "< 20 ms" },
  { what: `${what}: sort by title, cold`, value: once(() => runQuery(table, { sort: [{ column: "run", descending: false }] })), unit: "ms" },
];
await store.close();
process.stdout.write(JSON.stringify(figures));
