import assert from "node:assert/strict";
import type { Draw } from "../model.fixture.ts";
import { type Aggregate, at, first, listAt, now, pages, type Said, sortedBy, type Speaker, type Step, withQuery } from "./sequence.fixture.ts";

type Fields = Record<string, unknown>;

interface Row {
  id: string;
  readonly inputs: Fields;
  outputs: unknown;
  expectations: Fields | null;
  tags: Fields;
  readonly source: { source_type: string; source_data: Fields } | null;
  readonly created: number;
  updated: number;
}

interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  updated: number;
  readonly tags: Map<string, string>;
  readonly experiments: Set<string>;
  readonly rows: Row[];
}

class Datasets {
  readonly experiments: string[] = [];
  readonly datasets = new Map<string, Dataset>();
  readonly gone: string[] = [];
  named = 0;

  get all(): Dataset[] {
    return [...this.datasets.values()];
  }
}

const names = ["qa", "größe", "a b", "系"];
const keys = ["team", "a b", "größe", "x.y-z:1"];
const texts = ["", "1", "täxt", "a\nb", "'\"\\", "😀".repeat(5), "x".repeat(2_000)];
const values = [1, -2.5, 0, 1e300, true, null, "täxt", [1, "a", null], { b: { c: [] } }];

/** Objects with their keys in one order: none is promised. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(sortedBy(Object.entries(value), ([key]) => key).map(([key, item]) => [key, plain(item)]));
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

function said({ id, name, created, updated, tags }: Dataset): object {
  return { dataset_id: id, name, created_time: created, last_update_time: updated, tags: Object.fromEntries(tags) };
}

/** Of a data set what the model knows: schema, profile and digest say its records in other words. */
function read(json: unknown): object {
  const [id, name, created, updated] = ["dataset_id", "name", "created_time", "last_update_time"].map((field) => at(json, field));
  return { dataset_id: id, name, created_time: created, last_update_time: updated, tags: JSON.parse(String(at(json, "tags"))) };
}

function rowSaid(dataset: Dataset, row: Row): unknown {
  return plain({
    dataset_record_id: row.id,
    dataset_id: dataset.id,
    inputs: row.inputs,
    ...(row.outputs === null ? {} : { outputs: row.outputs }),
    ...(row.expectations === null ? {} : { expectations: row.expectations }),
    tags: row.tags,
    ...(row.source === null ? {} : { source: row.source, source_type: row.source.source_type }),
    created_time: row.created,
    last_update_time: row.updated,
  });
}

/** Reads records page by page. */
async function rowsOf(id: string, door: Speaker): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let token = ""; ; ) {
    const answer = await door.say("GET", withQuery(`3.0/datasets/${id}/records`, { max_results: "4", ...(token === "" ? {} : { page_token: token }) }));
    const some: unknown = JSON.parse(String(answer["records"]));
    assert.ok(Array.isArray(some));
    all.push(...some.map(plain));
    if (answer["next_page_token"] === undefined) return all;
    token = String(answer["next_page_token"]);
  }
}

async function touched(dataset: Dataset, since: number, door: Speaker): Promise<void> {
  dataset.updated = now(at(await door.say("GET", `3.0/datasets/${dataset.id}`), "dataset.last_update_time"), since);
}

const create: Step<Datasets> = async (datasets, draw, door) => {
  const name = `${draw.of(names)} ${datasets.named++}`;
  const tags = draw.chance(0.5) ? { [draw.of(keys)]: draw.of(texts) } : {};
  const experiments = datasets.experiments.filter(() => draw.chance(0.4));
  const since = Date.now();
  const answer = await door.say("POST", "3.0/datasets/create", { name, experiment_ids: experiments, tags: JSON.stringify(tags) });
  const created = now(at(answer, "dataset.created_time"), since);
  const made: Dataset = { id: String(at(answer, "dataset.dataset_id")), name, created, updated: created, tags: new Map(Object.entries(tags)), experiments: new Set(experiments), rows: [] };
  assert.match(made.id, /^d-[0-9a-f]{32}$/);
  datasets.datasets.set(made.id, made);
  assert.deepEqual(read(answer["dataset"]), said(made));
};

const fields = (draw: Draw): Fields => Object.fromEntries(Array.from({ length: draw.below(3) }, () => [draw.of(["q", "größe", "a b"]), draw.of(values)]));

