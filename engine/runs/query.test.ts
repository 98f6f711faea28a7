import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunQuery } from "../api/runs.ts";
import { withStore } from "../store/store.fixture.ts";
import { runHead } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { listExperiments } from "./experiments.ts";
import { keyMetrics, runKeys } from "./keyMetrics.ts";
import { openRunTable } from "./openTable.ts";
import { runQuery, scopeRows } from "./query.ts";
import { coded, storeRuns } from "./runs.fixture.ts";

const ids = (table: RunTable, query: RunQuery) => Array.from(runQuery(table, query).rows, (row) => table.run(row).runId);

const five = [
  { id: "a", params: { lr: "0.1", depth: "6", seed: "1" }, metrics: { val_f1: 0.9, loss: 0.3 } },
  { id: "b", params: { lr: "0.02", depth: "6", seed: "2" }, metrics: { val_f1: Number.NaN, loss: 0.2 } },
  { id: "c", params: { lr: "1e-3", depth: "8", seed: "3" }, metrics: { val_f1: 0.95 }, tags: { team: "Blue" } },
  { id: "d", params: { lr: "auto", depth: "6", seed: "4" }, metrics: {} },
  { id: "e", metrics: { val_f1: -1 }, script: "other.py" },
];

test("sorted by a metric, by params as numbers, by several columns, newest first without a word", () =>
  withStore(async (store) => {
    await storeRuns(store, five);
    const table = openRunTable(store);
    assert.deepEqual(ids(table, {}), ["e", "d", "c", "b", "a"]);
    assert.deepEqual(ids(table, { sort: [{ column: "metrics.val_f1", descending: true }] }), ["c", "a", "e", "b", "d"]);
    assert.deepEqual(ids(table, { sort: [{ column: "metrics.val_f1", descending: false }] }), ["e", "a", "c", "b", "d"]);
    assert.deepEqual(ids(table, { sort: [{ column: "params.lr", descending: false }] }), ["c", "b", "a", "d", "e"]);
    assert.deepEqual(ids(table, { sort: [{ column: "params.depth", descending: true }, { column: "start", descending: false }] }), ["c", "a", "b", "d", "e"]);
    assert.throws(() => ids(table, { sort: [{ column: "colour", descending: true }] }), coded("UNKNOWN_COLUMN"));
  }));

test("filtered by the one grammar, scoped by script, run, view and parent", () =>
  withStore(async (store) => {
    await storeRuns(store, five);
    const table = openRunTable(store);
    assert.deepEqual(ids(table, { filter: "metrics.val_f1 > .5 and params.lr >= 0.01" }), ["a"]);
    assert.deepEqual(ids(table, { filter: "params.depth = '6' or tags.team ilike 'blue'" }), ["d", "c", "b", "a"]);
    assert.deepEqual(ids(table, { filter: "metrics.loss is null and script = 'train.py'" }), ["d", "c"]);
    assert.deepEqual(ids(table, { filter: "status = 'RUNNING' and not attributes.run_id in ('a', 'b')" }), ["e", "d", "c"]);
    assert.deepEqual(ids(table, { script: "other.py" }), ["e"]);
    assert.deepEqual(ids(table, { runIds: ["c", "a", "nobody", "c"] }), ["c", "a"]);
    assert.throws(() => ids(table, { filter: "metrics.val_f1 >" }), coded("EXPRESSION"));
    await store.write("run.update", { runIds: ["a"], deleted: true });
    await store.write("run.create", { runId: "child", experimentId: "1", parentRunId: "b", name: "n", named: true, user: null, start: 5_000, tags: [] });
    assert.deepEqual(ids(table, { topLevel: true }), ["e", "d", "c", "b"]);
    assert.deepEqual(ids(table, { view: "deleted" }), ["a"]);
    assert.deepEqual(ids(table, { parent: "b" }), ["child"]);
    assert.equal(runHead(table, table.row("b") ?? -1).children, 1);
  }));

test("what a table that was kept current shows is what one that reads the store anew shows", () =>
  withStore(async (store) => {
    const live = openRunTable(store);
    await storeRuns(store, five);
    await store.write("run.logBatch", { runId: "a", metrics: [{ key: "loss", value: 0.1, step: 1, time: 9 }], params: [{ key: "lr", value: "0.5" }], tags: [{ key: "team", value: "red" }] });
    await store.write("run.update", { runIds: ["c"], deleteTags: ["team"], starred: true, name: "mine" });
    const fresh = openRunTable(store);
    const seen = (table: RunTable) => ({
      heads: Array.from({ length: table.count }, (_, row) => runHead(table, row)),
      keys: runKeys(table, scopeRows(table, {}), []),
      experiments: listExperiments(table, "all", []),
      lr: ids(table, { sort: [{ column: "params.lr", descending: true }] }),
    });
    assert.deepEqual(seen(live), seen(fresh));
    assert.equal(live.params.get("lr")?.get(live.row("a") ?? -1), "0.5", "the client's own value is shown");
  }));

test("titles: a person's name, else the script's own, else the params that tell siblings apart", () =>
  withStore(async (store) => {
    await storeRuns(store, five);
    const table = openRunTable(store);
    const title = (id: string) => table.title(table.row(id) ?? -1);
    assert.deepEqual(["a", "b", "c", "e"].map(title), ["lr 0.1 · depth 6 · seed 1", "lr 0.02 · depth 6 · seed 2", "lr 1e-3 · depth 8 · seed 3", "run-e"]);
    await store.write("run.update", { runIds: ["a"], name: "the good one", nameFrom: "person" });
    await store.write("run.update", { runIds: ["b"], name: "gbm", nameFrom: "client" });
    assert.deepEqual(["a", "b"].map(title), ["the good one", "gbm"]);
    await store.write("run.update", { runIds: ["c"], name: "linear", nameFrom: "client" });
    assert.deepEqual(["b", "c"].map(title), ["gbm", "linear"]);
    await store.write("run.update", { runIds: ["a"], name: "from the script", nameFrom: "client" });
    assert.equal(title("a"), "the good one");
  }));

test("key metrics: declared, else the last one on held-out data, else none; columns of a new table", () =>
  withStore(async (store) => {
    await storeRuns(store, five.slice(0, 4));
    const table = openRunTable(store);
    const keys = runKeys(table, scopeRows(table, {}), []);
    assert.deepEqual(keys.metrics.map(({ key, runs, direction, isKey }) => [key, runs, direction, isKey]).sort(), [["loss", 2, "down", false], ["val_f1", 3, "up", true]]);
    assert.deepEqual(keys.defaults, ["metrics.val_f1", "metrics.loss", "params.depth", "params.lr", "params.seed"]);
    assert.deepEqual(keys.params.map(({ key, distinct, numeric }) => [key, distinct, numeric]).sort(), [["depth", 2, true], ["lr", 4, false], ["seed", 4, true]]);
    assert.deepEqual(keyMetrics(["val_loss", "loss", "test/acc", "lr"], []), ["test/acc"]);
    assert.deepEqual(keyMetrics(["evaluate", "loss", "interval"], []), []);
    assert.deepEqual(keyMetrics(["val_loss", "loss"], [{ key: "loss", direction: "up" }, { key: "gone", direction: null }]), ["loss"]);
    assert.deepEqual(listExperiments(table, "active", []).map(({ name, runs, best }) => [name, runs, best]), [["train.py", 4, { runId: "c", key: "val_f1", value: 0.95 }]]);
  }));
