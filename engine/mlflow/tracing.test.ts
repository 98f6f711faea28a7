import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { launchOf } from "../store/store.fixture.ts";
import { clientEnvironment, runScript } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const human = ["HUMAN", "ann@example.com"];
const feedback = (name: string, value: unknown) => [name, "Feedback", value, ...human, `because ${name}`, { k: name }, true, false];

/** What a traced program reads back of what it logged, however its spans travelled. */
const expected = {
  spans: true,
  count: 4,
  differs: [],
  tree: [["answer", null, "CHAIN", "OK"], ["retrieve", "answer", "RETRIEVER", "OK"], ["breaks", "answer", "TOOL", "ERROR"], ["llm", "answer", "CHAT_MODEL", "OK"]],
  times: [true, true],
  state: ["OK", "ERROR"],
  previews: ['{"question": "why?", "style": "short"}', '{"answer": "42", "sources": 3, "style": "short", "pi": 3.0}'],
  tags: { team: "blue", later: "ja", gone: null, "mlflow.traceName": "answer" },
  metadata: { "mlflow.trace.session": "s-1", "mlflow.trace.user": "ann", "mlflow.sourceRun": "<run>" },
  run: "<run>",
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  assessments: [
    feedback("bool", ["bool", true]),
    feedback("dict", { a: { b: [["bool", true]] } }),
    ["failed", "Feedback", ["NoneType", null], "CODE", "default", null, null, true, false],
    feedback("float", ["float", 0.5]),
    ["limit", "Expectation", ["float", 2], ...human, null, { why: "more" }, null, false],
    feedback("list", [["float", 1.5], ["str", "a"], ["NoneType", null]]),
    ["quality", "Feedback", ["str", "bad"], ...human, null, null, false, false],
    ["quality", "Feedback", ["str", "good"], ...human, "looked again", null, true, true],
    feedback("text", ["str", "ü"]),
    ["want", "Expectation", { facts: [["str", "a"], ["int", 1], ["float", 2.5]] }, ...human, null, null, null, false],
  ],
  error: [{ error_code: "LIMIT", error_message: "too much", stack_trace: "at x" }],
  exception: [{ "exception.message": "böse", "exception.type": "ValueError" }],
  order: [["answer", "breaks"], ["breaks", "answer"], ["breaks"]],
  searched: [1, 4],
  frame: [2, ["ERROR", "OK"]],
  deleted: 1,
  left: ["answer"],
  missing: "RESOURCE_DOES_NOT_EXIST",
};
const found = (mode: "json" | "spans") => ({
  "status = 'OK'": ["answer"],
  "status = 'ERROR'": ["breaks"],
  "run_id = '<run>'": ["breaks", "answer"],
  "name = 'answer'": ["answer"],
  "tag.team = 'blue'": ["answer"],
  "metadata.`mlflow.trace.session` = 's-1'": ["answer"],
  [`client_request_id = 'c-${mode}'`]: ["answer"],
  "feedback.quality = 'good'": ["answer"],
  "feedback.quality = 'bad'": [],
  "feedback.float > 0.4": ["answer"],
  "expectation.limit = '2'": [],
  "timestamp_ms > 0": ["breaks", "answer"],
  "execution_time_ms < 0": [],
  "name RLIKE '^ans'": ["answer"],
  "name ILIKE 'BRE%'": ["breaks"],
});

test("a traced program's spans as JSON among the artifacts, as clients and servers before 3.4 have it: read back by value", async () => {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "tracing.py", "json");
  assert.equal(code, 0, output);
  assert.deepEqual(result, { ...expected, client: "c-json", found: found("json") });
});

