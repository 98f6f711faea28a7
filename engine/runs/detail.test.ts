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
    assert.deepEqual(detail.params, [{ key: "lr", value: "0.1", source: "argument", shown: false, differs: true }, { key: "lr", value: "0.05", source: "client", shown: true, differs: true }]);
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

test("a run's models: logged ones with what they are called in the registry, then versions of its files; each change of them is told", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a" }, { id: "b" }]);
    const table = openRunTable(store);
    const { events, next, close } = followChanges(store, table);
    const models = (): unknown => runDetail(table, store.read, "a", []).models.map(({ modelId, name, status, step, versions }) => [modelId, name, status, step, ...versions.map((one) => `${one.name} ${one.version} ${one.stage} ${one.aliases.join()}`)]);
    const told = async (change: () => Promise<unknown>): Promise<void> => {
      const waiting = next();
      const before = events.length;
      await change();
      await waiting;
      assert.deepEqual(events.slice(before).flatMap(({ changed }) => changed.map(({ runId }) => runId)), ["a"]);
    };
    const logged = { experimentId: "1", name: "net", time: 10, modelType: null, sourceRun: "a", params: [], tags: [] };
    const version = { time: 20, location: "x", runLink: null, description: null, tags: [] };
    await told(() => store.write("model.create", { ...logged, modelId: "m-1" }));
    await told(() => store.write("run.logOutputs", { runId: "a", models: [{ modelId: "m-1", step: 7 }] }));
    await told(() => store.write("model.update", { modelId: "m-1", time: 11, status: "LOGGED_MODEL_READY" }));
    assert.deepEqual(models(), [["m-1", "net", "ready", 7]]);
    await store.write("registered.create", { name: "flowers", time: 15, description: null, tags: [] });
    await told(() => store.write("version.create", { ...version, name: "flowers", source: "models:/m-1", runId: null, modelId: "m-1" }));
    await told(() => store.write("version.create", { ...version, name: "flowers", source: "runs:/a/tree", runId: "a", modelId: null }));
    await told(() => store.write("registered.update", { name: "flowers", time: 21, setAliases: [{ alias: "champion", version: 1 }] }));
    await told(() => store.write("version.update", { name: "flowers", version: 2, time: 22, stage: "Staging" }));
    assert.deepEqual(models(), [["m-1", "net", "ready", 7, "flowers 1 None champion"], [null, "tree", "ready", null, "flowers 2 Staging "]]);
    await told(() => store.write("registered.update", { name: "flowers", time: 23, setAliases: [{ alias: "champion", version: 2 }] }));
    await told(() => store.write("version.delete", { name: "flowers", version: 1, time: 24 }));
    assert.deepEqual(models(), [["m-1", "net", "ready", 7], [null, "tree", "ready", null, "flowers 2 Staging champion"]]);
    await told(() => store.write("registered.delete", { name: "flowers" }));
    assert.deepEqual([models(), runDetail(table, store.read, "b", []).models], [[["m-1", "net", "ready", 7]], []]);
    close();
  }));

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
