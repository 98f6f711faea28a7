import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { launchOf } from "../store/store.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
  await door.store.write("launch.create", launchOf("known", "known-run"));
});
after(() => door.close());

const api = "/api/2.0/mlflow/";

/** One call with raw headers, which `fetch` would not let through. */
function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; text: string; json: Record<string, unknown>; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    // The path goes out as it is; a URL would be normalised here already.
    const sent = request(door.uri, { method, path, headers: { authorization: `Bearer ${door.storeToken}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, json: text.startsWith("{") ? JSON.parse(text) : {}, headers: response.headers }));
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  });
}
const post = (path: string, body: unknown) => call("POST", api + path, body);
const failure = async (answer: Promise<{ status: number; json: Record<string, unknown> }>) => {
  const { status, json } = await answer;
  return [status, json["error_code"], json["message"]];
};

test("no token, a wrong one, a foreign host and a foreign page are refused; health and version are open", async () => {
  const path = `${api}experiments/get?experiment_id=0`;
  const code = async (headers: Record<string, string>) => (await call("GET", path, undefined, headers)).status;
  assert.equal(await code({}), 200);
  assert.equal(await code({ authorization: "" }), 401);
  assert.equal(await code({ authorization: "Bearer known.0000" }), 401);
  assert.equal(await code({ authorization: `Basic ${Buffer.from(`touchstone:${door.launchToken("known")}`).toString("base64")}` }), 200);
  assert.equal(await code({ host: "evil.example:80" }), 403);
  assert.equal(await code({ host: "127.0.0.1.evil.example" }), 403);
  assert.equal(await code({ origin: "https://evil.example" }), 403);
  assert.equal(await code({ origin: "http://localhost:3000" }), 200);
  // Whoever clicks on the link of MLflow's client reads where to look, and nothing of the store.
  const page = await call("GET", "/", undefined, { authorization: "" });
  assert.deepEqual([page.status, page.headers["content-type"], page.text.includes("touchstone runs"), page.text.includes(door.storeToken)], [200, "text/plain; charset=UTF-8", true, false]);
  const health = await call("GET", "/health", undefined, { authorization: "" });
  assert.deepEqual([health.status, health.text, health.headers["access-control-allow-origin"]], [200, "OK", undefined]);
  assert.match((await call("GET", "/version", undefined, { authorization: "" })).text, /^\d+\.\d+\.\d+$/);
});

test("what is not served says so in MLflow's form", async () => {
  assert.deepEqual(await failure(call("POST", "/api/3.0/mlflow/scorers/register", {})), [501, "NOT_IMPLEMENTED", "Touchstone does not answer POST /api/3.0/mlflow/scorers/register."]);
  assert.deepEqual(await failure(call("GET", "/nothing")), [404, "ENDPOINT_NOT_FOUND", "There is no GET /nothing here."]);
});

test("wrong fields are named as MLflow names them", async () => {
  const { json } = await post("runs/create", { experiment_id: "0", start_time: "12" });
  // SAFETY: the answer's shape is what the next lines assert on.
  const { run } = json as { run: { info: { run_id: string; start_time: number; status: string; artifact_uri: string } } };
  const { run_id } = run.info;
  assert.deepEqual([run.info.start_time, run.info.status, run.info.artifact_uri], [12, "RUNNING", `mlflow-artifacts:/0/${run_id}/artifacts`]);
  const message = async (path: string, body: object) => String((await failure(post(path, { run_id, ...body })))[2]);
  assert.match(await message("runs/log-metric", { key: "a", value: 1 }), /^Missing value for required parameter 'timestamp'\./);
  assert.match(await message("runs/log-batch", { metrics: [{ key: "a", value: 1 }] }), /^Missing value for required parameter 'metrics\[0\]\.timestamp'\./);
  assert.match(await message("runs/log-batch", { metrics: [{ key: "a", value: "x", timestamp: 1 }] }), /^Invalid value "x" for parameter 'metrics\[0\]\.value' supplied/);
  assert.match(await message("runs/log-batch", { metrics: {} }), /^Invalid value \{\} for parameter 'metrics' supplied/);
  assert.match(await message("runs/log-parameter", { key: "../a", value: "1" }), /must not resolve to other names/);
  assert.match(await message("runs/log-parameter", { key: "a&b", value: "1" }), /Names may only contain/);
  assert.match(await message("runs/set-tag", { key: "k".repeat(251), value: "1" }), /exceeds the maximum length of 250/);
  assert.match(await message("runs/log-batch", { params: [{ key: "a", value: "1" }, { key: "a", value: "1" }] }), /Duplicate parameter keys/);
  assert.match(await message("runs/log-batch", { tags: Array.from({ length: 101 }, (_, i) => ({ key: `k${i}`, value: "" })) }), /at most 100 tags/);
  assert.match(String((await failure(call("POST", `${api}runs/create`, "{", { "content-type": "application/json" })))[2]), /not valid JSON/);
  assert.match(String((await failure(call("POST", `${api}runs/create`, "a=b", { "content-type": "text/plain" })))[2]), /Content-Type must be one of/);
  assert.deepEqual(await failure(post("runs/create", { experiment_id: "99" })), [404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=99 exists"]);
});

test("numbers as JSON has them and as it has not; bodies encoded twice; numbers as strings", async () => {
  const { json } = await call("POST", `${api}runs/create`, JSON.stringify(JSON.stringify({ experiment_id: "0", run_name: "twice" })));
  // SAFETY: as above.
  const { run_id, run_name } = (json as { run: { info: { run_id: string; run_name: string } } }).run.info;
  assert.equal(run_name, "twice");
  for (const [step, value] of ["NaN", "-Infinity", "0.25", 4].entries()) assert.equal((await post("runs/log-metric", { run_id, key: "m", value, timestamp: String(10 + step), step })).status, 200);
  const history = await call("GET", `${api}metrics/get-history?run_id=${run_id}&metric_key=m`);
  assert.equal(history.text, '{"metrics":[{"key":"m","value":"NaN","timestamp":10,"step":0},{"key":"m","value":"-Infinity","timestamp":11,"step":1},{"key":"m","value":0.25,"timestamp":12,"step":2},{"key":"m","value":4,"timestamp":13,"step":3}]}');
  const first = await call("GET", `${api}metrics/get-history?run_id=${run_id}&metric_key=m&max_results=3`);
  const rest = await call("GET", `${api}metrics/get-history?run_id=${run_id}&metric_key=m&max_results=3&page_token=${encodeURIComponent(String(first.json["next_page_token"]))}`);
  assert.equal(rest.text, '{"metrics":[{"key":"m","value":4,"timestamp":13,"step":3}]}');
});

test("a repeated call whose answer was lost is one run; the same words after a delivered answer are two", async () => {
  const body = JSON.stringify({ experiment_id: "0", start_time: 77, tags: [] });
  const headers = { authorization: `Bearer ${door.launchToken("retry")}`, "content-type": "application/json" };
  await door.store.write("launch.create", launchOf("retry", "retry-first"));
  const id = async () => ((await call("POST", `${api}runs/create`, body, headers)).json as { run: { info: { run_id: string } } }).run.info.run_id; // SAFETY: as above.
  // The client hangs up before the answer: its last byte and its end lie at the server in one turn, and no commit comes in between.
  await new Promise<void>((resolve, reject) => {
    const { hostname, port } = new URL(door.uri);
    const lost = connect(Number(port), hostname, () => {
      const head = Object.entries({ host: `${hostname}:${port}`, ...headers, "content-length": String(body.length) }).map(([name, value]) => `${name}: ${value}\r\n`);
      lost.write(`POST ${api}runs/create HTTP/1.1\r\n${head.join("")}\r\n${body}`);
      lost.destroy();
    });
    lost.on("error", reject).on("close", () => resolve());
  });
  const changed = new Promise<void>((resolve) => {
    if (door.store.read.launches.byId("retry")?.adopted) resolve();
    else door.store.onChange(() => resolve());
  });
  await changed;
  assert.equal(await id(), "retry-first");
  const second = await id();
  assert.notEqual(second, "retry-first");
  assert.equal(door.store.read.runs.ofLaunch(door.store.read.launches.keyOf("retry") ?? 0).length, 2);
});

test("a repeated call finishes the move of an adopted run's artifacts that the first one did not come to", async () => {
  const { store } = door;
  const headers = { authorization: `Bearer ${door.launchToken("torn")}`, "content-type": "application/json" };
  const { experimentId: from } = await store.write("launch.create", launchOf("torn", "torn-first"));
  const artifacts = createArtifacts(store);
  await artifacts.put({ kind: "run", id: "torn-first" }, "early.txt", new TextEncoder().encode("early"));
  const { experimentId } = await store.write("experiment.create", { name: "torn-own", time: 1, tags: [] });
  const body = JSON.stringify({ experiment_id: experimentId, start_time: 88, tags: [] });
  const answer = () => call("POST", `${api}runs/create`, body, headers);
  assert.equal((await answer()).status, 200);
  // As an engine leaves it that dies between the commit and the move; the next one remembers no calls.
  const root = join(store.dir, "artifacts");
  mkdirSync(join(root, from), { recursive: true });
  renameSync(join(root, experimentId, "torn-first"), join(root, from, "torn-first"));
  const next = await openDoor(store.folder);
  try {
    const repeated = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${next.uri}${api}runs/create`, { method: "POST", headers }, (response) => response.resume().on("end", () => resolve(response.statusCode)));
      sent.on("error", reject).end(body);
    });
    assert.equal(repeated, 200);
  } finally {
    await next.close();
  }
  assert.equal(store.read.runs.ofLaunch(store.read.launches.keyOf("torn") ?? 0).length, 1);
  assert.equal(readFileSync(join(root, experimentId, "torn-first", "artifacts", "early.txt"), "utf8"), "early");
});

