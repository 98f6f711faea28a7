import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { checkStrays } from "../cli/checks.ts";
import { ChangeFeed } from "../runs/changes.ts";
import { openRunTable } from "../runs/openTable.ts";
import { openConnection } from "../store/connection.ts";
import { openStore } from "../store/store.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import { fillStore } from "./prune.fixture.ts";
import { previewPrune, prune } from "./prune.ts";
import { finishRemovals } from "./removals.ts";
import { strayFolders } from "./strays.ts";
import { storageOf } from "./usage.ts";

const bytes = (count: number, fill: number): Uint8Array => new Uint8Array(count).fill(fill);
const never = new AbortController().signal;
const coded = (code: string) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === code;

test("what a store takes: by kind each content once, by run and experiment what each would take alone", () =>
  withStore(async (store) => {
    const { runTable, artifacts } = await fillStore(store);
    const usage = await storageOf(store, runTable, artifacts.root, 2);
    const kind = new Map(usage.kinds.map((one) => [one.kind, one.bytes]));
    assert.deepEqual([kind.get("artifacts"), kind.get("code"), kind.get("logs"), kind.get("unreferenced")], [100_000 + 500 + 4_000, 70, 10_000, 0]);
    assert.ok((kind.get("metrics and params") ?? 0) > 100_000, "SQLite's pages");
    assert.equal(usage.bytes, usage.kinds.reduce((sum, one) => sum + one.bytes, 0));
    assert.deepEqual(usage.experiments.map(({ name, runs, artifacts: of, logs, points }) => [name, runs, of, logs, points]), [["train.py", 4, 100_000 + 4 * 500 + 4_000, 10_000, 10]]);
    assert.deepEqual(usage.runs.map(({ runId, bytes: all, artifacts: of, logs, points }) => [runId, all, of, logs, points]), [
      ["run-live", 44_500, 40_500, 4_000, 4],
      ["run-three", 33_500, 30_500, 3_000, 3],
    ]);
  }));

