import { openStore } from "../../engine/store/store.ts";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { runHead, tableColumn } from "../../engine/runs/cells.ts";
import type { RunTable } from "../../engine/runs/columns/runTable.ts";
import { runKeys } from "../../engine/runs/keyMetrics.ts";
import { openRunTable } from "../../engine/runs/openTable.ts";
import { runQuery, scopeRows } from "../../engine/runs/query.ts";
import type { RunQuery } from "../../engine/api/runs.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";
import { fillStore } from "./manyRuns.ts";

const REPEATS = 7;

/** Median of some calls; the first one, which also fills caches, is left out where `warm`. */
function milliseconds(action: () => unknown, warm = true): number {
  const times: number[] = [];
  for (let i = 0; i < (warm ? REPEATS + 1 : 1); i++) {
    const start = performance.now();
    action();
    if (!warm || i > 0) times.push(performance.now() - start);
  }
  return median(times);
}

/** What `runs/window` does for the first rows of a page with 40 columns. */
function firstWindow(table: RunTable, query: RunQuery): unknown {
  const rows = [...runQuery(table, query).rows.subarray(0, 60)];
  const columns = [...[...table.metrics.keys()].map((key) => `metrics.${key}`), ...[...table.params.keys()].map((key) => `params.${key}`), ...[...table.tags.keys()].map((key) => `tags.${key}`)];
  return [rows.map((row) => runHead(table, row)), columns.map((id) => rows.map(tableColumn(table, id).cell))];
}

async function measure(runs: number, say: (line: string) => void): Promise<Figure[]> {
  const { folder, dispose } = temporaryFolder();
  try {
    let start = performance.now();
    const store = await openStore({ folder });
    await fillStore(store, runs);
    say(`  ${runs} runs written in ${Math.round((performance.now() - start) / 1000)} s`);
    globalThis.gc?.();
    start = performance.now();
    const table = openRunTable(store);
    const load = performance.now() - start;
    const what = `${runs.toLocaleString("en-US")} runs × 40 columns`;
    const first = runs <= 10_000 ? "< 300 ms" : "< 500 ms";
    const figures: Figure[] = [
      { what: `${what}: engine start, columns into memory`, value: load, unit: "ms" },
      { what: `${what}: first window, cold`, value: milliseconds(() => firstWindow(table, {}), false), unit: "ms", budget: `${first} with the page` },
      { what: `${what}: keys and default columns`, value: milliseconds(() => runKeys(table, scopeRows(table, {}), [])), unit: "ms" },
    ];
    const queries: readonly (readonly [string, RunQuery])[] = [
      ["newest first", {}],
      ["sort by a metric", { sort: [{ column: "metrics.val_f1", descending: true }] }],
      ["sort by a param of numbers", { sort: [{ column: "params.param_1", descending: false }] }],
      ["sort by two columns", { sort: [{ column: "params.param_0", descending: false }, { column: "metrics.metric_3", descending: true }] }],
      ["filter of two terms", { filter: "metrics.val_f1 > .9 and params.param_0 = 'gbm'" }],
      ["filter with LIKE, and sort", { filter: "tags.tag_1 like '%7' or metrics.metric_2 between 0.2 and 0.3", sort: [{ column: "metrics.val_f1", descending: true }] }],
    ];
    for (const [name, query] of queries) figures.push({ what: `${what}: ${name}`, value: milliseconds(() => runQuery(table, query)), unit: "ms", budget: "< 50 ms" });
    figures.push({ what: `${what}: sort by title, cold`, value: milliseconds(() => runQuery(table, { sort: [{ column: "run", descending: false }] }), false), unit: "ms" });
    globalThis.gc?.();
    figures.push({ what: `${what}: memory of this process`, value: process.memoryUsage().rss / 2 ** 20, unit: "MB", ...(runs <= 10_000 ? { budget: "< 150 MB" } : {}) });
    await store.close();
    return figures;
  } finally {
    dispose();
  }
}

const benchmark: Benchmark = {
  title: "runs table in the engine: open, sort, filter",
  async run({ say }) {
    return [...(await measure(10_000, say)), ...(await measure(100_000, say))];
  },
};
export default benchmark;
