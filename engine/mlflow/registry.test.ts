import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { valueAt } from "../../test/differential/compare.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import { rawCall } from "./call.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

type Json = Readonly<Record<string, unknown>>;

async function call(method: string, path: string, body: Json = {}, at: DoorFixture = door): Promise<Json> {
  const query = method === "GET" ? `?${new URLSearchParams(Object.entries(body).map(([key, value]) => [key, String(value)])).toString()}` : "";
  const text = JSON.stringify(body);
  // Of a DELETE Node does not say by itself how long its body is.
  const length = method === "GET" ? {} : { "content-length": String(Buffer.byteLength(text)) };
  const headers = { authorization: `Bearer ${at.storeToken}`, "content-type": "application/json", ...length };
  const place = path.startsWith("3.0/") ? `/api/3.0/mlflow/${path.slice(4)}` : `/api/2.0/mlflow/${path}`;
  return (await rawCall(at.uri, { method, path: place + query, headers }, method === "GET" ? undefined : text)).json;
}
const post = (path: string, body: Json) => call("POST", path, body);
const texts = (list: unknown, path: string): string[] => (Array.isArray(list) ? list.map((item: unknown) => String(valueAt(item, path))) : []);

test("versions that are made at the same moment have numbers of their own, and each its tags", async () => {
  await post("registered-models/create", { name: "rush" });
  const made = await Promise.all(Array.from({ length: 20 }, (_, i) => post("model-versions/create", { name: "rush", source: `s3://bucket/${i}`, tags: [{ key: "i", value: String(i) }] })));
  const numbers = made.map((one) => Number(valueAt(one, "model_version.version")));
  assert.deepEqual(numbers.toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i + 1));
  assert.deepEqual(texts(made, "model_version.tags.0.value"), Array.from({ length: 20 }, (_, i) => String(i)));
});

test("after a restart the same words are a repeated call for minutes, and a second call the day after", async (t) => {
  const { folder, dispose } = temporaryFolder();
  t.after(dispose);
  const words = { name: "nightly", source: "s3://bucket/model" };
  /** A door that remembers no call. */
  const once = async (path: string, body: Json): Promise<Json> => {
    const fresh = await openDoor(folder);
    try {
      return await call("POST", path, body, fresh);
    } finally {
      await fresh.close();
    }
  };
  await once("registered-models/create", { name: "nightly" });
  const version = async () => valueAt(await once("model-versions/create", words), "model_version.version");
  assert.deepEqual([await version(), await version()], ["1", "1"]);
  mock.timers.enable({ apis: ["Date"], now: Date.now() + 24 * 3_600_000 });
  t.after(() => mock.timers.reset());
  assert.equal(await version(), "2");
  assert.equal(valueAt(await once("registered-models/create", { name: "nightly" }), "error_code"), "RESOURCE_ALREADY_EXISTS");
});

test("a path of this computer is a source only within the artifacts of the named run", async () => {
  const experiment = await post("experiments/create", { name: "local", artifact_location: "file:///data/art" });
  const run = await post("runs/create", { experiment_id: valueAt(experiment, "experiment_id"), start_time: 1 });
  const run_id = String(valueAt(run, "run.info.run_id"));
  const root = String(valueAt(run, "run.info.artifact_uri"));
  assert.ok(root.startsWith("file:///data/art/"), root);
  await post("registered-models/create", { name: "local" });
  const create = async (source: string, more: Json = { run_id }) => {
    const answer = await post("model-versions/create", { name: "local", source, ...more });
    return valueAt(answer, "model_version.source") ?? valueAt(answer, "error_code");
  };
  const path = root.slice("file://".length);
  assert.equal(await create(`${root}/model`), `${root}/model`);
  assert.equal(await create(`${path}/model`), `${path}/model`);
  for (const bad of [`${path}/../other/model`, `${path}-other/model`, "/etc/passwd", "file:///etc/passwd", `${path}/%2e%2e/%2e%2e/x`]) assert.equal(await create(bad), "INVALID_PARAMETER_VALUE", bad);
  assert.equal(await create(`${path}/model`, {}), "INVALID_PARAMETER_VALUE");
});

