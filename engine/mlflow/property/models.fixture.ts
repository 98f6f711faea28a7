import assert from "node:assert/strict";
import type { Draw } from "../model.fixture.ts";
import { type Aggregate, at, first, listAt, now, pages, pairsAt, pairsOf, type Said, sortedBy, type Speaker, type Step, withQuery } from "./sequence.fixture.ts";

interface Measure {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
  readonly run: string;
  readonly dataset: string | null;
}

interface Logged {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly type: string;
  readonly sourceRun: string;
  readonly created: number;
  updated: number;
  status: string;
  deleted: boolean;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: Map<string, Measure>;
}

interface Used {
  readonly id: string;
  readonly experiment: string;
  /** By name and digest: what `inputs` says of it. */
  readonly datasets: Map<string, object>;
  readonly inputs: Set<string>;
  /** Ids with their steps. */
  readonly outputs: Map<string, number>;
}

/** Logged models, and what runs say that they used and made. */
class Models {
  readonly experiments: string[] = [];
  readonly runs: Used[] = [];
  readonly models = new Map<string, Logged>();
  /** By experiment, name and digest: the first that was said of a data set stays. */
  readonly datasets = new Map<string, { name: string; digest: string; source_type: string; source: string; schema?: string; profile?: string }>();

  get all(): Logged[] {
    return [...this.models.values()];
  }

  get active(): Logged[] {
    return this.all.filter(({ deleted }) => !deleted);
  }
}

const keys = ["loss", "val/acc", "a b", "größe", "x.y-z:1", "系"];
const texts = ["", "1", "täxt", "a\nb", "'\"\\", "😀".repeat(5), "x".repeat(9_000)];
const values = [0, 1, -1, 0.1, 1e-300, 1e300, Number.NaN, Infinity, -Infinity];
const statuses = ["LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];
const digests = ["d1", "d2"];

const onWire = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function said(model: Logged): object {
  const metrics = [...model.metrics.values()].map(({ key, value, timestamp, step, run, dataset }) => ({ key, value: onWire(value), timestamp, step, model_id: model.id, run_id: run, ...(dataset === null ? {} : { dataset_name: dataset, dataset_digest: digests[0] }) }));
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experiment,
      name: model.name,
      creation_timestamp_ms: model.created,
      last_updated_timestamp_ms: model.updated,
      artifact_uri: `mlflow-artifacts:/${model.experiment}/models/${model.id}/artifacts`,
      status: model.status,
      model_type: model.type,
      source_run_id: model.sourceRun,
      ...(model.tags.size === 0 ? {} : { tags: pairsOf(model.tags) }),
    },
    data: {
      ...(model.params.size === 0 ? {} : { params: pairsOf(model.params) }),
      ...(metrics.length === 0 ? {} : { metrics: byText(metrics) }),
    },
  };
}

function read(json: unknown): object {
  const [info, data] = [at(json, "info"), at(json, "data")];
  assert.ok(typeof info === "object" && info !== null && typeof data === "object" && data !== null);
  return {
    info: { ...info, ...("tags" in info ? { tags: pairsAt(info, "tags") } : {}) },
    data: { ...data, ...("params" in data ? { params: pairsAt(data, "params") } : {}), ...("metrics" in data ? { metrics: byText(listAt(data, "metrics")) } : {}) },
  };
}

/** In an order of its own: none is promised. */
function byText<T>(items: readonly T[]): T[] {
  return sortedBy(items, (item) => JSON.stringify(Object.entries(item ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))));
}

const create: Step<Models> = async (models, draw, door) => {
  const experiment = draw.of(models.experiments);
  const name = draw.of(["net", "größe", "a b", "系-1"]);
  const params = draw.chance(0.5) ? [{ key: draw.of(keys), value: draw.of(texts) }] : [];
  const tags = draw.chance(0.5) ? [{ key: draw.of(keys), value: draw.of(texts) }] : [];
  const type = draw.of(["", "agent"]);
  const sourceRun = draw.chance(0.5) ? draw.of(models.runs).id : "";
  const since = Date.now();
  const answer = await door.say("POST", "logged-models", { experiment_id: experiment, name, params, tags, model_type: type, source_run_id: sourceRun });
  const created = now(at(answer, "model.info.creation_timestamp_ms"), since);
  const map = (pairs: readonly { key: string; value: string }[]): Map<string, string> => new Map(pairs.map(({ key, value }) => [key, value]));
  const id = String(at(answer, "model.info.model_id"));
  assert.match(id, /^m-[0-9a-f]{32}$/);
  assert.equal(models.models.has(id), false);
  const made: Logged = { id, experiment, name, type, sourceRun, created, updated: created, status: "LOGGED_MODEL_PENDING", deleted: false, params: map(params), tags: map(tags), metrics: new Map() };
  models.models.set(id, made);
  assert.deepEqual(read(answer["model"]), said(made));
};

