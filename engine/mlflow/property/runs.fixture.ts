import assert from "node:assert/strict";
import { byKey, type Draw, Model, type ModelRun } from "../model.fixture.ts";
import { type Aggregate, first, type Said, type Speaker, type Step } from "./sequence.fixture.ts";

const keys = ["loss", "val/acc", "a b", "größe", "x.y-z:1", "系"];
const values = [0, 1, -1, 0.1, 1e-300, 1e300, 123456789.5, Number.NaN, Infinity, -Infinity, 5e-324];
const texts = ["", "1", "täxt", "a\nb", "'\"\\", "😀".repeat(5), "x".repeat(6000), "null", "{}"];

const metric = (draw: Draw) => ({ key: draw.of(keys), value: draw.of(values), timestamp: draw.below(1e6) * 1e6 + draw.below(1e6), step: draw.below(200) - 20 });
const onWire = ({ key, value, timestamp, step }: ReturnType<typeof metric>) => ({ key, value: Number.isFinite(value) ? value : String(value), timestamp, step });

/** One valid call: what it says, and what it does to the model. Gives the run that it changed. */
type Move = (model: Model, draw: Draw, post: (path: string, body: object) => Promise<Record<string, unknown>>) => Promise<ModelRun | undefined>;

const createRun: Move = async (model, draw, post) => {
  const experiment = draw.of(model.activeExperiments);
  const [name, user, start] = [`run ${draw.below(1e9)}`, draw.of(["ada", ""]), 1e12 + draw.below(50)];
  const tags = draw.chance(0.5) ? [{ key: "team", value: draw.of(texts) }] : [];
  const { run } = await post("runs/create", { experiment_id: experiment.id, run_name: name, user_id: user, start_time: start, tags }) as { run: { info: { run_id: string } } }; // SAFETY: the protocol's shape; what is not so fails below.
  const made: ModelRun = { id: run.info.run_id, experiment: experiment.id, name, user, status: "RUNNING", start, end: null, deleted: false, withExperiment: false, params: new Map(), tags: new Map(tags.map(({ key, value }) => [key, value])), metrics: new Map() };
  model.runs.set(made.id, made);
  return made;
};

