import type { ModelMetric, ModelRecord } from "../store/read/models.ts";
import type { Readers } from "../store/store.ts";
import { invalid } from "./errors.ts";
import type { Fields } from "./fields.ts";
import type { FindScope } from "./find.ts";

/** A data set by name, and by digest where one is given. */
export interface DatasetFilter {
  readonly name: string;
  readonly digest: string;
}

/** What `order_by` of a search for logged models says: `metrics.<key>` (as measured with a data set) or an attribute. */
interface ModelOrder extends DatasetFilter {
  readonly field: string;
  readonly descending: boolean;
}

const attributes: FindScope<ModelRecord>["attributes"] = {
  name: { kind: "string", get: ({ name }) => name },
  model_id: { kind: "string", get: ({ modelId }) => modelId },
  model_type: { kind: "string", get: ({ modelType }) => modelType ?? "" },
  // As clients name it: READY.
  status: { kind: "string", get: ({ status }) => status.replace("LOGGED_MODEL_", "") },
  source_run_id: { kind: "string", get: ({ sourceRun }) => sourceRun ?? "" },
  experiment_id: { kind: "string", get: ({ experimentId }) => String(experimentId) },
  creation_timestamp: { kind: "time", get: ({ created }) => created },
  creation_time: { kind: "time", get: ({ created }) => created },
  creation_timestamp_ms: { kind: "time", get: ({ created }) => created },
  last_updated_timestamp: { kind: "time", get: ({ updated }) => updated },
  last_updated_timestamp_ms: { kind: "time", get: ({ updated }) => updated },
};

/** What `logged-models/search` finds by and in what order. A metric is its latest value, with the named data sets only where some are named. */
export function modelScope(read: Readers, datasets: readonly DatasetFilter[], orders: readonly ModelOrder[]): FindScope<ModelRecord> {
  const value = (kind: "param" | "tag", { modelKey }: ModelRecord, key: string): string | null => read.models.values(modelKey, kind).find((one) => one.key === key)?.value ?? null;
  const metric = ({ modelKey }: ModelRecord, key: string, wanted: readonly DatasetFilter[]): number | null =>
    latestOf(read.models.metrics(modelKey).filter((one) => one.key === key && isOn(one, wanted)))?.value ?? null;
  const ordered = orders.map(({ field, name, digest, descending }, i) => {
    const key = /^metrics\.(.*)$/s.exec(field)?.[1];
    const attribute = Object.hasOwn(attributes, field) ? attributes[field] : undefined;
    if (key === undefined && field.includes(".")) throw invalid(`Invalid order by field name: ${field}. Only metrics are supported.`);
    if (key === undefined && attribute === undefined) throw invalid(`Invalid order by field name: ${field}`);
    const get = (model: ModelRecord) => (key === undefined ? (attribute?.get(model) ?? null) : metric(model, key, name === "" ? [] : [{ name, digest }]));
    return { name: `asked_${i}`, descending, attribute: { kind: "number" as const, get, unordered: true as const, unfiltered: true as const } };
  });
  return {
    what: "A logged model",
    attributes: { ...attributes, ...Object.fromEntries(ordered.map((one) => [one.name, one.attribute])) },
    entities: {
      metrics: { kind: "number", get: (model, key) => metric(model, key, datasets) },
      params: { kind: "text", get: (model, key) => value("param", model, key) },
      tags: { kind: "text", get: (model, key) => value("tag", model, key) },
    },
    aliases: {},
    order: [...ordered.map((one) => `${one.name}${one.descending ? " DESC" : ""}`), "creation_timestamp DESC", "model_id ASC"],
  };
}

export function modelOrder(fields: Fields): ModelOrder {
  return {
    field: fields.anyText("field_name").trim(),
    descending: fields.optionalBoolean("ascending") === false,
    name: fields.anyText("dataset_name"),
    digest: fields.anyText("dataset_digest"),
  };
}

export function datasetFilter(fields: Fields): DatasetFilter {
  const name = fields.anyText("dataset_name");
  if (name === "") throw invalid("`dataset_name` in the `datasets` clause must be specified.");
  return { name, digest: fields.anyText("dataset_digest") };
}

/** Whether a model was measured with one of the data sets. */
export function isOn(metric: ModelMetric, datasets: readonly DatasetFilter[]): boolean {
  return datasets.length === 0 || datasets.some(({ name, digest }) => metric.datasetName === name && (digest === "" || metric.datasetDigest === digest));
}

function latestOf(metrics: readonly ModelMetric[]): ModelMetric | undefined {
  return [...metrics].sort((a, b) => b.time - a.time || b.step - a.step || (a.runId < b.runId ? -1 : 1))[0];
}
