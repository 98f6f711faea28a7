import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { openRunTable } from "../runs/openTable.ts";
import { listExperiments } from "../runs/experiments.ts";
import { caller } from "./model.fixture.ts";
import { openDoor } from "./server.fixture.ts";

/** Beyond 2^53, where neighbours become one number; MLflow's file store makes such. */
const id = "812345678901234567";
const neighbour = "812345678901234568";

test("an experiment with an id beyond 2^53 is that id to every door", async () => {
  const door = await openDoor();
  const { store } = door;
  const api = async (method: string, path: string, body?: object): Promise<{ status: number; text: string }> => {
    const headers = { authorization: `Bearer ${door.storeToken}`, ...(body ? { "content-type": "application/json" } : {}) };
    const answer = await fetch(`${door.uri}/api/2.0/mlflow/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { status: answer.status, text: await answer.text() };
  };
  try {
    assert.deepEqual(await store.write("experiment.create", { name: "old", time: 1, tags: [], id }), { experimentId: id });
    assert.deepEqual(await store.write("experiment.create", { name: "beside", time: 1, tags: [], id: neighbour }), { experimentId: neighbour });
    // Taken, and one that this store counts itself.
    assert.deepEqual(await store.write("experiment.create", { name: "again", time: 1, tags: [], id }), { experimentId: "3" });
    assert.deepEqual(await store.write("experiment.create", { name: "small", time: 1, tags: [], id: "77" }), { experimentId: "4" });
    const { runId } = await store.write("run.create", { runId: "r1", experimentId: id, name: "a", named: true, user: null, start: 5, tags: [] });
    await createArtifacts(store).put({ kind: "run", id: runId }, "a.txt", new TextEncoder().encode("x"));
    assert.ok(existsSync(join(store.dir, "artifacts", id, "r1", "artifacts", "a.txt")));

    assert.equal((await api("GET", `experiments/get?experiment_id=${id}`)).text, JSON.stringify({ experiment: { experiment_id: id, name: "old", artifact_location: `mlflow-artifacts:/${id}`, lifecycle_stage: "active", creation_time: 1, last_update_time: 1 } }));
    assert.match((await api("GET", `experiments/get?experiment_id=${neighbour}`)).text, /"name":"beside"/);
    // The store's own key is no id of it.
    assert.equal((await api("GET", "experiments/get?experiment_id=1")).status, 404);
    assert.deepEqual((await api("GET", "experiments/get?experiment_id=812345678901234569")).status, 404);
    assert.match((await api("GET", "runs/get?run_id=r1")).text, new RegExp(`"experiment_id":"${id}".*"artifact_uri":"mlflow-artifacts:/${id}/r1/artifacts"`));
    const found = async (body: object): Promise<string[]> => ((JSON.parse((await api("POST", "runs/search", body)).text) as { runs?: { info: { run_id: string } }[] }).runs ?? []).map(({ info }) => info.run_id); // SAFETY: the answer's shape by the API.
    assert.deepEqual(await found({ experiment_ids: [id] }), ["r1"]);
    assert.deepEqual(await found({ experiment_ids: [neighbour] }), []);
    assert.deepEqual(await found({ experiment_ids: [id], filter: `artifact_uri LIKE 'mlflow-artifacts:/${id}/%'` }), ["r1"]);
    assert.equal((await api("POST", "experiments/update", { experiment_id: id, new_name: "renamed" })).status, 200);
    assert.match((await api("POST", "runs/create", { experiment_id: id })).text, new RegExp(`"experiment_id":"${id}"`));
    assert.match((await api("POST", "logged-models", { experiment_id: id, name: "m" })).text, new RegExp(`"artifact_uri":"mlflow-artifacts:/${id}/models/`));
    assert.deepEqual(listExperiments(openRunTable(store), "active", []).find(({ name }) => name === "renamed")?.experimentId, id);
  } finally {
    await door.close();
  }
});

test("a step or a time beyond 2^53, which would be stored as another number, is refused with the limit", async () => {
  const door = await openDoor();
  try {
    const call = caller(door);
    const run = /"run_id":"(\w+)"/.exec((await call("POST", "/api/2.0/mlflow/runs/create", { start_time: 1 })).text)?.[1];
    const log = (more: object) => call("POST", "/api/2.0/mlflow/runs/log-batch", { run_id: run, metrics: [{ key: "m", value: 1, timestamp: 1, step: 1 }, { key: "m", value: 1, timestamp: 1, step: 2, ...more }] });
    for (const [field, value] of [["step", "9007199254740993"], ["step", "-9007199254740993"], ["timestamp", "9223372036854775807"]] as const) {
      const { status, json } = await log({ [field]: value });
      assert.deepEqual([status, json["error_code"]], [400, "INVALID_PARAMETER_VALUE"]);
      assert.match(String(json["message"]), new RegExp(`^Invalid value ${value} for parameter 'metrics\\[1\\].${field}' supplied: Touchstone keeps whole numbers from -9007199254740991 to 9007199254740991 \\(2\\^53 - 1\\)\\.`));
    }
    // Of a batch that is refused nothing stays.
    assert.doesNotMatch((await call("GET", `/api/2.0/mlflow/runs/get?run_id=${run}`)).text, /metrics/);
    for (const step of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) assert.equal((await log({ step, timestamp: Number.MAX_SAFE_INTEGER })).status, 200);
    assert.match((await call("GET", `/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=m&max_results=5`)).text, /"timestamp":9007199254740991,"step":-9007199254740991\}.*"timestamp":9007199254740991,"step":9007199254740991/);
    assert.match((await call("GET", `/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=${run}&metric_key=m`)).text, /"step":-9007199254740991,.*"step":9007199254740991,/);
  } finally {
    await door.close();
  }
});