test("a run whose artifacts cannot follow it yet is the same run when the client repeats the call that failed", async () => {
  const { store } = door;
  const headers = { authorization: `Bearer ${door.launchToken("full")}`, "content-type": "application/json" };
  await store.write("launch.create", launchOf("full", "full-first"));
  await createArtifacts(store).put({ kind: "run", id: "full-first" }, "early.txt", new TextEncoder().encode("early"));
  const { experimentId } = await store.write("experiment.create", { name: "full-own", time: 1, tags: [] });
  // No folder can be made there, as on a full disk.
  const place = join(store.dir, "artifacts", experimentId);
  writeFileSync(place, "");
  const body = JSON.stringify({ experiment_id: experimentId, start_time: 99, tags: [] });
  const answer = () => call("POST", `${api}runs/create`, body, headers);
  assert.equal((await answer()).status, 500);
  assert.equal((await answer()).status, 500);
  rmSync(place);
  const { status, json } = await answer();
  // SAFETY: as above.
  assert.deepEqual([status, (json as { run: { info: { run_id: string } } }).run.info.run_id], [200, "full-first"]);
  assert.equal(store.read.runs.ofLaunch(store.read.launches.keyOf("full") ?? 0).length, 1);
  assert.equal(readFileSync(join(place, "full-first", "artifacts", "early.txt"), "utf8"), "early");
});