test("logged models are found by the status that clients name, by their latest metric, and in the order of it with missing last", async () => {
  const experiment_id = valueAt(await post("experiments/create", { name: "logged" }), "experiment_id");
  const run_id = valueAt(await post("runs/create", { experiment_id, start_time: 1 }), "run.info.run_id");
  const ids: unknown[] = [];
  for (const name of ["a", "b", "c", "d"]) ids.push(valueAt(await post("logged-models", { experiment_id, name }), "model.info.model_id"));
  await call("PATCH", `logged-models/${String(ids[0])}`, { model_id: ids[0], status: "LOGGED_MODEL_READY" });
  const metric = (model: number, value: number | string, step: number) => ({ key: "acc", value, step, timestamp: 1000 + step, model_id: ids[model] });
  await post("runs/log-batch", { run_id, metrics: [metric(0, 0.9, 1), metric(0, 0.1, 2), metric(1, 0.5, 1), metric(2, "NaN", 1)] });
  const names = async (more: Json) => texts((await post("logged-models/search", { experiment_ids: [experiment_id], ...more }))["models"], "info.name").join("");
  assert.equal(await names({ filter: "status = 'READY'" }), "a");
  assert.equal(await names({ filter: "metrics.acc < 0.2" }), "a");
  assert.equal(await names({ filter: "metrics.acc > 0.6" }), "");
  assert.equal(await names({ order_by: [{ field_name: "metrics.acc" }] }), "abcd");
  assert.equal(await names({ order_by: [{ field_name: "metrics.acc", ascending: false }] }), "bacd");
  assert.equal(await names({ filter: "name = 'a' OR (tags.x IS NULL AND name = 'd')", order_by: [{ field_name: "name", ascending: false }] }), "da");
});

test("records of an evaluation dataset: pages go on where they ended while others are added; deleted with the data set", async () => {
  const dataset_id = String(valueAt(await post("3.0/datasets/create", { name: "growing" }), "dataset.dataset_id"));
  const put = (...inputs: number[]) => post(`3.0/datasets/${dataset_id}/records`, { records: JSON.stringify(inputs.map((n) => ({ inputs: { n } }))) });
  await put(1, 2, 3, 4, 5);
  const seen: number[] = [];
  let page_token: unknown = "";
  do {
    const page: Json = await call("GET", `3.0/datasets/${dataset_id}/records`, { max_results: 2, page_token });
    // SAFETY: the text of a list of records.
    seen.push(...(JSON.parse(String(page["records"])) as { inputs: { n: number } }[]).map(({ inputs }) => inputs.n));
    await put(seen.length + 100);
    page_token = page["next_page_token"];
  } while (page_token !== undefined && seen.length < 50);
  assert.deepEqual(new Set(seen.filter((n) => n <= 5)), new Set([1, 2, 3, 4, 5]));
  assert.equal(new Set(seen).size, seen.length);
  await call("DELETE", `3.0/datasets/${dataset_id}`);
  assert.deepEqual(await call("GET", `3.0/datasets/${dataset_id}/records`), { records: "[]" });
});

test("what is refused changes nothing", async () => {
  for (const name of ["calm", "taken"]) await post("registered-models/create", { name });
  await post("model-versions/create", { name: "calm", source: "s3://bucket/one" });
  const state = async () => JSON.stringify([await call("GET", "registered-models/get", { name: "calm" }), await call("GET", "model-versions/search", { filter: "name = 'calm'" })]);
  const was = await state();
  const refused: [string, string, Json][] = [
    ["POST", "model-versions/transition-stage", { name: "calm", version: "1", stage: "Archived", archive_existing_versions: true }],
    ["POST", "registered-models/alias", { name: "calm", alias: "best", version: "9007199254740993" }],
    ["POST", "registered-models/alias", { name: "calm", alias: "v1", version: "1" }],
    ["POST", "model-versions/create", { name: "calm", source: "models:/m-none", model_id: "m-none" }],
    ["POST", "model-versions/create", { name: "calm", source: "s3://bucket/two", tags: [{ key: "ok", value: "1" }, { key: "?", value: "1" }] }],
    ["POST", "registered-models/rename", { name: "calm", new_name: "taken" }],
    ["DELETE", "model-versions/delete", { name: "calm", version: "2" }],
    ["PATCH", "model-versions/update", { name: "calm", version: "-1", description: "x" }],
  ];
  for (const [method, path, body] of refused) assert.ok("error_code" in (await call(method, path, body)), `${path} ${JSON.stringify(body)}`);
  assert.equal(await state(), was);
});