const moves: readonly Move[] = [
  async (model, draw, post) => {
    const name = `e${model.experiments.size} ${draw.of(texts).slice(0, 50)}`;
    const tags = draw.chance(0.5) ? [{ key: draw.of(keys), value: draw.of(texts) }] : [];
    const id = String((await post("experiments/create", { name, tags }))["experiment_id"]);
    model.experiments.set(id, { id, name, deleted: false, tags: new Map(tags.map(({ key, value }) => [key, value])) });
    return undefined;
  },
  async (model, draw, post) => {
    const experiment = draw.of(model.activeExperiments);
    const change = draw.below(3);
    const [key, value] = [draw.of(keys), draw.of(texts)];
    if (change === 0) {
      experiment.name = `renamed ${experiment.id} ${draw.below(1e9)}`;
      await post("experiments/update", { experiment_id: experiment.id, new_name: experiment.name });
    } else if (change === 1 || !experiment.tags.has(key)) {
      experiment.tags.set(key, value);
      await post("experiments/set-experiment-tag", { experiment_id: experiment.id, key, value });
    } else {
      experiment.tags.delete(key);
      await post("experiments/delete-experiment-tag", { experiment_id: experiment.id, key });
    }
    return undefined;
  },
  async (model, draw, post) => {
    const all = [...model.experiments.values()];
    const experiment = draw.of(all);
    if (!experiment.deleted && model.activeExperiments.length < 3) return undefined;
    await post(experiment.deleted ? "experiments/restore" : "experiments/delete", { experiment_id: experiment.id });
    model.setDeleted(experiment.id, !experiment.deleted);
    return undefined;
  },
  createRun,
  createRun,
  createRun,
  async (model, draw, post) => {
    const run = draw.of(model.activeRuns);
    run.status = draw.of(["FINISHED", "FAILED", "KILLED", "SCHEDULED"]);
    run.end = draw.chance(0.5) ? run.start + draw.below(1e6) : run.end;
    if (draw.chance(0.5)) model.setTag(run, "mlflow.runName", `named ${draw.below(1e9)}`);
    await post("runs/update", { run_id: run.id, status: run.status, run_name: run.name, ...(run.end === null ? {} : { end_time: String(run.end) }) });
    model.setTag(run, "mlflow.runName", run.name);
    return run;
  },
  async (model, draw, post) => {
    const run = draw.of([...model.runs.values()]);
    if (model.experiment(run.experiment).deleted) return undefined;
    await post(run.deleted ? "runs/restore" : "runs/delete", { run_id: run.id });
    run.deleted = !run.deleted;
    return run;
  },
  ...Array.from({ length: 4 }, (): Move => async (model, draw, post) => {
    const run = draw.of(model.activeRuns);
    const metrics = Array.from({ length: draw.below(30) }, () => metric(draw));
    const params = byKey([...new Map(Array.from({ length: draw.below(4) }, () => [draw.of(keys) + draw.below(9), draw.of(texts)]))].map(([key, value]) => ({ key, value: run.params.get(key) ?? value })));
    const tags = Array.from({ length: draw.below(4) }, () => ({ key: draw.of(keys), value: draw.of(texts) }));
    await post("runs/log-batch", { run_id: run.id, metrics: metrics.map(onWire), params, tags });
    for (const { key, value, timestamp, step } of metrics) model.log(run, key, { value, step, time: timestamp });
    for (const { key, value } of params) run.params.set(key, value);
    for (const { key, value } of tags) model.setTag(run, key, value);
    return run;
  }),
  async (model, draw, post) => {
    const run = draw.of(model.activeRuns);
    const one = metric(draw);
    await post("runs/log-metric", { run_id: run.id, ...onWire(one) });
    model.log(run, one.key, { value: one.value, step: one.step, time: one.timestamp });
    const key = draw.of(keys);
    await post("runs/log-parameter", { run_id: run.id, key, value: run.params.get(key) ?? "0.1" });
    run.params.set(key, run.params.get(key) ?? "0.1");
    return run;
  },
  async (model, draw, post) => {
    const run = draw.of(model.activeRuns);
    const gone = [...run.tags.keys()].find((key) => key !== "mlflow.runName");
    if (gone !== undefined && draw.chance(0.5)) {
      await post("runs/delete-tag", { run_id: run.id, key: gone });
      run.tags.delete(gone);
    } else {
      const [key, value] = [draw.chance(0.2) ? "mlflow.runName" : draw.of(keys), `tag ${draw.below(1e9)}`];
      await post("runs/set-tag", { run_id: run.id, key, value });
      model.setTag(run, key, value);
    }
    return run;
  },
];

/** A run as the door has it, with its lists by key. */
async function readRun(door: Speaker, id: string): Promise<object> {
  const { run } = (await door.say("GET", `runs/get?run_id=${id}`)) as { run: { data: Record<string, { key: string }[]> } }; // SAFETY: the protocol's shape; deepEqual finds any other.
  return { ...run, data: Object.fromEntries(Object.entries(run.data).map(([name, list]) => [name, byKey(list)])) };
}

async function readHistory(door: Speaker, id: string, key: string): Promise<object[]> {
  const all: object[] = [];
  for (let token = ""; ; ) {
    const query = new URLSearchParams({ run_id: id, metric_key: key, max_results: "7", ...(token === "" ? {} : { page_token: token }) });
    const { metrics = [], next_page_token: next } = (await door.say("GET", `metrics/get-history?${query.toString()}`)) as { metrics?: object[]; next_page_token?: string }; // SAFETY: as above.
    all.push(...metrics);
    if (next === undefined) return all;
    token = next;
  }
}

async function readFound(door: Speaker, experiment: string, view: string): Promise<string[]> {
  const all: string[] = [];
  for (let token: string | undefined; ; ) {
    const body = { experiment_ids: [experiment], run_view_type: view, max_results: 3, ...(token === undefined ? {} : { page_token: token }) };
    const { runs = [], next_page_token: next } = (await door.say("POST", "runs/search", body)) as { runs?: { info: { run_id: string } }[]; next_page_token?: string }; // SAFETY: as above.
    all.push(...runs.map(({ info }) => info.run_id));
    if (next === undefined) return all;
    token = next;
  }
}

