import { posix } from "node:path";
import type { BatchMetric, DatasetInput, TagValue } from "../store/operations.ts";
import { invalid } from "./errors.ts";
import { type Fields, isRecord } from "./fields.ts";
import { pythonCut, pythonFloat, pythonJson, pythonLength, pythonRepr } from "../platform/python.ts";

/** MLflow's limits (mlflow/utils/validation.py); too long values of params and run tags are cut, all else refused. */
const MAX_KEY = 250;
const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;
const MAX_EXPERIMENT_TAG_VALUE = 20_000;
const MAX_BATCH = { metrics: 1000, params: 100, tags: 100 };
const MAX_BATCH_TOTAL = 1000;
const MAX_EXPERIMENT_NAME = 500;
const MAX_ARTIFACT_LOCATION = 2048;
const MAX_DATASET = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 };
const MAX_INPUT_TAG = { key: 255, value: 500 };

/** Refuses a text that has more letters than `limit`; `what` stands in the message. */
function within(what: string, limit: number, text: string): string {
  if (text.length > limit && pythonLength(text) > limit) throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`);
  return text;
}

/** The name of a metric, param or tag: may be used as a file name elsewhere, so it must be its own normal form. */
function checkedName(name: string, path: string): string {
  const refused = `Invalid value ${pythonJson(name)} for parameter '${path}' supplied: `;
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(name)) {
    throw invalid(`${refused}Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`);
  }
  const normal = posix.normalize(name).replace(/(.)\/$/, "$1");
  if (normal !== name || normal === "." || normal.startsWith("..") || normal.startsWith("/")) {
    throw invalid(`${refused}Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to ${pythonRepr(normal)}`);
  }
  return name;
}

/** A checked name of at most 250 letters; `what` is the key's name in the message. */
export function checkedKey(name: string, path: string, what: string): string {
  return within(what, MAX_KEY, checkedName(name, path));
}

/** Whether MLflow takes a name of a metric, a param or a tag. */
export function isCheckedKey(name: string): boolean {
  try {
    checkedKey(name, "key", "key");
    return true;
  } catch {
    return false;
  }
}

export function metricOf(fields: Fields): BatchMetric {
  const [key, value, time] = [fields.text("key"), fields.double("value"), fields.integer("timestamp")];
  const step = fields.optionalInteger("step") ?? 0;
  const [modelId, datasetName, datasetDigest] = ["model_id", "dataset_name", "dataset_digest"].map((name) => fields.optionalText(name));
  checkedName(key, fields.path("name"));
  if (time < 0) {
    throw invalid(`Invalid value ${time} for parameter '${fields.path("timestamp")}' supplied: metric '${key}' (value=${pythonFloat(value)}). Timestamp must be a nonnegative long (64-bit integer) `);
  }
  within("Metric name", MAX_KEY, key);
  return {
    key,
    value,
    time,
    step,
    ...(modelId ? { modelId } : {}),
    ...(datasetName ? { datasetName } : {}),
    ...(datasetDigest ? { datasetDigest } : {}),
  };
}

export function paramOf(fields: Fields): TagValue {
  const [key, value] = [fields.text("key"), fields.anyText("value")];
  checkedKey(key, fields.path("key"), "Param key");
  return { key, value: pythonCut(value, MAX_PARAM_VALUE) };
}

export function tagOf(fields: Fields): TagValue {
  const [key, value] = [fields.text("key"), fields.anyText("value")];
  checkedKey(key, fields.path("key"), fields.path("key"));
  return { key, value: pythonCut(value, MAX_TAG_VALUE) };
}

/** A tag as it was said: creations take any. */
export function plainTagOf(fields: Fields): TagValue {
  return { key: fields.anyText("key"), value: fields.anyText("value") };
}

export function checkedExperimentTag({ key, value }: TagValue): TagValue {
  checkedKey(key, "key", "key");
  within("value", MAX_EXPERIMENT_TAG_VALUE, value);
  return { key, value };
}

/** Checks the sizes of a batch; the same param key twice is an error even with one value. */
export function checkBatch(batch: { readonly metrics: readonly unknown[]; readonly params: readonly TagValue[]; readonly tags: readonly unknown[] }): void {
  const refuse = (what: string, limit: number, got: number): void => {
    if (got > limit) {
      throw invalid(`A batch logging request can contain at most ${limit} ${what}. Got ${got} ${what}. Please split up ${what} across multiple requests and try again.`);
    }
  };
  for (const what of ["metrics", "params", "tags"] as const) refuse(what, MAX_BATCH[what], batch[what].length);
  refuse("metrics, params, and tags", MAX_BATCH_TOTAL, batch.metrics.length + batch.params.length + batch.tags.length);
  const seen = new Set<string>();
  const twice = batch.params.filter(({ key }) => seen.size === seen.add(key).size).map(({ key }) => key);
  if (twice.length > 0) throw invalid(`Duplicate parameter keys have been submitted: [${twice.map(pythonRepr).join(", ")}]. Please ensure the request contains only one param value per param key.`);
}

/** A data set that a run declares, with the tags of this use. */
export function datasetOf(fields: Fields): DatasetInput {
  const given = fields.message("dataset");
  const [name, digest, sourceType, source] = [given.text("name"), given.text("digest"), given.text("source_type"), given.text("source")];
  const [schema, profile] = [given.optionalText("schema") ?? null, given.optionalText("profile") ?? null];
  within("name", MAX_DATASET.name, name);
  within("digest", MAX_DATASET.digest, digest);
  within("source", MAX_DATASET.source, source);
  within("schema", MAX_DATASET.schema, schema ?? "");
  within("profile", MAX_DATASET.profile, profile ?? "");
  const tags = fields.list("tags", (tag) => ({ key: within("key", MAX_INPUT_TAG.key, tag.text("key")), value: within("value", MAX_INPUT_TAG.value, tag.anyText("value")) }));
  return { name, digest, sourceType, source, schema, profile, tags };
}

export function checkedExperimentName(name: string): string {
  if (name === "") throw invalid("Invalid experiment name: ''");
  return within("name", MAX_EXPERIMENT_NAME, name);
}

/** A place for artifacts that a client may name: a URI, or a path. */
export function checkedLocation(uri: string): string {
  const [, before = "", , query = "", fragment] = /^([^?#]*)(\?([^#]*))?(#.*)?$/s.exec(uri) ?? [];
  if (fragment !== undefined || before.slice(before.lastIndexOf("/") + 1).includes(";")) throw invalid("'artifact_location' URL can't include fragments or params.");
  if (decoded(query).includes("..")) throw invalid("Invalid query string");
  if (uri.startsWith("runs:")) throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${uri}'`);
  if (pythonLength(uri) > MAX_ARTIFACT_LOCATION) {
    throw invalid(`Invalid artifact path length. The length of the artifact path cannot be greater than ${MAX_ARTIFACT_LOCATION} characters. To configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.`);
  }
  return uri;
}

