import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { valueAt } from "../../test/differential/compare.ts";
import { launchOf, temporaryFolder } from "../store/store.fixture.ts";
import { rawCall } from "./call.fixture.ts";
import { Retries } from "./retries.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
/** Cuts the connection of a call that asks for it when everything is stored and the answer would go. */
const cutting = (folder?: string): Promise<DoorFixture> =>
  openDoor(folder, {
    around: (listener) => (request, response) => {
      if (request.headers["x-cut"] !== undefined) {
        response.writeHead = () => {
          request.socket.destroy();
          return response;
        };
      }
      listener(request, response);
    },
  });
before(async () => {
  door = await cutting();
  await door.store.write("launch.create", launchOf("l", "first"));
});
after(() => door.close());

const call = (method: string, path: string, body: unknown, cut = false) =>
  rawCall(door.uri, { method, path: `/api/${path}`, headers: { authorization: `Bearer ${door.launchToken("l")}`, "content-type": "application/json", ...(cut ? { "x-cut": "1" } : {}) } }, JSON.stringify(body));

/** Makes a call whose answer is lost after the commit, twice, and then once more: what the client sees of it in the end. */
async function lost(path: string, body: unknown, method = "POST"): Promise<Readonly<Record<string, unknown>>> {
  for (let time = 0; time < 2; time++) await assert.rejects(call(method, path, body, true), /socket hang up|ECONNRESET/);
  const { status, json, bytes } = await call(method, path, body);
  assert.equal(status, 200, bytes.toString());
  return json;
}
const get = async (path: string) => (await rawCall(door.uri, { path: `/api/${path}`, headers: { authorization: `Bearer ${door.storeToken}` } })).json;
const count = (json: unknown, path: string): number => {
  const list = valueAt(json, path);
  return Array.isArray(list) ? list.length : 0;
};
const answer = async (path: string, body: unknown) => (await call("POST", path, body)).json;

test("a call of a launch whose answer was lost after the commit and that is repeated counts once", async () => {
  const { read } = door.store;
  assert.equal(valueAt(await lost("2.0/mlflow/runs/create", { experiment_id: "0", start_time: 5, tags: [] }), "run.info.run_id"), "first");
  const child = await lost("2.0/mlflow/runs/create", { experiment_id: "0", start_time: 6, tags: [{ key: "mlflow.parentRunId", value: "first" }] });
  assert.deepEqual(read.runs.ofLaunch(read.launches.keyOf("l") ?? 0).map(({ runId }) => runId), ["first", valueAt(child, "run.info.run_id")]);

  const { runKey } = read.runs.byId("first") ?? assert.fail();
  const metrics = Array.from({ length: 100 }, (_, step) => ({ key: "loss", value: step === 7 ? "NaN" : step / 8, timestamp: 1000 + step, step }));
  await lost("2.0/mlflow/runs/log-batch", { run_id: "first", metrics, params: [{ key: "lr", value: "0.1" }], tags: [{ key: "team", value: "blue" }] });
  await lost("2.0/mlflow/runs/log-metric", { run_id: "first", key: "one", value: 1, timestamp: 1, step: 1 });
  await lost("2.0/mlflow/runs/log-parameter", { run_id: "first", key: "depth", value: "6" });
  assert.deepEqual(read.metrics.points(runKey, "loss").map(({ value, step }) => [value, step]), metrics.map(({ step }) => [step === 7 ? Number.NaN : step / 8, step]));
  assert.deepEqual([read.runs.latestOfKey(runKey, "loss")?.points, read.metrics.points(runKey, "one").length], [100, 1]);
  assert.deepEqual(read.runs.params(runKey).map(({ key, value }) => `${key}=${value}`), ["depth=6", "lr=0.1"]);

  const dataset = { name: "d", digest: "1", source_type: "code", source: "{}" };
  await lost("2.0/mlflow/runs/log-inputs", { run_id: "first", datasets: [{ dataset, tags: [{ key: "mlflow.data.context", value: "train" }] }] });
  assert.equal(count(await get("2.0/mlflow/runs/get?run_id=first"), "run.inputs.dataset_inputs"), 1);
});

test("what a launch makes beside runs is made once: logged models, registered models, versions, traces, assessments, data sets", async () => {
  const models = { experiment_id: "0", name: "clf", source_run_id: "first" };
  const model_id = valueAt(await lost("2.0/mlflow/logged-models", models), "model.info.model_id");
  assert.equal(count(await answer("2.0/mlflow/logged-models/search", { experiment_ids: ["0"] }), "models"), 1);
  await lost("2.0/mlflow/registered-models/create", { name: "churn" });
  const version = await lost("2.0/mlflow/model-versions/create", { name: "churn", source: `models:/${String(model_id)}`, model_id });
  assert.equal(valueAt(version, "model_version.version"), "1");
  await lost("2.0/mlflow/registered-models/alias", { name: "churn", alias: "best", version: "1" });

  const trace_id = `tr-${"a".repeat(32)}`;
  const trace = { trace_info: { trace_id, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } }, request_time: "2026-01-01T00:00:00Z", state: "OK" } };
  await lost("3.0/mlflow/traces", { trace });
  await lost("2.0/mlflow/traces", { experiment_id: "0", timestamp_ms: 5, request_metadata: [], tags: [] });
  const traces = await answer("3.0/mlflow/traces/search", { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } }] });
  assert.equal(count(traces, "traces"), 2);
  await lost(`3.0/mlflow/traces/${trace_id}/assessments`, { assessment: { assessment_name: "good", source: { source_type: "HUMAN", source_id: "me" }, feedback: { value: true }, create_time: "2026-01-01T00:00:00Z", last_update_time: "2026-01-01T00:00:00Z" } });
  assert.equal(count(await get(`3.0/mlflow/traces/${trace_id}`), "trace.trace_info.assessments"), 1);

  const dataset = await lost("3.0/mlflow/datasets/create", { name: "golden", experiment_ids: ["0"] });
  await lost(`3.0/mlflow/datasets/${String(valueAt(dataset, "dataset.dataset_id"))}/records`, { records: JSON.stringify([{ inputs: { q: "a" } }]) });
  assert.equal(count(await answer("3.0/mlflow/datasets/search", { experiment_ids: ["0"] }), "datasets"), 1);
});

