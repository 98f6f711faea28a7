import { anExperiment, type Call, type Case, post } from "../case.ts";

const run = (name: string, start: number, values: object, status: string | null): readonly Call[] => [
  post("runs/create", { experiment_id: "$exp", user_id: "ada", run_name: name, start_time: start }, { keep: { [name]: "run.info.run_id" } }),
  post("runs/log-batch", { run_id: `$${name}`, ...values }),
  ...(status === null ? [] : [post("runs/update", { run_id: `$${name}`, status, end_time: start + 100 })]),
];
const metric = (key: string, value: number | string) => ({ key, value, timestamp: 5, step: 1 });

/** Three runs that differ in everything. */
const three: readonly Call[] = [
  ...anExperiment,
  ...run("one", 1_700_000_000_000, { metrics: [metric("m", 0.5), metric("val/loss", 1)], params: [{ key: "lr", value: "0.10" }], tags: [{ key: "my key", value: "A" }] }, "FINISHED"),
  ...run("two", 1_700_000_001_000, { metrics: [metric("m", "NaN")], params: [{ key: "lr", value: "9" }] }, "FAILED"),
  ...run("three", 1_700_000_002_000, { metrics: [metric("other", 2)], params: [{ key: "opt", value: "adam" }], tags: [{ key: "my key", value: "b" }] }, null),
  post("runs/log-inputs", { run_id: "$two", datasets: [{ dataset: { name: "iris", digest: "d1", source_type: "local", source: "{}" }, tags: [{ key: "mlflow.data.context", value: "train" }] }] }),
];

const find = (filter: string, more: object = {}): Call => post("runs/search", { experiment_ids: ["$exp"], filter, ...more });
const finds = (...filters: string[]): readonly Call[] => filters.map((filter) => find(filter));
const inOrder = (...orders: (readonly string[])[]): readonly Call[] => orders.map((order_by) => find("", { order_by }));

const experiments = (filter: string, order_by: readonly string[] = []): Call => post("experiments/search", { max_results: 50, filter, order_by });
const tagged: readonly Call[] = [
  post("experiments/create", { name: "$new:alpha", tags: [{ key: "$new:tag", value: "x" }, { key: "side", value: "left" }] }, { keep: { exp: "experiment_id" } }),
  post("experiments/create", { name: "$new:Beta", tags: [{ key: "$new:tag", value: "Y" }] }, { keep: { other: "experiment_id" } }),
];

export const cases: readonly Case[] = [
  { name: "metrics by every operator", calls: [...three, ...finds("metrics.m = 0.5", "metric.m != 0.5", "metrics.m > 0.1", "metrics.m >= 0.5", "metrics.m < 1", "metrics.m <= 0.4", "metrics.`val/loss` = 1", 'metrics."val/loss" > 0', "metrics.none > 0")] },
  { name: "params and tags by every operator", calls: [...three, ...finds("params.lr = '0.10'", "param.lr != '9'", "parameter.lr LIKE '0%'", "parameters.opt ILIKE 'AD_M'", "params.lr IS NULL", "params.lr IS NOT NULL", "tags.`my key` = 'A'", "tag.\"my key\" != 'A'", "tags.`my key` ILIKE 'B'", "tags.none IS NULL")] },
  { name: "attributes by every operator", calls: [...three, ...finds("run_name = 'one'", "attributes.status = 'FAILED'", "attr.status != 'RUNNING'", "run.start_time >= 1700000001000", "end_time < 1700000001000", "created = 1700000002000", "user_id LIKE 'a%'", "run_id IN ('$one', '$two')", "attribute.run_id NOT IN ('$one')", "artifact_uri LIKE '%$two%'")] },
  { name: "data sets by every operator", calls: [...three, ...finds("dataset.name = 'iris'", "datasets.digest != 'd1'", "dataset.context LIKE 'tr%'", "dataset.name IN ('iris', 'wine')", "dataset.digest NOT IN ('d1')", "dataset.name ILIKE 'IRIS' AND metrics.m != 0")] },
  { name: "joined by and", calls: [...three, ...finds("metrics.m > 0 AND params.lr = '0.10' and status = 'FINISHED'", "params.lr IS NOT NULL AND tags.`my key` IS NULL")] },
  { name: "order", calls: [...three, ...inOrder(["metrics.m"], ["metrics.m DESC"], ["params.lr"], ["params.lr desc"], ["tags.`my key` ASC"], ["run_name"], ["end_time DESC"], ["attributes.start_time"], ["status", "metrics.m DESC"])] },
  {
    name: "filters that are refused",
    calls: [
      ...three,
      ...finds("metrics.m > 'a'", "start_time > 'a'", "run_name = 5", "nowhere = 'a'", "model.m > 1", "dataset.size = 'a'", "metrics.m LIKE 'a'", "run_name > 'a'", "params.lr <= '9'", "run_id IN ()", "run_id IN (1, 2)", "metrics.m", "metrics.m > 1 AND", "metrics.m >", "metrics.m > 1 params.lr = '9'", "params.lr = 9"),
    ],
  },
  { name: "orders that are refused", calls: [...anExperiment, ...inOrder(["metrics.m", "metric.m DESC"], ["start_time", "created"], ["nowhere"], ["model.m"], ["metrics.m up"], ["metrics.m ASC DESC"], ["dataset.name"])] },
  { name: "beyond MLflow: or, not, parentheses", calls: [...three, ...finds("metrics.m > 0 OR params.opt = 'adam'", "NOT metrics.m > 0", "(metrics.m > 0)")] },
  { name: "pages", calls: [...three, find("", { max_results: 2 }), find("", { max_results: 3 }), find("", { max_results: 0 }), find("", { max_results: 50_001 }), find("", { page_token: "nonsense" })] },
  {
    name: "experiments by every operator",
    calls: [
      ...tagged,
      experiments("name = '$new:alpha'"),
      experiments("attribute.name LIKE '$new:al%'"),
      experiments("name ILIKE '$new:BETA'"),
      experiments("tags.`$new:tag` = 'x'"),
      experiments("tag.`$new:tag` != 'x'"),
      experiments("tags.`$new:tag` ILIKE 'y' AND creation_time > 0"),
      experiments("tags.`$new:tag` IS NOT NULL AND tags.side IS NULL"),
      experiments("tags.`$new:tag` IS NOT NULL", ["name"]),
      experiments("tags.`$new:tag` IS NOT NULL", ["name DESC"]),
      experiments("tags.`$new:tag` IS NOT NULL AND last_update_time > 1", ["experiment_id"]),
    ],
  },
  { name: "experiments that are refused", calls: [experiments("nowhere = 'a'"), experiments("model.a = 'b'"), experiments("name > 'a'"), experiments("creation_time LIKE 'a'"), experiments("", ["tags.a"]), experiments("", ["nowhere"]), experiments("", ["name up"])] },
];
