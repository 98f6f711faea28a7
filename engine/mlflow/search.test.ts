import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

interface Answer {
  readonly status: number;
  readonly runs: readonly string[];
  readonly next: string | undefined;
  readonly message: string;
}

let door: DoorFixture;
let experiment: string;

before(async () => {
  door = await openDoor();
  experiment = (await door.store.write("experiment.create", { name: "searched", time: 1, tags: [] })).experimentId;
});
after(() => door.close());

async function makeRun(name: string, values: { start?: number; metrics?: Record<string, number>; params?: Record<string, string>; tags?: Record<string, string>; status?: "finished" | "failed" | "lost" } = {}): Promise<string> {
  const runId = `${name}${"0".repeat(32)}`.slice(0, 32);
  const pairs = (record: Record<string, string> = {}) => Object.entries(record).map(([key, value]) => ({ key, value }));
  await door.store.write("run.create", { runId, experimentId: experiment, name, named: true, user: "ada", start: values.start ?? 1_000, tags: [] });
  const metrics = Object.entries(values.metrics ?? {}).map(([key, value]) => ({ key, value, step: 0, time: 1 }));
  await door.store.write("run.logBatch", { runId, metrics, params: pairs(values.params), tags: pairs(values.tags) });
  if (values.status) await door.store.write("run.update", { runIds: [runId], status: values.status, end: 9_000 });
  return runId;
}

async function search(body: object): Promise<Answer> {
  const answer = await fetch(`${door.uri}/api/2.0/mlflow/runs/search`, {
    method: "POST",
    headers: { authorization: `Bearer ${door.storeToken}`, "content-type": "application/json" },
    body: JSON.stringify({ experiment_ids: [experiment], ...body }),
  });
  // SAFETY: the door's shapes, which door.test.ts checks.
  const json = (await answer.json()) as { runs?: { info: { run_name: string } }[]; next_page_token?: string; message?: string };
  return { status: answer.status, runs: (json.runs ?? []).map(({ info }) => info.run_name), next: json.next_page_token, message: json.message ?? "" };
}

test("a run is found by what a client reads of it: its status in MLflow's words, its name, its data sets", async () => {
  const runId = await makeRun("kept", { start: 3_000, metrics: { auc: 0.5 }, params: { lr: "0.10" }, tags: { "my key": "x" }, status: "finished" });
  await makeRun("lost", { start: 2_000, status: "lost" });
  await makeRun("bare", { start: 1_000 });
  const dataset = (name: string, context: string) => ({ name, digest: `${name}-1`, sourceType: "local", source: "{}", schema: null, profile: null, tags: [{ key: "mlflow.data.context", value: context }] });
  await door.store.write("run.logInputs", { runId, datasets: [dataset("iris", "train"), dataset("wine", "test")], models: [] });
  const found = async (filter: string): Promise<string> => (await search({ filter })).runs.join(" ");
  assert.equal(await found("status = 'FAILED'"), "lost");
  assert.equal(await found("attributes.status != 'RUNNING' AND run_name LIKE '%t'"), "kept lost");
  assert.equal(await found("tags.mlflow.runName = 'bare'"), "bare");
  assert.equal(await found("`run name` = 'bare' and attr.created < 2000"), "bare");
  assert.equal(await found("dataset.name = 'iris' AND datasets.context = 'test'"), "kept");
  assert.equal(await found("dataset.name NOT IN ('iris')"), "kept");
  assert.equal(await found("dataset.digest LIKE 'iris%' and params.lr = '0.10' and tags.\"my key\" = 'x'"), "kept");
  assert.equal(await found("params.lr = '0.1'"), "");
  assert.equal(await found("params.lr IS NULL"), "lost bare");
  assert.equal(await found("metrics.auc != 7"), "kept");
  assert.equal(await found("not metrics.auc > 0.4 or (params.lr = 0.1)"), "kept");
});