test("a prune removes what its preview showed, and no more: runs, values, logs, code, models and what only they had of contents", () =>
  withStore(async (store) => {
    const services = await fillStore(store);
    const { runTable, artifacts } = services;
    const removed: string[] = [];
    const feed = new ChangeFeed(runTable, () => null, (changed) => removed.push(...changed.removed));
    store.onChange((change) => feed.take(change));
    const query = { filter: "metrics.loss > 0.05" };
    const preview = await previewPrune(services, query);
    assert.deepEqual(preview.first.map(({ runId }) => runId), ["run-three", "run-two"]);
    assert.deepEqual({ ...preview, first: [], digest: "" }, { runs: 2, models: 1, points: 5, bytes: 20_000 + 30_000 + 2_000 + 3_000 + 70 + 4_000, running: 1, registered: 0, servers: {}, first: [], digest: "" });
    assert.equal(store.read.runs.count(), 4, "a preview removes nothing");

    await assert.rejects(prune(services, query, "another", never), coded("PRUNE_CHANGED"));
    await assert.rejects(previewPrune(services, { filter: " " }), coded("FILTER_MISSING"));
    const { used } = store.read.storage.database();
    const result = await prune(services, query, preview.digest, never);
    assert.deepEqual({ ...result, database: 0 }, { runs: 2, models: 1, points: 5, bytes: preview.bytes, database: 0 });

    assert.deepEqual([...runTable.newestFirst()].map((row) => runTable.run(row).runId), ["run-live", "run-one"]);
    assert.deepEqual([runTable.row("run-two"), store.read.runs.byId("run-two"), store.read.models.byId("m-1")], [undefined, undefined, undefined]);
    assert.deepEqual(["two", "three"].map((id) => existsSync(join(store.dir, "launches", id))), [false, false]);
    assert.deepEqual(["run-live", "run-one", "run-two", "run-three", "models/m-1"].map((name) => existsSync(join(artifacts.root, "1", name))), [true, true, false, false, false]);
    for (const id of ["run-one", "run-live"]) for (const path of ["own/w.bin", "shared.bin"]) await artifacts.locate({ kind: "run", id }, path);
    assert.equal(store.read.metrics.points(store.read.runs.byId("run-live")?.runKey ?? 0, "loss").length, 4);
    assert.ok(store.read.storage.database().used <= used);
    while (removed.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(removed.sort(), ["run-three", "run-two"]);
    feed.close();
    assert.equal((await previewPrune(services, query)).runs, 0);

    // A new run takes nobody's number, and another engine sees the same.
    await store.write("launch.create", launchOf("next", "run-next", { start: 9_000 }));
    assert.deepEqual([...openRunTable(store).newestFirst()].length, 3);
  }));

test("the newest run goes for good too and leaves no number free, deleted runs go alone where asked, and what a registered model is made of stays", () =>
  withStore(async (store) => {
    const services = await fillStore(store);
    const { runTable } = services;
    await store.write("run.update", { runIds: ["run-live"], status: "finished", end: 9 });
    assert.equal((await previewPrune(services, { filter: "metrics.loss >= 0" })).running, 1, "its script goes on");
    await store.write("launch.update", { launchId: "live", status: "finished", exitCode: 0, end: 10 });
    await store.write("run.update", { runIds: ["run-one"], deleted: true });
    const deleted = await previewPrune(services, { filter: "", deletedOnly: true });
    assert.deepEqual(deleted.first.map(({ runId }) => runId), ["run-one"]);
    await store.write("registered.create", { name: "churn", time: 1, description: "", tags: [], request: "a" });
    await store.write("version.create", { name: "churn", time: 1, description: "", runLink: "", source: "models:/m-1", location: "mlflow-artifacts:/1/models/m-1/artifacts", runId: null, modelId: "m-1", tags: [], request: "b" });
    const query = { filter: "metrics.loss >= 0" };
    const preview = await previewPrune(services, query);
    assert.deepEqual([preview.runs, preview.registered, preview.models], [3, 1, 0]);
    const last = store.read.runs.byId("run-live")?.runKey ?? 0;
    await prune(services, query, preview.digest, never);
    assert.deepEqual([...runTable.newestFirst()].map((row) => [runTable.run(row).runId, runTable.run(row).deleted !== null]), [["run-two", false]]);
    assert.deepEqual([...store.read.runs.all()].map(({ runId }) => runId), ["run-two"]);
    assert.equal((await previewPrune(services, { filter: "", deletedOnly: true })).runs, 0, "nothing is left to be pruned again");
    await store.write("launch.create", launchOf("next", "run-next", { start: 9_000 }));
    assert.ok((store.read.runs.byId("run-next")?.runKey ?? 0) > last);
    // A launch's folder that stayed (another program had it open) brings nothing back.
    mkdirSync(join(store.dir, "launches", "live"), { recursive: true });
    writeFileSync(join(store.dir, "launches", "live", "exit.json"), JSON.stringify({ code: 0, signal: null, end: 10 }));
    await store.close();
    const again = await openStore({ folder: store.folder });
    assert.deepEqual([...again.read.runs.all()].map(({ runId }) => runId), ["run-two", "run-next"]);
    assert.deepEqual(again.read.launches.open().map(({ launchId }) => launchId), ["next"]);
    await again.close();
  }));

test("after a prune the database's file is smaller, by what the answer says, and the rest is all there", () =>
  withStore(async (store) => {
    const services = await fillStore(store);
    await store.write("run.create", { runId: "long", experimentId: "0", name: "long", named: true, user: null, start: 1, tags: [] });
    for (let from = 0; from < 60_000; from += 1_000) {
      await store.write("run.logBatch", { runId: "long", metrics: Array.from({ length: 1_000 }, (_, i) => ({ key: "loss", value: i, time: 1, step: from + i })), params: [], tags: [] });
    }
    await store.write("run.update", { runIds: ["long"], status: "finished", end: 9 });
    const before = store.read.storage.database();
    const query = { filter: "metrics.loss > 100" };
    const { digest } = await previewPrune(services, query);
    const { runs, database } = await prune(services, query, digest, never);
    assert.equal(runs, 1);
    assert.ok(database > 1_000_000, `${database} bytes were given back`);
    assert.equal(statSync(store.file).size, before.used + before.free - database);
    const kinds = new Map((await storageOf(store, services.runTable, services.artifacts.root, 1)).kinds.map(({ kind, bytes: of }) => [kind, of]));
    assert.ok((kinds.get("free in the database") ?? 0) < 100_000);
    assert.deepEqual(["run-one", "run-two", "run-three", "run-live"].map((id) => store.read.metrics.points(store.read.runs.byId(id)?.runKey ?? 0, "loss").length), [1, 2, 3, 4]);
  }));

test("a launch's log stays while one of its runs is left, and goes with the last one, whichever that is", () =>
  withStore(async (store) => {
    const services = await fillStore(store);
    await store.write("run.create", { runId: "beside", experimentId: "0", launchId: "one", adopts: false, name: "beside", named: true, user: null, start: 1_500, tags: [] });
    await store.write("run.update", { runIds: ["beside"], status: "finished", end: 2_000 });
    const log = join(store.dir, "launches", "one", "log");
    const query = { filter: "", deletedOnly: true };
    const left: boolean[] = [];
    for (const runId of ["run-one", "beside"]) {
      await store.write("run.update", { runIds: [runId], deleted: true });
      await prune(services, query, (await previewPrune(services, query)).digest, never);
      left.push(existsSync(log));
    }
    assert.deepEqual(left, [true, false]);
  }));

test("a resumed run takes the logs of its earlier sessions along", () =>
  withStore(async (store) => {
    const services = await fillStore(store);
    await store.write("launch.create", launchOf("later", "run-two", { resumes: true, start: 9_000 }));
    mkdirSync(join(store.dir, "launches", "later"), { recursive: true });
    await store.write("launch.update", { launchId: "later", status: "finished", exitCode: 0, end: 9_500 });
    await store.write("run.update", { runIds: ["run-two"], deleted: true });
    const query = { filter: "", deletedOnly: true };
    await prune(services, query, (await previewPrune(services, query)).digest, never);
    assert.deepEqual(readdirSync(join(store.dir, "launches")).sort(), ["live", "one", "three"]);
    assert.equal(store.read.launches.byId("two")?.code, null);
  }));

test("what a prune noted and an import brought back before it was removed stays; a planted note leads nobody out", () =>
  withStore(async (store) => {
    const { artifacts } = await fillStore(store);
    await store.write("run.prune", { runIds: ["run-two", "run-three"], modelIds: [] });
    await store.write("run.create", { runId: "run-two", experimentId: "1", name: "again", named: true, user: null, start: 1, tags: [] });
    await artifacts.put({ kind: "run", id: "run-two" }, "own/w.bin", bytes(10, 1));
    mkdirSync(join(artifacts.root, "outside", "artifacts"), { recursive: true });
    const planted = openConnection(store.file, "write");
    planted.exec("INSERT INTO removals (owner, experiment) VALUES ('run:../outside', '1'), ('launch:../../artifacts/outside', '')");
    planted.close();
    await assert.rejects(finishRemovals({ store, artifacts }), coded("INVALID_PATH"));
    const there = (...path: string[]): boolean => existsSync(join(artifacts.root, ...path));
    assert.deepEqual([there("1", "run-two", "artifacts", "own", "w.bin"), there("1", "run-three"), there("outside", "artifacts")], [true, false, true]);
    assert.deepEqual(["two", "three"].map((id) => existsSync(join(store.dir, "launches", id))), [false, false]);
    assert.deepEqual(store.read.storage.removals(), [{ owner: "run:../outside", experiment: "1" }]);
  }));

test("folders whose run, model, trace or launch is gone are told, and nothing else", () =>
  withStore(async (store) => {
    const { artifacts } = await fillStore(store);
    assert.deepEqual(await strayFolders(store, artifacts.root), []);
    await store.write("run.prune", { runIds: ["run-two"], modelIds: ["m-1"] });
    for (const path of [["1", "traces", "tr-1", "artifacts"], ["1", "notes of mine"]]) mkdirSync(join(artifacts.root, ...path), { recursive: true });
    const told = await strayFolders(store, artifacts.root);
    assert.deepEqual(told, [["artifacts", "1", "run-two"], ["artifacts", "1", "models", "m-1"], ["artifacts", "1", "traces", "tr-1"], ["launches", "two"]].map((path) => join(store.dir, ...path)));
    await finishRemovals({ store, artifacts });
    assert.deepEqual(await checkStrays(store.folder, artifacts.root), [
      { check: "left over", result: "note", message: `1 folder belongs to no run, model or trace: ${join(artifacts.root, "1", "traces", "tr-1")}.`, hint: "Remove them where they hold nothing of yours." },
    ]);
  }));