test("spans that lie among the artifacts are given by the routes of spans too, and go with their trace", async () => {
  const { store, uri, storeToken } = door;
  const headers = { authorization: `Bearer ${storeToken}`, "content-type": "application/json" };
  const ask = async (method: string, path: string, body?: string) => {
    const answer = await fetch(`${uri}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, text: await answer.text() };
  };
  const id = "tr-0af7651916cd43dd8448eb211c80319c";
  const info = { trace_id: id, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } }, request_time: "2025-01-31T12:00:00Z", state: "OK" };
  assert.equal((await ask("POST", "/api/3.0/mlflow/traces", JSON.stringify({ trace: { trace_info: info } }))).status, 200);
  const span = '{"trace_id":"CvdlGRbNQ92ESOshHIAxnA==","span_id":"t61rcWkgMzE=","parent_span_id":null,"name":"a","start_time_unix_nano":1795282292297087468,"end_time_unix_nano":1795282292523508634,"events":[],"status":{"code":"STATUS_CODE_OK","message":""},"attributes":{"k":"[1, 2.0]"},"links":[]}';
  const place = `/api/2.0/mlflow-artifacts/artifacts/0/traces/${id}/artifacts`;
  assert.equal((await ask("PUT", `${place}/traces.json`, `{"spans":[${span}]}`)).status, 200);
  const expected = '"spans":[{"trace_id":"CvdlGRbNQ92ESOshHIAxnA==","span_id":"t61rcWkgMzE=","name":"a","start_time_unix_nano":1795282292297087468,"end_time_unix_nano":1795282292523508634,"attributes":[{"key":"k","value":{"array_value":{"values":[{"int_value":1},{"double_value":2}]}}}],"status":{"code":"STATUS_CODE_OK"}}]';
  for (const path of [`get?trace_id=${id}`, `batchGet?trace_ids=${id}`]) assert.ok((await ask("GET", `/api/3.0/mlflow/traces/${path}`)).text.includes(expected), path);
  const file = `${store.dir}/artifacts/0/traces/${id}/artifacts/traces.json`;
  assert.ok(existsSync(file));
  assert.equal((await ask("POST", "/api/3.0/mlflow/traces/delete-traces", JSON.stringify({ experiment_id: "0", request_ids: [id] }))).text, '{"traces_deleted":1}');
  assert.deepEqual([existsSync(file), store.read.artifacts.under(`trace:${id}`, "")], [false, []]);
});

test("a script that names no experiment has its traces where its runs are, and finds and deletes them there", async () => {
  const { store, uri } = door;
  const { experimentId } = await store.write("launch.create", launchOf("tracer", "tracer-first"));
  const token = door.launchToken("tracer");
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`${uri}/api/${path}`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    return JSON.parse(await answer.text());
  };
  const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } };
  const { trace } = await ask("3.0/mlflow/traces", { trace: { trace_info: { trace_id: "tr-own", trace_location: location, request_time: "2025-01-31T12:00:00Z", state: "OK" } } });
  assert.deepEqual([trace.trace_info.trace_location.mlflow_experiment.experiment_id, trace.trace_info.tags["mlflow.artifactLocation"]], [experimentId, `mlflow-artifacts:/${experimentId}/traces/tr-own/artifacts`]);
  const { traces } = await ask("3.0/mlflow/traces/search", { locations: [location] });
  assert.deepEqual(traces.map((one: { trace_id: string }) => one.trace_id), ["tr-own"]);
  assert.deepEqual(await ask("2.0/mlflow/traces/delete-traces", { experiment_id: "0", max_timestamp_millis: Date.now() }), { traces_deleted: 1 });
});

test("its spans by OTLP as they end, as clients since 3.4 send them: read back by value, and found by what they hold", async () => {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "tracing.py", "spans");
  assert.equal(code, 0, output);
  const bySpans = {
    "span.name = 'llm'": ["answer"],
    "span.type = 'RETRIEVER' AND span.name = 'retrieve'": ["answer"],
    "span.type = 'RETRIEVER' AND span.name = 'llm'": [],
    "span.attributes.text LIKE '%quoted%'": ["answer"],
    "trace.text LIKE '%why?%'": ["answer"],
  };
  assert.deepEqual(result, { ...expected, client: "c-spans", found: { ...found("spans"), ...bySpans } });
});