test("what cannot be is refused in MLflow's words", async () => {
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ filter: "acc > 0.9" }, /Invalid attribute key 'acc' specified. Valid keys are/],
    [{ filter: "metric.acc > 'a'" }, /Expected numeric value type for metric. Found 'a'/],
    [{ filter: "start_time > 'x'" }, /Expected numeric value type for numeric attribute: start_time. Found 'x'/],
    [{ filter: "dataset.size = 'a'" }, /Invalid dataset key 'size' specified/],
    [{ filter: "model.acc = 'a'" }, /Invalid entity type 'model'. Valid values are \['metric', 'parameter', 'tag', 'attribute', 'dataset'\]/],
    [{ filter: "params.a = 'b' AND" }, /Invalid clause\(s\) in filter string/],
    [{ order_by: ["metrics.a", "metric.a DESC"] }, /`order_by` contains duplicate fields: /],
    [{ order_by: ["start_time", "created DESC"] }, /`order_by` contains duplicate fields: /],
    [{ order_by: ["loss"] }, /Invalid attribute key 'loss' specified/],
    [{ order_by: ["dataset.name"] }, /Invalid identifier type 'dataset'/],
    [{ order_by: ["metrics.a up"] }, /Invalid ordering key in order_by clause/],
    [{ page_token: "nonsense" }, /Invalid page token, could not base64-decode/],
  ];
  for (const [body, message] of refused) {
    const answer = await search(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(answer.message, message);
  }
});

test("texts are sorted by their letters, NaN stands before missing and both last, ties go by start and id", async () => {
  experiment = (await door.store.write("experiment.create", { name: "sorted", time: 1, tags: [] })).experimentId;
  for (const [name, x, p] of [["b1", 2, "10"], ["a1", Number.NaN, "9"], ["c1", undefined, "B"], ["d1", Number.NEGATIVE_INFINITY, undefined], ["e1", 2, "a"]] as const) {
    await makeRun(name, { ...(x === undefined ? {} : { metrics: { x } }), ...(p === undefined ? {} : { params: { p } }) });
  }
  const order = async (...order_by: string[]): Promise<string> => (await search({ order_by })).runs.join(" ");
  assert.equal(await order(), "a1 b1 c1 d1 e1");
  assert.equal(await order("metrics.x"), "d1 b1 e1 a1 c1");
  assert.equal(await order("metrics.x DESC"), "b1 e1 d1 a1 c1");
  assert.equal(await order("params.p ASC"), "b1 a1 c1 e1 d1");
  assert.equal(await order("params.p desc", "run_id"), "e1 c1 a1 b1 d1");
  assert.equal(await order("metrics.x", "run_id DESC"), "d1 e1 b1 a1 c1");
});

test("a walk over all pages sees each run that was there at its start exactly once, while runs are added and change", async () => {
  experiment = (await door.store.write("experiment.create", { name: "walked", time: 1, tags: [] })).experimentId;
  const first = await Promise.all(Array.from({ length: 50 }, (_, i) => makeRun(`w${String(i).padStart(2, "0")}`, { start: 1_000 + i, metrics: { x: i % 7 } })));
  for (const order_by of [[], ["metrics.x DESC"], ["start_time"]]) {
    const seen: string[] = [];
    let token: string | undefined;
    for (let page = 0; page === 0 || token !== undefined; page++) {
      const answer = await search({ order_by, max_results: 7, ...(token === undefined ? {} : { page_token: token }) });
      seen.push(...answer.runs);
      token = answer.next;
      await makeRun(`n${page}${order_by.join("").length}x`, { start: 5_000 + page, metrics: { x: 9 - page } });
      await door.store.write("run.logBatch", { runId: first[(page * 11) % 50] ?? "", metrics: [{ key: "x", value: 100 - page, step: page + 1, time: 2 }], params: [], tags: [] });
    }
    const old = seen.filter((name) => name.startsWith("w"));
    assert.equal(old.length, 50);
    assert.equal(new Set(seen).size, seen.length);
  }
});

test("a walk whose order is no longer kept goes on behind its last run", async () => {
  experiment = (await door.store.write("experiment.create", { name: "forgotten", time: 1, tags: [] })).experimentId;
  for (let i = 0; i < 6; i++) await makeRun(`f${i}`, { start: 1_000 + i });
  const { runs, next } = await search({ max_results: 2 });
  assert.deepEqual(runs, ["f5", "f4"]);
  await makeRun("f7", { start: 3_000 });
  for (let i = 0; i < 9; i++) await search({ max_results: 1 });
  assert.deepEqual((await search({ max_results: 9, page_token: next })).runs, ["f3", "f2", "f1", "f0"]);
});