test("an artifact whose answer was lost is the same artifact, and a part the same part", async () => {
  const put = (cut: boolean) => rawCall(door.uri, { method: "PUT", path: "/api/2.0/mlflow-artifacts/artifacts/1/first/artifacts/w.bin", headers: { authorization: `Bearer ${door.launchToken("l")}`, ...(cut ? { "x-cut": "1" } : {}) } }, "weights");
  await assert.rejects(put(true));
  assert.equal((await put(false)).status, 200);
  assert.deepEqual(door.store.read.artifacts.under("run:first", "").map(({ path, bytes }) => [path, bytes]), [["w.bin", 7]]);
});

test("a call whose answer was lost with the engine is known to the next one", async () => {
  const { folder, dispose } = temporaryFolder();
  /** Each of them an engine of its own over the same store. */
  const withDoor = async (body: (one: DoorFixture) => Promise<void>): Promise<void> => {
    const one = await cutting(folder);
    try {
      await body(one);
    } finally {
      await one.close();
    }
  };
  const make = (one: DoorFixture, cut: boolean) => rawCall(one.uri, { method: "POST", path: "/api/2.0/mlflow/logged-models", headers: { authorization: `Bearer ${one.launchToken("l")}`, "content-type": "application/json", ...(cut ? { "x-cut": "1" } : {}) } }, JSON.stringify({ experiment_id: "0", name: "clf" }));
  try {
    await withDoor(async (one) => {
      await one.store.write("launch.create", launchOf("l", "first"));
      await assert.rejects(make(one, true));
    });
    await withDoor(async (one) => {
      const modelId = valueAt((await make(one, false)).json, "model.info.model_id");
      const { models, experiments } = one.store.read;
      assert.deepEqual(experiments.all().flatMap(({ experimentId }) => models.ofExperiment(experimentId)).map((model) => model.modelId), [modelId]);
    });
  } finally {
    dispose();
  }
});

test("a call that is repeated while the first one, whose client hung up, still waits for its commit, waits with it", async () => {
  const retries = new Retries();
  const response = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()));
  const [made, commit] = [[] as string[], Promise.withResolvers<void>()];
  const once = (answer: ServerResponse, name: string): Promise<string> =>
    retries.once("the same words", answer, () => made[0], async () => {
      await commit.promise;
      made.push(name);
      return name;
    });
  const hungUp = response();
  const first = once(hungUp, "first");
  await turn();
  hungUp.emit("close");
  const again = once(response(), "second");
  await turn();
  commit.resolve();
  assert.deepEqual(await Promise.all([first, again]), ["first", "first"]);
  assert.deepEqual(made, ["first"]);
});

test("the same words before and after a restart of the engine make two runs and two traces, where the first were heard of", async () => {
  const { folder, dispose } = temporaryFolder();
  let own = await cutting(folder);
  const restart = async (): Promise<void> => {
    await own.close();
    own = await cutting(folder);
  };
  const send = async (method: string, path: string, body: unknown, cut = false) =>
    (await rawCall(own.uri, { method, path: `/api/2.0/mlflow/${path}`, headers: { ...own.headers, "content-type": "application/json", ...(cut ? { "x-cut": "1" } : {}) } }, JSON.stringify(body))).json;
  const made = async (body: object) => String(valueAt(await send("POST", "runs/create", { experiment_id: "0", ...body }), "run.info.run_id"));
  const traced = async () => String(valueAt(await send("POST", "traces", { experiment_id: "0", timestamp_ms: 5 }), "trace_info.request_id"));
  try {
    const before = [await made({}), await made({ start_time: 7 }), await traced()] as const;
    await send("POST", "runs/update", { run_id: before[0], status: "FINISHED", end_time: 9 });
    await send("POST", "runs/log-metric", { run_id: before[1], key: "m", value: 1, timestamp: 1 });
    await send("PATCH", `traces/${before[2]}`, { timestamp_ms: 6, status: "OK" });
    await restart();
    const after = [await made({}), await made({ start_time: 7 }), await traced()];
    assert.equal(new Set([...before, ...after]).size, 6);
    // An answer that was lost before the restart is still found after it.
    await assert.rejects(send("POST", "runs/create", { experiment_id: "0", start_time: 8 }, true), /socket hang up|ECONNRESET/);
    await restart();
    const found = await made({ start_time: 8 });
    assert.deepEqual([...own.store.read.runs.all()].flatMap(({ runId, start }) => (start === 8 ? [runId] : [])), [found]);
  } finally {
    await own.close();
    dispose();
  }
});