function measure(models: Models, model: Logged, draw: Draw): { wire: object; keep: () => void; run: string } {
  const run = draw.of(models.runs).id;
  const one: Measure = { key: draw.of(keys), value: draw.of(values), timestamp: draw.below(4), step: draw.below(4), run, dataset: draw.chance(0.5) ? draw.of(["iris", "größe"]) : null };
  const { key, value, timestamp, step, dataset } = one;
  const place = JSON.stringify([key, timestamp, step, String(value), run]);
  const keep = (): void => {
    if (!model.metrics.has(place)) model.metrics.set(place, one);
  };
  return { wire: { key, value: onWire(value), timestamp, step, model_id: model.id, ...(dataset === null ? {} : { dataset_name: dataset, dataset_digest: digests[0] }) }, keep, run };
}

const steps: readonly Step<Models>[] = [
  create,
  create,
  async ({ active }, draw, door) => {
    const model = draw.of(active);
    const status = draw.below(statuses.length);
    const since = Date.now();
    const answer = await door.say("PATCH", `logged-models/${model.id}`, { status: draw.chance(0.7) ? statuses[status] : status + 1 });
    model.status = statuses[status] ?? "";
    model.updated = now(at(answer, "model.info.last_updated_timestamp_ms"), since);
    assert.deepEqual(read(answer["model"]), said(model));
  },
  async ({ active }, draw, door) => {
    const { id, tags } = draw.of(active);
    const [gone] = [...tags.keys()];
    if (gone !== undefined && draw.chance(0.4)) {
      await door.say("DELETE", `logged-models/${id}/tags/${encodeURIComponent(gone)}`);
      tags.delete(gone);
      return;
    }
    const set = Array.from({ length: 1 + draw.below(3) }, () => ({ key: draw.of(keys), value: draw.of(texts) }));
    await door.say("PATCH", `logged-models/${id}/tags`, { tags: set });
    for (const { key, value } of set) tags.set(key, value);
  },
  async ({ active }, draw, door) => {
    const { id, params } = draw.of(active);
    // What was said before is said again as it was.
    const set = [...new Map(Array.from({ length: 1 + draw.below(3) }, () => [draw.of(keys), draw.of(texts)]))].map(([key, value]) => ({ key, value: params.get(key) ?? value }));
    await door.say("POST", `logged-models/${id}/params`, { params: set });
    for (const { key, value } of set) params.set(key, value);
  },
  async (models, draw, door) => {
    const { wire, keep, run } = measure(models, draw.of(models.active), draw);
    await door.say("POST", "runs/log-metric", { run_id: run, ...wire });
    keep();
  },
  async (models, draw, door) => {
    const run = draw.of(models.runs).id;
    const all = Array.from({ length: 1 + draw.below(6) }, () => measure(models, draw.of(models.active), draw)).filter((one) => one.run === run);
    await door.say("POST", "runs/log-batch", { run_id: run, metrics: all.map(({ wire }) => wire) });
    for (const { keep } of all) keep();
  },
  async (models, draw, door) => {
    const run = draw.of(models.runs);
    const some = Array.from({ length: 1 + draw.below(2) }, () => ({ model_id: draw.of(models.active).id, step: draw.below(100) }));
    const once = some.filter((one, i) => some.findIndex(({ model_id }) => model_id === one.model_id) === i);
    await door.say("POST", "runs/outputs", { run_id: run.id, models: once });
    for (const { model_id, step } of once) run.outputs.set(model_id, step);
  },
  async (models, draw, door) => {
    const run = draw.of(models.runs);
    const dataset = { name: draw.of(["iris", "größe"]), digest: draw.of(digests), source_type: draw.of(["local", "s3"]), source: draw.of(["{}", "a b"]), ...(draw.chance(0.5) ? { schema: draw.of(["{}", "x".repeat(70_000)]) } : {}), ...(draw.chance(0.5) ? { profile: '{"n": 1}' } : {}) };
    const tags = draw.chance(0.6) ? [{ key: "mlflow.data.context", value: draw.of(["train", "test"]) }] : [];
    const used = draw.chance(0.3) ? [draw.of(models.active).id] : [];
    await door.say("POST", "runs/log-inputs", { run_id: run.id, datasets: [{ dataset, tags }], models: used.map((model_id) => ({ model_id })) });
    const place = JSON.stringify([dataset.name, dataset.digest]);
    const first = models.datasets.get(run.experiment + place) ?? dataset;
    models.datasets.set(run.experiment + place, first);
    if (!run.datasets.has(place)) run.datasets.set(place, { ...(tags.length === 0 ? {} : { tags }), dataset: first });
    for (const id of used) run.inputs.add(id);
  },
  async (models, draw, door) => {
    if (models.active.length < 4) return;
    const model = draw.of(models.active);
    const since = Date.now();
    await door.say("DELETE", `logged-models/${model.id}`);
    model.deleted = true;
    model.updated = now(at(await door.say("GET", `logged-models/${model.id}?allow_deleted=true`), "model.info.last_updated_timestamp_ms"), since);
  },
];