const putRows: Step<Datasets> = async (datasets, draw, door) => {
  const dataset = draw.of(datasets.all);
  const sent = Array.from({ length: 1 + draw.below(4) }, () => {
    const source = draw.chance(0.3) ? { source_type: draw.of(["HUMAN", "CODE"]), source_data: { by: "ada" } } : null;
    // Few different inputs, so that records meet those that are there.
    return { inputs: { question: draw.below(6), ...(draw.chance(0.2) ? { more: draw.of(values) } : {}) }, outputs: draw.chance(0.5) ? draw.of(values) : undefined, expectations: draw.chance(0.5) ? fields(draw) : undefined, tags: draw.chance(0.5) ? { [draw.of(keys)]: draw.of(texts) } : undefined, source };
  });
  let [inserted, updated] = [0, 0];
  const since = Date.now();
  const answer = await door.say("POST", `3.0/datasets/${dataset.id}/records`, { records: JSON.stringify(sent) });
  await touched(dataset, since, door);
  for (const { inputs, outputs, expectations, tags, source } of sent) {
    const found = dataset.rows.find((row) => same(row.inputs, inputs));
    if (found) {
      updated++;
      if (outputs !== undefined) found.outputs = outputs;
      if (expectations !== undefined) found.expectations = { ...found.expectations, ...expectations };
      Object.assign(found.tags, tags);
      found.updated = dataset.updated;
    } else {
      inserted++;
      dataset.rows.push({ id: "", inputs, outputs: outputs === undefined ? {} : outputs, expectations: expectations ?? null, tags: { ...tags }, source, created: dataset.updated, updated: dataset.updated });
    }
  }
  assert.deepEqual(answer, { inserted_count: inserted, updated_count: updated });
  for (const row of await rowsOf(dataset.id, door)) {
    const own = dataset.rows.find(({ inputs }) => same(inputs, at(row, "inputs")));
    assert.ok(own, `there is a record that nobody sent: ${JSON.stringify(row)}`);
    own.id ||= String(at(row, "dataset_record_id"));
  }
};

const steps: readonly Step<Datasets>[] = [
  create,
  putRows,
  putRows,
  putRows,
  async (datasets, draw, door) => {
    const { id, tags } = draw.of(datasets.all);
    if (draw.chance(0.4)) {
      // One that is not there may be taken away too.
      const key = draw.of(keys);
      await door.say("DELETE", `3.0/datasets/${id}/tags/${encodeURIComponent(key)}`);
      tags.delete(key);
      return;
    }
    const set = { [draw.of(keys)]: draw.of(texts), [draw.of(keys)]: draw.of(texts) };
    await door.say("PATCH", `3.0/datasets/${id}/tags`, { tags: JSON.stringify(set) });
    for (const [key, value] of Object.entries(set)) tags.set(key, value);
  },
  async (datasets, draw, door) => {
    const dataset = draw.of(datasets.all);
    if (dataset.rows.length === 0) return;
    const ids = [...new Set([draw.of(dataset.rows).id, draw.of(dataset.rows).id])];
    assert.deepEqual(await door.say("DELETE", `3.0/datasets/${dataset.id}/records`, { dataset_record_ids: [...ids, "nobody"] }), { deleted_count: ids.length });
    for (const id of ids) dataset.rows.splice(dataset.rows.findIndex((row) => row.id === id), 1);
  },
  async (datasets, draw, door) => {
    const dataset = draw.of(datasets.all);
    const ids = [draw.of(datasets.experiments), draw.of(datasets.experiments)];
    const adding = draw.chance(0.6);
    const changes = adding || ids.some((id) => dataset.experiments.has(id));
    const since = Date.now();
    await door.say("POST", `3.0/datasets/${dataset.id}/${adding ? "add" : "remove"}-experiments`, { experiment_ids: ids });
    for (const id of ids) dataset.experiments[adding ? "add" : "delete"](id);
    if (changes) await touched(dataset, since, door);
  },
  async (datasets, draw, door) => {
    if (datasets.all.length < 3) return;
    const { id } = draw.of(datasets.all);
    await door.say("DELETE", `3.0/datasets/${id}`);
    datasets.datasets.delete(id);
    datasets.gone.push(id);
  },
];

