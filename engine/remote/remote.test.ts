// Against a real `mlflow server`, through a gate that asks for credentials and can be shut.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { metricCurves } from "../api/runs.ts";
import { storagePreview, storagePrune } from "../api/storage.ts";
import { remoteConnect, remotePush, type RemoteStatus, remoteSync } from "../api/remote.ts";
import { createArtifacts, type Artifacts } from "../artifacts/artifacts.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { until } from "../life/engines.fixture.ts";
import { withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { storeRuns, coded } from "../runs/runs.fixture.ts";
import { RemoteServer } from "./client.ts";
import { type Gate, openGate } from "./gate.fixture.ts";
import { disconnected } from "./disconnected.ts";
import { Mirror } from "./mirror.ts";
import { Push } from "./push.ts";

let reference: Side;
let gate: Gate;
const signal = new AbortController().signal;
const address = () => ({ uri: gate.uri, username: "ada", password: "pässwort" });

before(async () => {
  reference = await startReference(testPython());
  gate = await openGate(reference.uri);
});
after(async () => {
  gate.close();
  await reference.stop();
});

async function call(path: string, body?: object): Promise<{ [key: string]: never }> {
  const answer = await fetch(`${reference.uri}/api/2.0/mlflow/${path}`, body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

interface RunAnswer {
  readonly info: { readonly run_id: string; readonly run_name: string; readonly status: string; readonly end_time?: number; readonly artifact_uri: string };
  readonly data: { readonly params?: readonly Pair[]; readonly tags?: readonly Pair[]; readonly metrics?: readonly { readonly key: string; readonly value: number | string }[] };
}
interface Pair {
  readonly key: string;
  readonly value: string;
}
const byKey = (list: readonly Pair[] = []): Record<string, string> => Object.fromEntries(list.map(({ key, value }) => [key, value]));

let made = 0;
async function remoteRun(experiment: string, name: string, points: number): Promise<string> {
  const { info }: RunAnswer = (await call("runs/create", { experiment_id: experiment, run_name: name, start_time: 1_000_000 + ++made, user_id: "ada", tags: [{ key: "stage", value: "dev" }] }))["run"] as never;
  const metrics = Array.from({ length: points }, (_, step) => ({ key: "loss", value: 1 / (step + 1), step, timestamp: 2_000 + step }));
  await call("runs/log-batch", { run_id: info.run_id, metrics: [...metrics, { key: "odd", value: "NaN", step: 0, timestamp: 5 }, { key: "far", value: "-Infinity", step: 0, timestamp: 5 }], params: [{ key: "lr", value: "0.1" }], tags: [] });
  return info.run_id;
}

async function withMirror(body: (given: { store: Store; artifacts: Artifacts; mirror: Mirror; states: RemoteStatus[] }) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    const artifacts = createArtifacts(store);
    const states: RemoteStatus[] = [];
    const mirror = new Mirror({ store, artifacts, server: new RemoteServer(address()), log: () => undefined, onStatus: (status) => void states.push(status), watched: () => true });
    try {
      await body({ store, artifacts, mirror, states });
    } finally {
      mirror.close();
    }
  });
}

const points = (store: Store, runId: string, key: string) => store.read.metrics.points(store.read.runs.byId(runId)?.runKey ?? 0, key).map(({ step, time, value }) => [step, time, value]);

test("runs of a server stand among those of the folder; a curve's points come when somebody looks, all of them and once", () =>
  withMirror(async ({ store, mirror, states }) => {
    const { experiment_id: experiment } = await call("experiments/create", { name: `mirror ${Date.now()}` });
    const id = await remoteRun(experiment ?? "", "quick fox", 2_500 / 5);
    await mirror.sync(signal, () => undefined);
    const run = store.read.runs.byId(id);
    assert.ok(run);
    assert.deepEqual([run.name, run.status, run.user, store.read.runs.params(run.runKey).map(({ key, value }) => [key, value])], ["quick fox", "running", "ada", [["lr", "0.1"]]]);
    assert.deepEqual(points(store, id, "loss"), [[499, 2_499, 1 / 500]]);
    assert.deepEqual([points(store, id, "odd")[0]?.[2], points(store, id, "far")[0]?.[2]], [Number.NaN, Number.NEGATIVE_INFINITY]);
    await Promise.all([mirror.curve([id], "loss", signal), mirror.curve([id], "loss", signal)]);
    assert.deepEqual(points(store, id, "loss"), Array.from({ length: 500 }, (_, step) => [step, 2_000 + step, 1 / (step + 1)]));
    // It goes on: pages by the server's own tokens, and a point that was logged late, below the newest step.
    const more = Array.from({ length: 2_700 }, (_, at) => ({ key: "loss", value: 1 / (at + 502), step: at + 501, timestamp: 2_501 + at }));
    for (let from = 0; from < more.length; from += 900) await call("runs/log-batch", { run_id: id, metrics: more.slice(from, from + 900), params: [], tags: [] });
    await call("runs/log-metric", { run_id: id, key: "loss", value: 1 / 501, step: 500, timestamp: 9_000 });
    await mirror.sync(signal, () => undefined);
    assert.equal((await mirror.curve([id], "loss", signal)).size, 0);
    assert.deepEqual(points(store, id, "loss").map(([step, , value]) => [step, value]), Array.from({ length: 3_201 }, (_, step) => [step, 1 / (step + 1)]));
    await call("runs/update", { run_id: id, status: "FINISHED", end_time: 9_000_000 });
    await mirror.sync(signal, () => undefined);
    const now = store.read.runs.byId(id);
    assert.deepEqual([now?.status, now?.end, points(store, id, "loss").length], ["finished", 9_000_000, 3_201]);
    assert.deepEqual(new Set(states.map(({ state }) => state)), new Set(["connected"]));
    assert.ok(mirror.status.runs >= 1);
  }));

test("logged models of a server's runs stand with them: params, tags, status, what was measured, and links; one that becomes ready is seen", () =>
  withMirror(async ({ store, mirror }) => {
    const { experiment_id: experiment } = await call("experiments/create", { name: `models ${Date.now()}` });
    const id = await remoteRun(experiment ?? "", "trainer", 1);
    const user = await remoteRun(experiment ?? "", "reader", 1);
    const { model } = (await call("logged-models", { experiment_id: experiment, name: "net", model_type: "classifier", source_run_id: id, params: [{ key: "depth", value: "3" }], tags: [{ key: "who", value: "me" }] })) as unknown as { model: { info: { model_id: string } } };
    const { model_id: modelId } = model.info;
    await call("runs/outputs", { run_id: id, models: [{ model_id: modelId, step: 4 }] });
    await call("runs/log-inputs", { run_id: user, models: [{ model_id: modelId }] });
    await call("runs/log-batch", { run_id: id, metrics: [{ key: "f1", value: 0.5, step: 4, timestamp: 9, model_id: modelId, dataset_name: "test", dataset_digest: "d1" }] });
    await mirror.sync(signal, () => undefined);
    const { models } = store.read;
    const here = models.byId(modelId);
    assert.ok(here);
    assert.deepEqual([here.name, here.modelType, here.sourceRun, here.status, models.values(here.modelKey, "param"), models.values(here.modelKey, "tag")], ["net", "classifier", id, "LOGGED_MODEL_PENDING", [{ key: "depth", value: "3" }], [{ key: "who", value: "me" }]]);
    assert.deepEqual(models.metrics(here.modelKey), [{ key: "f1", value: 0.5, step: 4, time: 9, runId: id, datasetName: "test", datasetDigest: "d1" }]);
    assert.deepEqual(models.links(store.read.runs.byId(id)?.runKey ?? 0, "output"), [{ modelId, step: 4 }]);
    // The run's page hears of what is new, and of nothing else.
    const told: string[] = [];
    store.onChange(({ runs }) => told.push(...runs.map(({ runId }) => runId)));
    await mirror.sync(signal, () => undefined);
    assert.equal(told.includes(id), false);
    const ready = await fetch(`${reference.uri}/api/2.0/mlflow/logged-models/${modelId}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ model_id: modelId, status: "LOGGED_MODEL_READY" }) });
    assert.equal(ready.status, 200);
    mirror.start();
    await until(() => models.byId(modelId)?.status === "LOGGED_MODEL_READY" && told.includes(id));
    assert.equal(mirror.status.state, "connected");
  }));

test("away, what was fetched stays and it is said; back, it goes on by itself; refused, it stops and says what to do", () =>
  withMirror(async ({ store, mirror, states }) => {
    const { experiment_id: experiment } = await call("experiments/create", { name: `away ${Date.now()}` });
    const first = await remoteRun(experiment ?? "", "first", 1);
    await mirror.sync(signal, () => undefined);
    gate.open = false;
    await assert.rejects(mirror.sync(signal, () => undefined), coded("REMOTE_OFFLINE"));
    assert.equal(mirror.status.state, "offline");
    assert.match(mirror.status.message ?? "", /does not answer/);
    await mirror.curve([first], "loss", signal);
    await assert.rejects(mirror.change({ runIds: [first], name: "renamed" }), coded("REMOTE_OFFLINE"));
    gate.open = true;
    const second = await remoteRun(experiment ?? "", "second", 1);
    const back = new Promise<void>((done) => {
      const before = states.length;
      store.onChange(() => {
        if (store.read.runs.byId(second) && states.length >= before) done();
      });
    });
    mirror.start();
    await back;
    assert.equal(store.read.runs.byId(first)?.name, "first");
    const wrong = new RemoteServer({ uri: gate.uri, token: "nonsense" });
    await assert.rejects(wrong.get("experiments/get", { experiment_id: "0" }), coded("REMOTE_REFUSED"));
    await assert.rejects(new RemoteServer({ ...address(), uri: `${gate.uri}/nowhere` }).get("experiments/get", { experiment_id: "0" }), coded("REMOTE_ODD"));
    assert.throws(() => new RemoteServer({ uri: "http://ada:secret@host" }), coded("REMOTE_REFUSED"));
    assert.throws(() => new RemoteServer({ uri: "ftp://host" }), coded("REMOTE_ADDRESS"));
  }));

test("a run that is gone there does not make the server look away; a server that is away at first is tried until it answers", () =>
  withMirror(async ({ store, mirror, states }) => {
    const { experiment_id: experiment } = await call("experiments/create", { name: `gone ${Date.now()}` });
    const first = await remoteRun(experiment ?? "", "first", 1);
    gate.open = false;
    mirror.start();
    await until(() => states.at(-1)?.state === "offline");
    gate.open = true;
    await until(() => store.read.runs.byId(first) !== undefined && states.at(-1)?.state === "connected");
    gate.gone = first;
    const second = await remoteRun(experiment ?? "", "second", 1);
    await until(() => store.read.runs.byId(second) !== undefined);
    gate.gone = "";
    assert.deepEqual(states.filter(({ state }) => state === "offline").length, 1);
  }));

test("while its server is not connected, a run of it is not changed here either", () =>
  withMirror(async ({ store, mirror }) => {
    const { experiment_id: experiment } = await call("experiments/create", { name: `apart ${Date.now()}` });
    const id = await remoteRun(experiment ?? "", "theirs", 1);
    await mirror.sync(signal, () => undefined);
    const apart = disconnected(store);
    await assert.rejects(apart.change({ runIds: [id], deleted: true }), coded("REMOTE_NONE"));
    await apart.change({ runIds: [id] });
    await storeRuns(store, [{ id: "own" }]);
    await apart.change({ runIds: ["own"], name: "mine" });
  }));

test("what a person changes is changed there first; artifacts come when they are opened", () =>
  withMirror(async ({ artifacts, mirror, store }) => {
    const { experiment_id: experiment } = await call("experiments/create", { name: `change ${Date.now()}` });
    const id = await remoteRun(experiment ?? "", "as it was", 1);
    const put = await fetch(`${reference.uri}/api/2.0/mlflow-artifacts/artifacts/${experiment}/${id}/artifacts/plots/a%20b.txt`, { method: "PUT", body: "hello" });
    assert.equal(put.status, 200);
    await mirror.sync(signal, () => undefined);
    await mirror.change({ runIds: [id], name: "as it is", note: "good", setTags: { stage: "prod" }, deleteTags: [] });
    const run = (await call(`runs/get?run_id=${id}`))["run"] as unknown as RunAnswer;
    assert.equal(run.info.run_name, "as it is");
    assert.deepEqual([byKey(run.data.tags)["stage"], byKey(run.data.tags)["mlflow.note.content"]], ["prod", "good"]);
    assert.deepEqual(await mirror.files(id, "", signal), [{ path: "plots", isDir: true, bytes: null }]);
    assert.deepEqual(await mirror.files(id, "plots", signal), [{ path: "plots/a b.txt", isDir: false, bytes: 5 }]);
    await mirror.file(id, "plots/a b.txt", signal);
    await fetch(`${reference.uri}/api/2.0/mlflow-artifacts/artifacts/${experiment}/${id}/artifacts/plots/c.txt`, { method: "PUT", body: "c" });
    await mirror.file(id, "plots/c.txt", signal);
    const { data } = await artifacts.read({ kind: "run", id }, "plots/a b.txt", 0, 100);
    assert.equal(Buffer.from(data).toString(), "hello");
    // One of the same length takes its place; another engine looks.
    await fetch(`${reference.uri}/api/2.0/mlflow-artifacts/artifacts/${experiment}/${id}/artifacts/plots/a%20b.txt`, { method: "PUT", body: "HELLO" });
    const later = new Mirror({ store, artifacts, server: new RemoteServer(address()), log: () => undefined, onStatus: () => undefined, watched: () => true });
    await later.file(id, "plots/a b.txt", signal);
    later.close();
    assert.equal(Buffer.from((await artifacts.read({ kind: "run", id }, "plots/a b.txt", 0, 100)).data).toString(), "HELLO");
    assert.equal(await mirror.files("nobody", "", signal), null);
    await mirror.change({ runIds: [id], deleted: true });
    await mirror.sync(signal, () => undefined);
    assert.notEqual(store.read.runs.byId(id)?.deleted, null);
  }));

test("runs are pushed once, with every value; again, only what is new is sent; pulled, they are not doubled", () =>
  withMirror(async ({ store, artifacts, mirror }) => {
    const name = `push ${Date.now()}.py`;
    await storeRuns(store, [{ id: "a", params: { lr: "0.1" }, metrics: { val_f1: 0.5 } }, { id: "b", params: { lr: "0.2" } }]);
    const { experimentId } = await store.write("experiment.create", { name, time: 1, tags: [] });
    const parent = await store.write("run.create", { runId: "c0ffee", experimentId, name: "mother", named: true, user: null, start: 5, tags: [] });
    const child = await store.write("run.create", { runId: "c0ffee1", experimentId, name: "child", named: true, user: null, start: 6, tags: [], parentRunId: parent.runId });
    const curve = Array.from({ length: 2_300 }, (_, step) => ({ key: "loss", value: step === 7 ? Number.NaN : 1 / (step + 1), step, time: 100 + step }));
    for (let from = 0; from < curve.length; from += 1_000) await store.write("run.logBatch", { runId: parent.runId, metrics: curve.slice(from, from + 1_000), params: [{ key: "depth", value: "3" }], tags: [{ key: "who", value: "me" }] });
    await artifacts.put({ kind: "run", id: parent.runId }, "out/ä b.bin", new Uint8Array([1, 2, 3]));
    await artifacts.put({ kind: "run", id: parent.runId }, "empty", new Uint8Array());
    const push = () => new Push({ store, artifacts, server: new RemoteServer(address()), whole: async () => new Map(), signal, progress: () => undefined }).run([child.runId, parent.runId, "nobody"]);
    const first = await push();
    assert.deepEqual([first.created, first.updated, first.same, first.failed], [2, 0, 0, [{ runId: "nobody", reason: "There is no such run." }]]);
    const { experiment } = (await call(`experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`)) as unknown as { experiment: { experiment_id: string } };
    const search = async (): Promise<RunAnswer[]> => ((await call("runs/search", { experiment_ids: [experiment.experiment_id], max_results: 100, order_by: ["start_time ASC"] })) as unknown as { runs: RunAnswer[] }).runs;
    const [mother, kid, ...more] = await search();
    assert.deepEqual([mother?.info.run_name, kid?.info.run_name, more.length], ["mother", "child", 0]);
    assert.deepEqual([byKey(mother?.data.params), byKey(mother?.data.tags)["who"], byKey(kid?.data.tags)["mlflow.parentRunId"]], [{ depth: "3" }, "me", mother?.info.run_id]);
    const history = (await call(`metrics/get-history?run_id=${mother?.info.run_id}&metric_key=loss&max_results=10000`)) as unknown as { metrics: { value: number | string; step?: number; timestamp: number }[] };
    assert.equal(history.metrics.length, 2_300);
    assert.deepEqual(history.metrics.toSorted((x, y) => (x.step ?? 0) - (y.step ?? 0)).map(({ value }) => Number(value)), curve.map(({ value }) => value));
    const file = await fetch(`${reference.uri}/get-artifact?run_uuid=${mother?.info.run_id}&path=${encodeURIComponent("out/ä b.bin")}`);
    assert.deepEqual([...new Uint8Array(await file.arrayBuffer())], [1, 2, 3]);
    const again = await push();
    assert.deepEqual([again.created, again.updated, again.same], [0, 0, 2]);
    await store.write("run.logBatch", { runId: parent.runId, metrics: [{ key: "loss", value: 0, step: 2_300, time: 9_999 }], params: [], tags: [] });
    const third = await push();
    assert.deepEqual([third.created, third.updated, third.same, (await search()).length], [0, 1, 1, 2]);
    const before = store.read.runs.count();
    await mirror.sync(signal, () => undefined);
    assert.equal(store.read.runs.byId(mother?.info.run_id ?? ""), undefined);
    assert.ok(store.read.runs.count() >= before);
  }));

test("a prune says which runs are a server's: they stay there, do not come back by themselves, and do when it is connected anew, with their curves", { timeout: 120_000 }, async () => {
  const engines = new TestEngines();
  try {
    const connection = engines.connect(engines.folder("pruned"));
    const name = `pruned ${Date.now()}`;
    const { experiment_id: experiment } = await call("experiments/create", { name });
    const id = await remoteRun(experiment ?? "", name, 3);
    await call("runs/update", { run_id: id, status: "FINISHED", end_time: 2_000_000 });
    await connection.request(remoteConnect, address());
    const curve = async () => (await connection.request(metricCurves, { runIds: [id], key: "loss", x: "step", maxPoints: 10 })).curves.map(({ runId, y }) => [runId, [...y]]);
    assert.deepEqual(await curve(), [[id, [1, 1 / 2, 1 / 3]]]);

    const query = { filter: `name = "${name}"` };
    const { digest, servers, first } = await connection.request(storagePreview, query);
    assert.deepEqual([servers, first.map(({ runId, server }) => [runId, server])], [{ [gate.uri]: 1 }, [[id, gate.uri]]]);
    await connection.request(storagePrune, { ...query, digest });
    await connection.request(remoteSync, null);
    assert.equal((await connection.request(storagePreview, query)).runs, 0);
    const { run }: { run: RunAnswer } = (await call(`runs/get?run_id=${id}`)) as never;
    assert.equal(run.info.run_name, name, "the server has it still");

    await connection.request(remoteConnect, address());
    assert.deepEqual((await connection.request(storagePreview, query)).first.map(({ runId }) => runId), [id]);
    assert.deepEqual(await curve(), [[id, [1, 1 / 2, 1 / 3]]]);
  } finally {
    await engines.dispose();
  }
});

test("credentials stand in no file, neither in the store nor in the engine's log, also when the server is away or refuses them", { timeout: 120_000 }, async () => {
  const engines = new TestEngines();
  try {
    const folder = engines.folder("secret");
    const connection = engines.connect(folder);
    await call("experiments/create", { name: `secret ${Date.now()}` });
    await connection.request(remoteConnect, address());
    gate.open = false;
    await assert.rejects(connection.request(remoteSync, null), coded("REMOTE_OFFLINE"));
    gate.open = true;
    await assert.rejects(connection.request(remoteConnect, { uri: gate.uri, token: "planted-token" }), coded("REMOTE_REFUSED"));
    await assert.rejects(connection.request(remotePush, { runIds: [], address: { uri: gate.uri.replace("://", "://eve:planted-word@") } }), coded("REMOTE_REFUSED"));
    assert.equal((await connection.request(remoteSync, null)).state, "connected");
    const files = readdirSync(engines.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.some((file) => file.endsWith("touchstone.db")) && files.some((file) => file.endsWith("engine.log")));
    const { username, password } = address();
    const secrets = [password, "planted-token", "planted-word", Buffer.from(`${username}:${password}`).toString("base64")].map((word) => Buffer.from(word));
    for (const file of files) {
      const content = readFileSync(file);
      for (const secret of secrets) assert.ok(!content.includes(secret), `${secret.toString()} in ${file}`);
    }
  } finally {
    await engines.dispose();
  }
});