function wrong(models: Models, draw: Draw): Said {
  const model = draw.of(models.active);
  const run = draw.of(models.runs);
  const experiment = draw.of(models.experiments);
  const nobody = draw.of(["nobody", "m-0123456789abcdef0123456789abcdef", "m-"]);
  const [param] = [...model.params];
  const all: readonly (readonly [string, string, object])[] = [
    ["POST", "logged-models", { name: "a" }],
    ["POST", "logged-models", { experiment_id: draw.of(["999999999", "x", "-1", "", 5, null]), name: "a" }],
    ["POST", "logged-models", { experiment_id: experiment, name: draw.of(["a/b", "a:b", "a.b", "a%b", "a'b", 'a"b', 5, []]) }],
    ["POST", "logged-models", { experiment_id: experiment, name: "a", params: draw.of([5, [5], "a", [{ key: "a", value: "1" }, { key: "a", value: "2" }], [{ key: 5, value: "1" }]]) }],
    ["POST", "logged-models", { experiment_id: experiment, name: "a", tags: draw.of([5, [5], {}, [{ key: "a", value: 1 }]]) }],
    ["PATCH", `logged-models/${model.id}`, draw.of([{}, { status: "" }, { status: "DONE" }, { status: 77 }, { status: [] }])],
    ["PATCH", `logged-models/${nobody}`, { status: "LOGGED_MODEL_READY" }],
    ["DELETE", `logged-models/${nobody}`, {}],
    ["POST", `logged-models/${nobody}/params`, { params: [{ key: "a", value: "1" }] }],
    ["POST", `logged-models/${model.id}/params`, { params: draw.of([5, [5], [{ key: "new", value: 5 }], [{ key: "new", value: "1" }, { key: "new", value: "1" }]]) }],
    // Of a call that is refused nothing stays.
    ...(param === undefined ? [] : [["POST", `logged-models/${model.id}/params`, { params: [{ key: "fresh", value: "1" }, { key: param[0], value: `${param[1]}!` }] }] as const]),
    ["PATCH", `logged-models/${model.id}/tags`, { tags: draw.of([5, [5], [{ key: "new", value: "1" }, { key: "a", value: 5 }]]) }],
    ["PATCH", `logged-models/${nobody}/tags`, { tags: [{ key: "a", value: "1" }] }],
    ["DELETE", `logged-models/${model.id}/tags/none`, {}],
    ["POST", "logged-models/search", draw.of([{}, { experiment_ids: ["x"] }, { experiment_ids: 5 }])],
    ["POST", "logged-models/search", { experiment_ids: [experiment], filter: draw.of(["nam = 'a'", "metrics.a > 'x'", "(", "name =", 5]) }],
    ["POST", "logged-models/search", { experiment_ids: [experiment], order_by: draw.of([5, ["name"], [{ field_name: "params.a" }], [{ field_name: "size" }]]) }],
    ["POST", "logged-models/search", { experiment_ids: [experiment], max_results: draw.of([-1, "x"]) }],
    ["POST", "logged-models/search", { experiment_ids: [experiment], datasets: draw.of([5, [{}], [{ dataset_digest: "d" }]]) }],
    ["POST", "runs/log-metric", { run_id: run.id, key: "a", value: "x", timestamp: 1, model_id: model.id }],
    ["POST", "runs/log-metric", { run_id: run.id, key: "a", value: 1, timestamp: 1, model_id: 5 }],
    ["POST", "runs/log-batch", { run_id: run.id, metrics: [{ key: "a", value: 7, timestamp: 1, model_id: model.id }, { key: "a", value: 7, timestamp: -1, model_id: model.id }] }],
    ["POST", "runs/outputs", { run_id: "nobody", models: [{ model_id: model.id, step: 1 }] }],
    ["POST", "runs/outputs", { run_id: run.id, models: draw.of([null, 5, [5], [{}], [{ model_id: model.id, step: "x" }]]) }],
    ["POST", "runs/log-inputs", { run_id: run.id, datasets: draw.of([5, [5], [{}], [{ dataset: { name: "", digest: "d", source_type: "a", source: "b" } }], [{ dataset: { name: "n", digest: "x".repeat(37), source_type: "a", source: "b" } }]]) }],
    ["POST", "runs/log-inputs", { run_id: run.id, datasets: [{ dataset: { name: "kept", digest: "d", source_type: "a", source: "b" } }], models: draw.of([5, [5], [{}]]) }],
    ["GET", `logged-models/${draw.of([nobody, ...models.all.filter(({ deleted }) => deleted).map(({ id }) => id)])}`, {}],
    ["GET", `logged-models/${nobody}/artifacts/directories`, {}],
    ["GET", `logged-models/${model.id}/artifacts/directories?artifact_directory_path=..`, {}],
  ];
  const [method, path, body] = draw.of(all);
  return method === "GET" ? { method, path } : { method, path, body };
}

