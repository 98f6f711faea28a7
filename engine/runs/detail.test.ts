import assert from "node:assert/strict";
import { test } from "node:test";
import { withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import type { RunTable } from "./columns/runTable.ts";
import type { RunsChanged } from "../api/runs.ts";
import { brief, briefDuration } from "./answer.ts";
import { ChangeFeed } from "./changes.ts";
import { runDetail } from "./detail.ts";
import { openRunTable } from "./openTable.ts";
import { coded, storeRuns } from "./runs.fixture.ts";

/** What a feed of this table tells, and a wait for its next event. */
function followChanges(store: Store, table: RunTable): { events: RunsChanged[]; next: () => Promise<void>; close: () => void } {
  const events: RunsChanged[] = [];
  let told: () => void = () => undefined;
  const feed = new ChangeFeed(table, () => null, (changed) => {
    events.push(changed);
    told();
  });
  store.onChange((change) => feed.take(change));
  return { events, next: () => new Promise((resolve) => (told = resolve)), close: () => feed.close() };
}

test("a run's page: values with their sources, where each metric is logged, the answer in a sentence", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a", params: { lr: "0.1" }, metrics: { val_f1: 0.9 } }, { id: "b", params: { lr: "0.2" }, metrics: { val_f1: 0.93125 } }, { id: "c", params: { lr: "0.3" } }]);
    await store.write("run.logBatch", { runId: "a", metrics: [{ key: "val_f1", value: Number.NaN, step: 1, time: 2_000 }, { key: "val_f1", value: 0.88, step: 2, time: 3_000 }], params: [{ key: "lr", value: "0.05" }], tags: [] });
    await store.write("launch.events", { launchId: "launch-a", stream: "events", from: 0, to: 9, sites: [{ key: "val_f1", file: "train.py", line: 41 }], files: [{ direction: "input", path: "data.csv", bytes: 12, digest: "sha256:00", site: null, model: null, time: 5 }] });
    await store.write("launch.update", { launchId: "launch-a", status: "finished", exitCode: 0, end: 193_000 });
    const table = openRunTable(store);
    const detail = runDetail(table, store.read, "a", []);
    assert.deepEqual(detail.params, [{ key: "lr", value: "0.1", source: "argument", differs: true }, { key: "lr", value: "0.05", source: "client", differs: true }]);
    assert.deepEqual(detail.metrics, [{ key: "val_f1", last: 0.88, step: 2, min: 0.88, max: 0.9, points: 3, time: 3_000, direction: "up", isKey: true, site: { file: "train.py", line: 41 } }]);
    assert.deepEqual(detail.inputs, [{ path: "data.csv", bytes: 12, digest: "sha256:00", site: null, model: null }]);
    assert.deepEqual([detail.launch?.exitCode, detail.launch?.runIds, detail.experimentName], [0, ["a"], "train.py"]);
    assert.equal(detail.answer, "lr 0.05 finished after 3m 12s; val_f1 is 0.88, place 2 of 2 runs; the best is lr 0.2 with 0.9313.");
    assert.equal(runDetail(table, store.read, "c", []).answer, "lr 0.3 is running. It logged no metric.");
    assert.throws(() => runDetail(table, store.read, "nobody", []), coded("RUN_NOT_FOUND"));
  }));

test("a param differs where not every run of the experiment has its value", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a", params: { lr: "0.1", depth: "3", only: "x" } }, { id: "b", params: { lr: "0.2", depth: "3" } }]);
    const table = openRunTable(store);
    const differs = Object.fromEntries(runDetail(table, store.read, "a", []).params.map((param) => [param.key, param.differs]));
    assert.deepEqual(differs, { depth: false, lr: true, only: true });
  }));

test("numbers and durations in sentences", () => {
  assert.deepEqual([0.123456, 1234567, -0.5, 0, Number.NaN, Number.NEGATIVE_INFINITY, 0.00001234].map(brief), ["0.1235", "1.235e+6", "−0.5", "0", "NaN", "−∞", "1.234e−5"]);
  assert.deepEqual([450, 12_340, 192_000, 7_500_000].map(briefDuration), ["0.45 s", "12.3 s", "3m 12s", "2h 5m"]);
});

test("many commits are told as few events with the newest cells", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a" }, { id: "b" }]);
    const table = openRunTable(store);
    const { events, next, close } = followChanges(store, table);
    const started = performance.now();
    for (let step = 0; step < 300; step++) await store.write("run.logBatch", { runId: "a", metrics: [{ key: "loss", value: step, step, time: step }], params: [], tags: [] });
    await store.write("run.update", { runIds: ["b"], deleted: true });
    await storeRuns(store, [{ id: "c" }]);
    const took = performance.now() - started;
    while (events.at(-1)?.version !== table.version) await next();
    close();
    assert.ok(events.length <= 2 + Math.ceil(took / 100), `${events.length} events in ${took} ms`);
    const cells = Object.assign({}, ...events.flatMap(({ changed }) => changed.filter(({ runId }) => runId === "a").map((one) => one.cells)));
    assert.equal(cells["metrics.loss"], 299);
    assert.deepEqual(events.flatMap(({ removed }) => removed), ["b"]);
    assert.deepEqual(events.flatMap(({ added }) => added), ["c"]);
  }));

test("a run that is restored is told as added, also after its deletion was told", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a" }]);
    const table = openRunTable(store);
    const { events, next, close } = followChanges(store, table);
    for (const deleted of [true, false]) {
      const told = next();
      await store.write("run.update", { runIds: ["a"], deleted });
      await told;
    }
    close();
    assert.deepEqual(events.map(({ added, removed }) => [added, removed]), [[[], ["a"]], [["a"], []]]);
  }));