async function check(model: Model, door: Speaker): Promise<void> {
  for (const { id, name, deleted, tags } of model.experiments.values()) {
    const { experiment } = (await door.say("GET", `experiments/get?experiment_id=${id}`)) as { experiment: { name: string; lifecycle_stage: string; tags?: { key: string; value: string }[] } }; // SAFETY: as above.
    assert.deepEqual([experiment.name, experiment.lifecycle_stage, byKey(experiment.tags ?? [])], [name, deleted ? "deleted" : "active", byKey([...tags].map(([key, value]) => ({ key, value })))]);
    assert.deepEqual(await readFound(door, id, "ACTIVE_ONLY"), model.found(id, false));
    assert.deepEqual(await readFound(door, id, "DELETED_ONLY"), model.found(id, true));
  }
  for (const run of model.runs.values()) {
    assert.deepEqual(await readRun(door, run.id), model.answerOf(run));
    for (const key of run.metrics.keys()) assert.deepEqual(await readHistory(door, run.id, key), model.historyOf(run, key));
  }
}

function wrong(model: Model, draw: Draw): Said {
  const run = draw.of([...model.runs.values()]);
  const active = draw.of(model.activeRuns);
  const experiment = draw.of(model.activeExperiments);
  const badKey = draw.of(["", "a&b", "../x", "/a", "a//b", "x".repeat(251), "a\u0000b", ".", "a/"]);
  const badId = draw.of(["", "nobody", "../x", 5, null, [], {}, "x".repeat(300)]);
  const badNumber = draw.of(["x", "", null, [], {}, "1e", "0x10"]);
  const badText = draw.of([5, true, [], {}, 1.5]);
  const [param] = [...active.params.keys()];
  const bodies: readonly (readonly [string, object])[] = [
    ["experiments/create", { name: draw.of(["", null, 5, [], "x".repeat(501), experiment.name]) }],
    ["experiments/create", { name: "new", tags: draw.of([5, {}, "a", [5], [{ key: badKey, value: "" }], [{ key: "k", value: "x".repeat(20_001) }]]) }],
    ["experiments/create", { name: "new", artifact_location: draw.of(["runs:/a", "s3://a#b", 5, `s3://${"x".repeat(2100)}`]) }],
    ["experiments/update", { experiment_id: draw.of(["999999999", "x", "", 5, null]), new_name: "new" }],
    ["experiments/update", { experiment_id: experiment.id, new_name: draw.of(["", 5, null, "x".repeat(501), "Default"]) }],
    ["experiments/delete", { experiment_id: draw.of(["999999999", "x", "", 5, null, "123456789012345678"]) }],
    ["experiments/restore", { experiment_id: experiment.id }],
    ["experiments/set-experiment-tag", { experiment_id: experiment.id, key: badKey, value: "1" }],
    ["experiments/delete-experiment-tag", { experiment_id: experiment.id, key: draw.of(["none", "", 5]) }],
    ["experiments/search", { max_results: draw.of([0, -1, 50_001, "x", {}]) }],
    ["experiments/search", { max_results: 5, filter: draw.of(["name = ", "nonsense = 'a'", "name ~ 'a'", 5, "name = 'a' AND"]) }],
    ["experiments/search-datasets", { experiment_ids: draw.of([[], ["x"], 5, Array.from({ length: 21 }, () => "1")]) }],
    ["runs/create", { experiment_id: draw.of(["999999999", "x", 5, {}]) }],
    ["runs/create", { experiment_id: experiment.id, start_time: draw.of(["x", {}, [], 1.5]) }],
    ["runs/create", { experiment_id: experiment.id, tags: draw.of([5, {}, "a", [5], [{ key: 5 }]]) }],
    ["runs/create", { experiment_id: experiment.id, run_name: "a", tags: [{ key: "mlflow.runName", value: "b" }] }],
    ["runs/update", { run_id: badId, status: "FINISHED" }],
    ["runs/update", { run_id: active.id, status: draw.of(["DONE", 77, {}, [], true]) }],
    ["runs/update", { run_id: active.id, end_time: draw.of(["x", {}, [], 1.5]) }],
    ["runs/delete", { run_id: badId }],
    ["runs/restore", { run_id: badId }],
    ["runs/log-metric", { run_id: active.id, key: badKey, value: 1, timestamp: 1 }],
    ["runs/log-metric", { run_id: active.id, key: "a", value: badNumber, timestamp: 1 }],
    ["runs/log-metric", { run_id: active.id, key: "a", value: 1, timestamp: draw.of([badNumber, -1, 1.5]) }],
    ["runs/log-metric", { run_id: badId, key: "a", value: 1, timestamp: 1 }],
    ["runs/log-parameter", { run_id: active.id, key: badKey, value: "1" }],
    ["runs/log-parameter", { run_id: active.id, key: "k", value: badText }],
    ["runs/set-tag", { run_id: active.id, key: badKey, value: "1" }],
    ["runs/delete-tag", { run_id: active.id, key: draw.of(["none", "", 5, null]) }],
    // The valid part of a batch must not stay either.
    ["runs/log-batch", { run_id: active.id, metrics: [{ key: "kept", value: 1, timestamp: 1 }, { key: badKey, value: 1, timestamp: 1 }] }],
    ["runs/log-batch", { run_id: active.id, metrics: [{ key: "kept", value: 1, timestamp: 1 }], params: [{ key: "p", value: "1" }, { key: "p", value: "1" }] }],
    ["runs/log-batch", { run_id: active.id, params: Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: "1" })) }],
    ["runs/log-batch", { run_id: active.id, tags: draw.of([{}, "a", [5], [{ key: badKey }]]) }],
    ...(param === undefined ? [] : [["runs/log-batch", { run_id: active.id, metrics: [{ key: "kept", value: 1, timestamp: 1 }], params: [{ key: "new", value: "1" }, { key: param, value: "another value" }] }] as const]),
    ["runs/log-inputs", { run_id: active.id, datasets: draw.of([{}, [5], [{}], [{ dataset: { name: "x".repeat(501), digest: "d", source_type: "a", source: "b" } }]]) }],
    ["runs/outputs", { run_id: active.id, models: draw.of([null, {}, 5, [5], [{}]]) }],
    ["runs/log-model", { run_id: active.id, model_json: draw.of(["", "{", "[]", "5", "{}", 5]) }],
    ["runs/search", { experiment_ids: draw.of(["a", 5, ["x"], [5]]) }],
    ["runs/search", { experiment_ids: [experiment.id], filter: draw.of(["metrics.a > 'x'", "a.b.c = 1", "metrics.a >", "(", 5, "params.a = 'x' OR"]) }],
    ["runs/search", { experiment_ids: [experiment.id], order_by: draw.of(["a", [5], ["metrics.a SIDEWAYS"]]) }],
    ["runs/search", { experiment_ids: [experiment.id], page_token: draw.of(["x", "bm90", 5]) }],
    ...(run.deleted ? [["runs/log-metric", { run_id: run.id, key: "a", value: 1, timestamp: 1 }] as const, ["runs/log-batch", { run_id: run.id, tags: [{ key: "a", value: "1" }] }] as const, ["runs/update", { run_id: run.id, status: "FINISHED" }] as const] : []),
  ];
  if (draw.chance(0.15)) {
    const query = draw.of(["runs/get", "runs/get?run_id=nobody", "experiments/get", "experiments/get?experiment_id=x", "experiments/get-by-name?experiment_name=nobody", "metrics/get-history?run_id=a", `metrics/get-history?run_id=${active.id}&metric_key=a&max_results=0`, "metrics/get-history-bulk?metric_key=a", `metrics/get-history-bulk-interval?run_ids=${active.id}&metric_key=a&start_step=1`, "artifacts/list?run_id=nobody", `artifacts/list?run_id=${active.id}&path=../..`]);
    return { method: "GET", path: query };
  }
  if (draw.chance(0.05)) return { method: "POST", path: "runs/create", body: draw.of(["{", "", "nonsense", "[", '{"a":', '"{"']) || "{" };
  const [path, body] = draw.of(bodies);
  return { method: "POST", path, body };
}


export const runs: Aggregate<Model> = {
  name: "experiments and runs",
  model: () => new Model(),
  async begin(model, door) {
    const post = (path: string, body: object) => door.say("POST", path, body);
    for (let i = 0; i < 3; i++) await moves[0]?.(model, first, post);
    for (let i = 0; i < 3; i++) await createRun(model, first, post);
  },
  steps: moves.map((move): Step<Model> => async (model, draw, door) => {
    const post = (path: string, body: object) => door.say("POST", path, body);
    if (model.activeRuns.length === 0) await createRun(model, draw, post);
    const run = await move(model, draw, post);
    if (run) assert.deepEqual(await readRun(door, run.id), model.answerOf(run));
    // The next one has something to be said of.
    if (model.activeRuns.length === 0) await createRun(model, draw, post);
  }),
  wrong,
  check,
};