function wrong(datasets: Datasets, draw: Draw): Said {
  const { id, rows } = draw.of(datasets.all);
  const nobody = draw.of(["nobody", "d-0123456789abcdef0123456789abcdef", ...datasets.gone]);
  const badRecords = draw.of(["", "{", "5", "[5]", "[null]", '[{"inputs": 5}]', '[{"inputs": {}, "tags": 5}]', '[{"inputs": {}, "expectations": []}]', '[{"inputs": {}, "source": {"source_type": "NOBODY"}}]', `${"[".repeat(300)}${"]".repeat(300)}`]);
  // Of a call that is refused nothing stays.
  const half = JSON.stringify([{ inputs: { kept: true } }, ...rows.slice(0, 1).map(({ inputs }) => ({ inputs, outputs: "another" })), 5]);
  const all: readonly (readonly [string, string, object])[] = [
    ["POST", "3.0/datasets/create", draw.of([{}, { name: "" }, { name: 5 }, { name: [] }])],
    ["POST", "3.0/datasets/create", { name: "new", tags: draw.of(["{", "5", "[]", 5, {}]) }],
    ["POST", "3.0/datasets/create", { name: "new", experiment_ids: draw.of([5, "0", [5], {}]) }],
    ["PATCH", `3.0/datasets/${id}/tags`, { tags: draw.of(["", "{", "[]", "5", 5, null]) }],
    ["PATCH", `3.0/datasets/${nobody}/tags`, { tags: "{}" }],
    ["POST", `3.0/datasets/${id}/records`, { records: draw.of([badRecords, half, 5, null, [{}]]) }],
    ["POST", `3.0/datasets/${nobody}/records`, { records: "[]" }],
    ["DELETE", `3.0/datasets/${id}/records`, { dataset_record_ids: draw.of([5, "x", [5]]) }],
    ["POST", `3.0/datasets/${id}/add-experiments`, { experiment_ids: draw.of([["999999999"], ["x"], 5, [5]]) }],
    ["POST", `3.0/datasets/${nobody}/add-experiments`, { experiment_ids: [] }],
    ["POST", `3.0/datasets/${nobody}/remove-experiments`, { experiment_ids: [] }],
    ["POST", `3.0/datasets/${id}/remove-experiments`, { experiment_ids: draw.of([5, "x", [5]]) }],
    ["POST", "3.0/datasets/search", draw.of([{ filter_string: "nam = 'a'" }, { filter_string: "name =" }, { filter_string: 5 }, { order_by: ["tags.a"] }, { order_by: 5 }, { max_results: -1 }, { max_results: 50_001 }, { page_token: "x" }, { experiment_ids: 5 }])],
    ["GET", `3.0/datasets/${nobody}`, {}],
    ["GET", `3.0/datasets/${id}/records?max_results=${draw.of(["-1", "x"])}`, {}],
    ["GET", `3.0/datasets/${id}/records?page_token=${draw.of(["x", "bm90"])}`, {}],
  ];
  const [method, path, body] = draw.of(all);
  return method === "GET" ? { method, path } : { method, path, body };
}

async function check(datasets: Datasets, door: Speaker): Promise<void> {
  for (const dataset of datasets.all) {
    assert.deepEqual(read(at(await door.say("GET", `3.0/datasets/${dataset.id}`), "dataset")), said(dataset));
    assert.deepEqual(listAt(await door.say("GET", `3.0/datasets/${dataset.id}/experiment-ids`), "experiment_ids").map(String).sort(), [...dataset.experiments].sort());
    const wanted = sortedBy(dataset.rows, ({ created, id }) => `${created} ${id}`).map((row) => rowSaid(dataset, row));
    assert.deepEqual(await rowsOf(dataset.id, door), wanted);
  }
  for (const id of datasets.gone) assert.equal((await door.ask("GET", `3.0/datasets/${id}`)).status, 404);
  const search = (more: object) => pages("datasets", (token) => door.say("POST", "3.0/datasets/search", { max_results: 2, ...(token === "" ? {} : { page_token: token }), ...more }));
  const newest = [...sortedBy(datasets.all, ({ created, id }) => `${created} ${id}`)].reverse();
  assert.deepEqual((await search({})).map(read), newest.map(said));
  for (const experiment of datasets.experiments) assert.deepEqual((await search({ experiment_ids: [experiment] })).map(read), newest.filter(({ experiments }) => experiments.has(experiment)).map(said));
}

export const evaluationDatasets: Aggregate<Datasets> = {
  name: "evaluation datasets",
  model: () => new Datasets(),
  async begin(datasets, door) {
    for (const name of ["first", "second", "third"]) datasets.experiments.push(String((await door.say("POST", "experiments/create", { name }))["experiment_id"]));
    await create(datasets, first, door);
  },
  steps,
  wrong,
  check,
};
