import assert from "node:assert/strict";
import { test } from "node:test";
import { withStore } from "../store/store.fixture.ts";
import { NonFiniteWatch } from "./nonFinite.ts";
import { openRunTable } from "./openTable.ts";
import { storeRuns } from "./runs.fixture.ts";

test("a key metric that becomes NaN or infinite is told once a run; others, and runs that are over, are not", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    const watch = new NonFiniteWatch(table, () => [{ key: "val_f1", direction: "up" }]);
    const told: string[] = [];
    store.onChange((change) => told.push(...watch.look(change).map(({ runId, launchId, title, metric, value, step }) => `${runId} ${launchId} ${title}: ${metric} ${value} at ${step}`)));
    await storeRuns(store, [{ id: "a", params: { lr: "9" } }, { id: "b", params: { lr: "1" } }, { id: "c", params: { lr: "2" } }]);
    const log = (runId: string, key: string, step: number, value: number) => store.write("run.logBatch", { runId, metrics: [{ key, value, step, time: step }], params: [], tags: [] });
    await log("a", "val_f1", 1, 0.5);
    await log("a", "grad_norm", 1, Number.POSITIVE_INFINITY);
    await log("a", "train_loss", 2, Number.NaN);
    assert.deepEqual(told, []);
    await log("a", "val_f1", 2, Number.NaN);
    await log("a", "val_f1", 3, Number.NaN);
    await log("b", "val_f1", 7, Number.POSITIVE_INFINITY);
    assert.deepEqual(told, ["a launch-a lr 9: val_f1 NaN at 2", "b launch-b lr 1: val_f1 Infinity at 7"]);
    await store.write("run.update", { runIds: ["c"], status: "finished" });
    await log("c", "val_f1", 1, Number.NaN);
    assert.equal(told.length, 2);
  }));

test("a run that logs no key metric is told of its loss, never of a number without a direction", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    const watch = new NonFiniteWatch(table, () => []);
    const told: string[] = [];
    store.onChange((change) => told.push(...watch.look(change).map(({ metric }) => metric)));
    await storeRuns(store, [{ id: "a", metrics: { loss: Number.NaN, zeta: Number.NaN } }]);
    assert.deepEqual(told, ["loss"]);
  }));

test("a NaN that a number follows in the same commit is told, with its step", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    const watch = new NonFiniteWatch(table, () => []);
    const told: string[] = [];
    store.onChange((change) => told.push(...watch.look(change).map(({ runId, value, step }) => `${runId} ${value} at ${step}`)));
    await storeRuns(store, [{ id: "a" }, { id: "b" }]);
    const point = (step: number, value: number) => ({ key: "loss", value, step, time: step });
    const log = (runId: string, metrics: readonly ReturnType<typeof point>[]) => store.write("run.logBatch", { runId, metrics, params: [], tags: [] });
    await log("a", [point(1, 0.5), point(2, Number.NaN), point(3, Number.POSITIVE_INFINITY), point(4, 0.4)]);
    // Writes that wait together are one commit.
    await Promise.all([log("b", [point(1, 0.5)]), log("b", [point(2, Number.NEGATIVE_INFINITY)]), log("b", [point(3, 0.25)]), log("b", [point(4, Number.NaN)])]);
    assert.deepEqual(told, ["a NaN at 2", "b -Infinity at 2"]);
  }));
