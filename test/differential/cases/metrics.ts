import { aRun, type Call, type Case, get, post } from "../case.ts";

const read: Call = get("runs/get", { run_id: "$run" });
const history = (more: object = {}): Call => get("metrics/get-history", { run_id: "$run", metric_key: "m", ...more });
const log = (more: object): Call => post("runs/log-metric", { run_id: "$run", key: "m", timestamp: 10, value: 1, ...more });
const many = (key: string, length: number, of: (i: number) => object = () => ({})): Call =>
  post("runs/log-batch", { run_id: "$run", metrics: Array.from({ length }, (_, i) => ({ key, value: i / 8, timestamp: 1_000 + i, step: i, ...of(i) })) });
const BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk";
const INTERVAL = "metrics/get-history-bulk-interval";
const bulk = (query: Readonly<Record<string, unknown>>): Call => get(BULK, query);
const interval = (query: Readonly<Record<string, unknown>>): Call => get(INTERVAL, { run_ids: "$run", metric_key: "m", ...query });
const second: Call = post("runs/create", { experiment_id: "$exp", start_time: 5, run_name: "second" }, { keep: { second: "run.info.run_id" } });

export const cases: readonly Case[] = [
  { name: "logged one by one", calls: [...aRun, log({ value: 0.5, step: 0 }), log({ value: 0.25, step: 1, timestamp: 11 }), log({ value: "0.125", step: "2", timestamp: "12" }), log({ value: 1e-300, step: 3 }), log({ value: -0, step: 4 }), log({ value: 3 }), read, history(), history({ max_results: 100 })] },
  { name: "values that JSON has not: NaN", calls: [...aRun, log({ value: "NaN", step: 1 }), read, history({ max_results: 5 }), log({ value: "nan", step: 2 })] },
  { name: "values that JSON has not: infinities", calls: [...aRun, log({ value: "Infinity", step: 1 }), log({ value: "-Infinity", step: 2, timestamp: 11 }), read, history({ max_results: 5 })] },
  { name: "the newest value is that of the last step, then time, then value", calls: [...aRun, log({ value: 1, step: 5, timestamp: 50 }), log({ value: 2, step: 4, timestamp: 99 }), read, log({ value: 0.5, step: 5, timestamp: 50 }), read, log({ value: 3, step: 5, timestamp: 50 }), read, log({ value: 0, step: 5, timestamp: 51 }), read, log({ value: 7, step: -1, timestamp: 60 }), read, history({ max_results: 10 })] },
  { name: "the same point twice is one", calls: [...aRun, log({ value: 1, step: 1 }), log({ value: 1, step: 1 }), many("m", 3), many("m", 3), history({ max_results: 10 }), read] },
  {
    name: "metrics that are refused",
    calls: [
      ...aRun,
      ...[{}, { run_id: "$run" }, { run_id: "$run", key: "m" }, { run_id: "$run", key: "m", value: 1 }, { run_id: "$run", key: "", value: 1, timestamp: 1 }, { run_id: "$run", key: "m", value: "x", timestamp: 1 }, { run_id: "$run", key: "m", value: null, timestamp: 1 }, { run_id: "$run", key: "m", value: "", timestamp: 1 }, { run_id: "$run", key: "m", value: [1], timestamp: 1 }, { run_id: "$run", key: "m", value: 1, timestamp: "x" }, { run_id: "$run", key: "m", value: 1, timestamp: -1 }, { run_id: "$run", key: "m", value: 1, timestamp: 1, step: "x" }, { run_id: "$run", key: "a&b", value: 1, timestamp: 1 }, { run_id: "$run", key: "a/../b", value: 1, timestamp: 1 }, { run_id: "$run", key: "x".repeat(251), value: 1, timestamp: 1 }, { run_id: "nobody", key: "m", value: 1, timestamp: 1 }, { key: "m", value: 1, timestamp: 1 }, { run_id: "$run", key: 5, value: 1, timestamp: 1 }].map((body) => post("runs/log-metric", body)),
      read,
    ],
  },
  { name: "names that are fine", calls: [...aRun, ...["a/b", "a b", "a.b-c_d", "val:loss", "größe/实", "system/cpu_utilization_percentage"].map((key) => log({ key })), read] },
  { name: "metrics of models and data sets", calls: [...aRun, post("logged-models", { experiment_id: "$exp", name: "net" }, { keep: { model: "model.info.model_id" } }), log({ model_id: "$model", dataset_name: "d", dataset_digest: "x", value: 0.5 }), read, history({ max_results: 5 }), post("runs/log-batch", { run_id: "$run", metrics: [{ key: "b", value: 2, timestamp: 3, step: 1, model_id: "$model" }] }), read, get("logged-models/$model")] },
  {
    name: "whole numbers beyond 2^53",
    calls: [...aRun, log({ step: Number.MAX_SAFE_INTEGER, timestamp: Number.MAX_SAFE_INTEGER }), log({ step: "9007199254740993" }), log({ step: -(2 ** 60) }), log({ timestamp: "9223372036854775807" }), log({ step: "9223372036854775808" })],
  },
  { name: "a model that is not there", calls: [...aRun, log({ model_id: "m-nobody" })] },
  {
    name: "history by pages",
    calls: [...aRun, many("m", 5), history({ max_results: 2 }), get("metrics/get-history", { run_id: "$run", metric_key: "m", max_results: 2 }, { keep: { token: "next_page_token" } }), get("metrics/get-history", { run_id: "$run", metric_key: "m", max_results: 2, page_token: "$token" }, { keep: { last: "next_page_token" } }), history({ max_results: 2, page_token: "$last" }), history({ max_results: 5 }), history({ page_token: "$last" })],
  },
  { name: "history in the order of time, then step", calls: [...aRun, log({ step: 3, timestamp: 5 }), log({ step: 1, timestamp: 9 }), log({ step: 2, timestamp: 7, value: 4 }), log({ step: 2, timestamp: 7, value: 3 }), history(), history({ max_results: 10 })] },
  { name: "histories that are refused or empty", calls: [...aRun, history({ metric_key: "none" }), history({ metric_key: "" }), get("metrics/get-history"), get("metrics/get-history", { run_id: "$run" }), get("metrics/get-history", { metric_key: "m" }), history({ run_id: "nobody" }), history({ max_results: 0 }), history({ max_results: -3 }), history({ max_results: "x" }), history({ page_token: "no token" }), get("metrics/get-history", { run_uuid: "$run", metric_key: "m" })] },
  {
    name: "histories of several runs",
    calls: [
      ...aRun,
      second,
      many("m", 3, (i) => ({ timestamp: 100 - i })),
      post("runs/log-batch", { run_id: "$second", metrics: [{ key: "m", value: 9, timestamp: 4, step: 0 }] }),
      bulk({ run_id: "$run", metric_key: "m" }),
      bulk({ run_id: ["$second"], metric_key: "m" }),
      bulk({ run_id: "$run", metric_key: "m", max_results: 2 }),
      bulk({ run_id: ["$run", "nobody"], metric_key: "m" }),
      bulk({ run_id: "$run", metric_key: "none" }),
      bulk({ metric_key: "m" }),
      bulk({ run_id: "$run" }),
      bulk({ run_id: Array.from({ length: 101 }, (_, i) => `r${i}`), metric_key: "m" }),
      bulk({ run_id: "$run", metric_key: "m", max_results: 25_001 }),
    ],
  },
  {
    name: "histories of runs by samples",
    calls: [
      ...aRun,
      second,
      many("m", 10),
      post("runs/log-batch", { run_id: "$second", metrics: [{ key: "m", value: 9, timestamp: 4, step: 7 }] }),
      interval({}),
      interval({ max_results: 3 }),
      interval({ max_results: 1 }),
      interval({ max_results: 4 }),
      interval({ max_results: 9 }),
      interval({ start_step: 2, end_step: 6 }),
      interval({ start_step: 2, end_step: 6, max_results: 2 }),
      interval({ start_step: 50, end_step: 60 }),
      interval({ run_ids: ["$run", "$second"], max_results: 2 }),
      get("/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", { run_ids: "$run", metric_key: "m", max_results: 5 }),
      interval({ metric_key: "none" }),
    ],
  },
  { name: "samples where steps repeat", calls: [...aRun, many("m", 20, (i) => ({ step: 0, timestamp: 1_000 + i })), interval({ max_results: 4 }), interval({ max_results: 7 }), many("m", 20, (i) => ({ step: 1, timestamp: 2_000 + i })), interval({ max_results: 6 })] },
  {
    name: "samples that are refused",
    calls: [...aRun, get(INTERVAL), get(INTERVAL, { run_ids: "$run" }), get(INTERVAL, { metric_key: "m" }), interval({ max_results: 0 }), interval({ max_results: 2_501 }), interval({ max_results: "x" }), interval({ start_step: 1 }), interval({ end_step: 1 }), interval({ start_step: 5, end_step: 2 }), interval({ start_step: "x", end_step: 2 }), interval({ run_ids: ["nobody"] }), interval({ run_ids: Array.from({ length: 101 }, (_, i) => `r${i}`) })],
  },
];