test("artifacts: paths that leave the run are refused, however they are written", async () => {
  const root = "/api/2.0/mlflow-artifacts/artifacts/1/known-run/artifacts";
  for (const path of ["..%2f..%2fx", "%2e%2e/x", "%252e%252e/x", "a%5cb", "a%23b"]) {
    const { status, json } = await call("PUT", `${root}/${path}`, "x", { "content-type": "text/plain" });
    assert.deepEqual([status, String(json["message"]).slice(0, 12)], [400, "Invalid path"], path);
  }
  assert.equal((await call("PUT", `${root}/a+b.txt`, "x", { "content-type": "text/plain" })).status, 200);
  const read = await call("GET", `${root}/a+b.txt`);
  assert.deepEqual([read.text, read.headers["x-content-type-options"], read.headers["content-length"]], ["x", "nosniff", "1"]);
  assert.equal((await call("GET", `${root}/none`)).status, 404);
  assert.equal((await call("GET", "/api/2.0/mlflow-artifacts/artifacts/1/nobody/artifacts/x")).status, 404);
});

test("experiments: found by id and name, renamed, deleted with their runs and restored", async () => {
  const { json } = await post("experiments/create", { name: "täst", tags: [{ key: "a", value: "b" }] });
  const experiment_id = String(json["experiment_id"]);
  assert.deepEqual(await failure(post("experiments/create", { name: "täst" })), [400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=täst) already exists."]);
  await post("runs/create", { experiment_id });
  await post("experiments/delete", { experiment_id });
  const search = async (view: string) => (await post("runs/search", { experiment_ids: [experiment_id], run_view_type: view })).json["runs"] ?? [];
  assert.deepEqual([(await search("ACTIVE_ONLY") as unknown[]).length, (await search("DELETED_ONLY") as unknown[]).length], [0, 1]); // SAFETY: a list by the API.
  await post("experiments/restore", { experiment_id });
  await post("experiments/update", { experiment_id, new_name: "renamed" });
  const { experiment } = (await call("GET", `${api}experiments/get-by-name?experiment_name=renamed`)).json as { experiment: { lifecycle_stage: string; tags: unknown } }; // SAFETY: as above.
  assert.deepEqual([experiment.lifecycle_stage, experiment.tags, (await search("ACTIVE_ONLY") as unknown[]).length], ["active", [{ key: "a", value: "b" }], 1]); // SAFETY: a list by the API.
});