/** A text without its percent signs, however often they were encoded. */
function decoded(text: string): string {
  for (let i = 0; i < 10; i++) {
    try {
      const next = decodeURIComponent(text);
      if (next === text) return text;
      text = next;
    } catch {
      return text;
    }
  }
  return text;
}

/** A run's id in the form that batches need. */
export function checkedRunId(runId: string): string {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId)) throw invalid(`Invalid value ${pythonJson(runId)} for parameter 'run_id' supplied.`);
  return runId;
}

/**
 * A page of a list. With `keyOf` a page goes on behind the thing that the page before ended with, wherever it stands by
 * then: what was added in between neither repeats nor hides anything. Tokens are base64 of `{"offset":N,"after":key}`.
 */
export function page<T>(all: readonly T[], fields: Fields, standard: number, greatest: number, keyOf?: (item: T) => string): { items: readonly T[]; next: { next_page_token?: string } } {
  const size = pageSize(fields, standard, greatest);
  const { offset, after } = placeOf(fields.anyText("page_token"));
  const last = keyOf === undefined || after === undefined ? -1 : all.findIndex((item) => keyOf(item) === after);
  const start = last < 0 ? offset : last + 1;
  const end = start + size;
  const ending = all[end - 1];
  const key = keyOf === undefined || ending === undefined ? {} : { after: keyOf(ending) };
  const next = end < all.length ? { next_page_token: pageToken({ offset: end, ...key }) } : {};
  return { items: all.slice(start, end), next };
}

export function pageSize(fields: Fields, standard: number, greatest: number): number {
  const size = fields.optionalInteger("max_results") ?? standard;
  if (size < 1) throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer`);
  if (size > greatest) throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be at most ${greatest}`);
  return size;
}

/** Where a page ends: how many came before, the key of the last one, and the walk that it belongs to. */
export interface PagePlace {
  readonly offset: number;
  readonly after?: string;
  readonly walk?: string;
}

export function pageToken(place: PagePlace): string {
  return Buffer.from(JSON.stringify(place)).toString("base64");
}

/** The place that a token names; the beginning for an empty one. */
export function placeOf(token: string): PagePlace {
  if (token === "") return { offset: 0 };
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
  } catch {
    throw invalid("Invalid page token, could not base64-decode");
  }
  const { offset, after, walk } = isRecord(place) ? place : {};
  const number = Number(offset ?? Number.NaN);
  if (!Number.isSafeInteger(number) || number < 0) throw invalid("Invalid page token, could not base64-decode");
  return { offset: number, ...(typeof after === "string" ? { after } : {}), ...(typeof walk === "string" ? { walk } : {}) };
}