async function check(models: Models, door: Speaker): Promise<void> {
  for (const model of models.all) {
    const answer = await door.ask("GET", `logged-models/${model.id}`);
    assert.equal(answer.status, model.deleted ? 404 : 200, answer.text);
    assert.deepEqual(read(at(await door.say("GET", `logged-models/${model.id}?allow_deleted=true`), "model")), said(model));
  }
  for (const experiment of models.experiments) {
    const found = await pages("models", (token) => door.say("POST", "logged-models/search", { experiment_ids: [experiment], max_results: 3, ...(token === "" ? {} : { page_token: token }) }));
    const wanted = sortedBy(models.active.filter((model) => model.experiment === experiment), ({ created, id }) => `${1e15 - created} ${id}`);
    assert.deepEqual(found.map(read), wanted.map(said));
  }
  for (const run of models.runs) {
    const answer = await door.say("GET", withQuery("runs/get", { run_id: run.id }));
    assert.deepEqual(byText(listAt(answer, "run.inputs.dataset_inputs")), byText([...run.datasets.values()]));
    assert.deepEqual(listAt(answer, "run.inputs.model_inputs"), [...run.inputs].sort().map((model_id) => ({ model_id })));
    assert.deepEqual(listAt(answer, "run.outputs.model_outputs"), sortedBy([...run.outputs].map(([model_id, step]) => ({ model_id, step })), ({ model_id }) => model_id));
  }
}

export const loggedModels: Aggregate<Models> = {
  name: "logged models",
  model: () => new Models(),
  async begin(models, door) {
    for (const name of ["first", "second"]) models.experiments.push(String((await door.say("POST", "experiments/create", { name }))["experiment_id"]));
    for (const experiment of [...models.experiments, ...models.experiments]) {
      const answer = await door.say("POST", "runs/create", { experiment_id: experiment, start_time: models.runs.length });
      models.runs.push({ id: String(at(answer, "run.info.run_id")), experiment, datasets: new Map(), inputs: new Set(), outputs: new Map() });
    }
    await create(models, first, door);
  },
  steps,
  wrong,
  check,
};
