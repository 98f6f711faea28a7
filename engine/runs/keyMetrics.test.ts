import assert from "node:assert/strict";
import { test } from "node:test";
import { launchOf, withStore } from "../store/store.fixture.ts";
import { directionOf, keyMetrics, runKeys } from "./keyMetrics.ts";
import { openRunTable } from "./openTable.ts";
import { runQuery } from "./query.ts";

test("the key metric is declared, else the last one on held-out data, else none", () => {
  const keys = ["train_loss", "val_loss", "val_f1", "system/test_cpu"];
  assert.deepEqual(keyMetrics(keys, [{ key: "train_loss", direction: null }]), ["train_loss"]);
  assert.deepEqual(keyMetrics(keys, []), ["val_f1"]);
  assert.deepEqual(keyMetrics(["loss", "interval"], []), []);
});

test("a declared direction wins over the name's; an unknown name has none", () => {
  assert.deepEqual(directionOf("val_f1", [{ key: "val_f1", direction: "down" }]), { direction: "down", directionFrom: "declared" });
  assert.deepEqual(directionOf("val_f1", []), { direction: "up", directionFrom: "name" });
  assert.deepEqual(directionOf("zeta", []), { direction: "unknown", directionFrom: "none" });
});

test("the metric that is declared first leads, whatever was logged first", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    await store.write("launch.create", launchOf("l", "r"));
    const metric = (key: string) => ({ key, value: 1, step: 1, time: 1, origin: "script" as const });
    await store.write("launch.events", { launchId: "l", stream: "events", from: 0, to: 1, metrics: ["train_loss", "val_loss", "val_f1"].map(metric) });
    const keys = runKeys(table, runQuery(table, {}).rows, [
      { key: "val_f1", direction: "up" },
      { key: "val_loss", direction: "down" },
    ]);
    assert.deepEqual(keys.metrics.map(({ key }) => key), ["val_f1", "val_loss", "train_loss"]);
    assert.equal(keys.defaults[0], "metrics.val_f1");
  }));

test("a param varies where its value differs or a run has none; alone in its values it does not", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    for (const [at, params] of [["1", { lr: "0.1", depth: "3" }], ["2", { lr: "0.2", depth: "3", seed: "7" }]] as const) {
      await store.write("launch.create", { ...launchOf(`l${at}`, `r${at}`), params: Object.entries(params).map(([key, value]) => ({ key, value, source: "argument" as const })) });
    }
    const { params } = runKeys(table, runQuery(table, {}).rows, []);
    assert.deepEqual(Object.fromEntries(params.map(({ key, varies }) => [key, varies])), { lr: true, depth: false, seed: true });
  }));
