import { aRun, anExperiment, type Call, type Case, del, get, patch, post } from "../case.ts";

const SETS = "3.0/datasets";
const text = (value: unknown): string => JSON.stringify(value);

const aDataset: readonly Call[] = [
  ...anExperiment,
  post(`${SETS}/create`, { name: "$new:set", experiment_ids: ["$exp"], tags: text({ "mlflow.user": "ada", team: "blue" }) }, { keep: { set: "dataset.dataset_id" } }),
];
const records = (list: unknown): Call => post(`${SETS}/$set/records`, { records: typeof list === "string" ? list : text(list) });

export const cases: readonly Case[] = [
  {
    name: "made, read, deleted",
    calls: [
      ...aDataset,
      get(`${SETS}/$set`),
      get(`/ajax-api/3.0/mlflow/datasets/$set`),
      get(`${SETS}/$set/experiment-ids`),
      post(`${SETS}/create`, { name: "$new:set" }),
      post(`${SETS}/create`, { name: "" }),
      post(`${SETS}/create`, {}),
      get(`${SETS}/d-none`),
      get(`${SETS}/d-none/experiment-ids`),
      del(`${SETS}/$set`),
      del(`${SETS}/$set`),
      del(`${SETS}/d-none`),
      get(`${SETS}/$set`),
      get(`${SETS}/$set/experiment-ids`),
    ],
  },
  {
    name: "records: values and types come back as they were sent",
    calls: [
      ...aDataset,
      records('[{"inputs": {"q": "ü \\u00e9 \\ud83d\\ude00", "n": 1.0, "m": 12345678901234567890, "x": NaN, "y": -Infinity, "z": 1e-7, "w": 1e16, "b": true, "l": [1, 2.50, null], "o": {"b": 1, "a": 2}}, "expectations": {"e": 1}, "outputs": {"o": [1, 2.5]}, "tags": {"mlflow.user": "bob", "z": "1"}, "source": {"source_type": "human", "source_data": {"source_id": "u1"}}}]'),
      get(`${SETS}/$set/records`),
      get(`${SETS}/$set`),
      records([{ inputs: { q: "tr" }, source: { source_type: "TRACE", source_data: { trace_id: "tr-1" } } }]),
      get(`${SETS}/$set`),
    ],
  },
  {
    name: "records: the same inputs are the same record",
    calls: [
      ...aDataset,
      records([{ inputs: { a: 1, b: 2 }, outputs: { text: "t" }, expectations: { x: 1, y: 1 }, tags: { t: "1" } }]),
      records([{ inputs: { b: 2, a: 1 }, expectations: { y: 2, z: 3 }, tags: { u: "2" } }]),
      get(`${SETS}/$set/records`),
      records([{ inputs: { a: 1, b: 2 }, outputs: null, tags: { "mlflow.user": "eve" } }]),
      get(`${SETS}/$set/records`),
      get(`${SETS}/$set`),
      records([{ inputs: { a: 1, b: 2 }, outputs: { k: 1 } }, { inputs: { a: 1, b: 2 } }]),
      get(`${SETS}/$set/records`),
    ],
  },
  {
    name: "records: what is new has outputs of its own",
    calls: [...aDataset, records([{ inputs: { a: 1 } }]), get(`${SETS}/$set/records`), records([{ inputs: { a: 2 }, outputs: null }]), records([{ inputs: {} }]), get(`${SETS}/$set`)],
  },
  {
    name: "records that are refused, and none",
    calls: [
      ...aDataset,
      post(`${SETS}/$set/records`, {}),
      records("[]"),
      records("{}"),
      records("nojson"),
      records("[1]"),
      records([{ inputs: { q: 1 }, source: { source_type: "weird" } }]),
      records([{ inputs: null }]),
      records([{ inputs: "text" }]),
      get(`${SETS}/$set/records`),
      get(`${SETS}/$set/records`, { page_token: "zz" }),
      get(`${SETS}/d-none/records`),
      post(`${SETS}/d-none/records`, { records: text([{ inputs: { a: 1 } }]) }),
    ],
  },
  {
    name: "records in pages, and deleted",
    calls: [
      ...aDataset,
      records([{ inputs: { a: 1 } }]),
      records([{ inputs: { a: 2 } }]),
      records([{ inputs: { a: 3 } }]),
      get(`${SETS}/$set/records`, { max_results: 2 }, { keep: { token: "next_page_token" } }),
      get(`${SETS}/$set/records`, { max_results: 2, page_token: "$token" }),
      get(`/ajax-api/3.0/mlflow/datasets/$set/records`, { max_results: 0 }),
      del(`${SETS}/$set/records`, { dataset_record_ids: ["dr-none"] }),
      del(`${SETS}/$set/records`, {}),
      del(`${SETS}/d-none/records`, { dataset_record_ids: ["dr-none"] }),
      get(`${SETS}/$set`),
    ],
  },
  {
    name: "tags",
    calls: [
      ...aDataset,
      patch(`${SETS}/$set/tags`, { tags: '{"team": "red", "n": 1, "f": 1.50, "t": true, "none": null, "ü": "é"}' }),
      get(`${SETS}/$set`),
      patch(`${SETS}/$set/tags`, {}),
      patch(`${SETS}/$set/tags`, { tags: "x" }),
      patch(`${SETS}/$set/tags`, { tags: "[]" }),
      patch(`${SETS}/d-none/tags`, { tags: "{}" }),
      del(`${SETS}/$set/tags/n`),
      del(`${SETS}/$set/tags/n`),
      del(`${SETS}/d-none/tags/n`),
      get(`${SETS}/$set`),
    ],
  },
  {
    name: "experiments are added and removed",
    calls: [
      ...aDataset,
      post("experiments/create", { name: "$new:second" }, { keep: { second: "experiment_id" } }),
      post(`${SETS}/$set/add-experiments`, { experiment_ids: ["$second", "$exp"] }),
      get(`${SETS}/$set/experiment-ids`),
      post(`${SETS}/$set/add-experiments`, { experiment_ids: ["999999"] }),
      post(`${SETS}/d-none/add-experiments`, { experiment_ids: ["$exp"] }),
      post(`${SETS}/$set/remove-experiments`, { experiment_ids: ["$exp", "3"] }),
      post(`${SETS}/$set/remove-experiments`, {}),
      post(`${SETS}/d-none/remove-experiments`, { experiment_ids: ["$exp"] }),
      get(`${SETS}/$set/experiment-ids`),
    ],
  },
  {
    name: "search",
    calls: [
      ...aDataset,
      post(`${SETS}/create`, { name: "$new:other", experiment_ids: ["$exp"] }, { keep: { other: "dataset.dataset_id" } }),
      post(`${SETS}/search`, { experiment_ids: ["$exp"] }),
      get(`${SETS}/search`, { experiment_ids: "$exp" }),
      ...["name = '$new:set'", "name != '$new:set'", "name LIKE '%$new:set'", "name ILIKE '$new:SET'", "name IN ('$new:set', 'x')", "tags.team = 'blue'", "tags.team != 'blue'", "created_by = 'ada'", "created_time > 0", "last_update_time <= 0"].map((filter_string) =>
        post(`${SETS}/search`, { experiment_ids: ["$exp"], filter_string }),
      ),
      post(`${SETS}/search`, { experiment_ids: ["$exp"], order_by: ["name ASC"] }),
      post(`${SETS}/search`, { experiment_ids: ["$exp"], order_by: ["created_time ASC"] }),
      post(`${SETS}/search`, { experiment_ids: ["$exp"], max_results: 1 }, { keep: { token: "next_page_token" } }),
      get(`/ajax-api/3.0/mlflow/datasets/search`, { experiment_ids: "$exp", max_results: 1, page_token: "$token" }),
      post(`${SETS}/search`, { experiment_ids: ["888888"] }),
      get(`${SETS}/search`, { experiment_ids: ["$exp", "888888"], filter_string: "name = '$new:other'" }),
    ],
  },
  {
    name: "searches that are refused",
    calls: [
      ...["nope = 'x'", "tag.s = 'x'"].map((filter_string) => post(`${SETS}/search`, { filter_string })),
      ...["nope", "tags.s"].map((order) => post(`${SETS}/search`, { order_by: [order] })),
      ...[0, -1, 50_001].map((max_results) => post(`${SETS}/search`, { max_results })),
      post(`${SETS}/search`, { page_token: "zz" }),
    ],
  },
  { name: "of a run's experiment", calls: [...aRun, post(`${SETS}/create`, { name: "$new:set", experiment_ids: ["$exp", "999999"] }, { keep: { set: "dataset.dataset_id" } }), get(`${SETS}/$set/experiment-ids`)] },
];
