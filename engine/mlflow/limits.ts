import { posix } from "node:path";
import type { BatchMetric, TagValue } from "../store/operations.ts";
import { invalid } from "./errors.ts";
import { type Fields, isRecord } from "./fields.ts";

/** MLflow's limits (mlflow/utils/validation.py); too long values are cut, too long keys refused. */
const MAX_KEY = 250;
const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;
const MAX_BATCH = { metrics: 1000, params: 100, tags: 100 };
const MAX_BATCH_TOTAL = 1000;
const MAX_EXPERIMENT_NAME = 500;

/** A key of a metric, param or tag: may be used as a file name elsewhere, so it must be its own normal form. */
export function checkedKey(name: string, path: string, what: string): string {
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(name)) {
    throw invalid(
      `Invalid value ${JSON.stringify(name)} for parameter '${path}' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  }
  const normal = posix.normalize(name).replace(/(.)\/$/, "$1");
  if (normal !== name || normal === "." || normal.startsWith("..") || normal.startsWith("/")) {
    throw invalid(
      `Invalid value ${JSON.stringify(name)} for parameter '${path}' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    );
  }
  if (name.length > MAX_KEY) throw invalid(`'${what}' exceeds the maximum length of ${MAX_KEY} characters`);
  return name;
}

export function metricOf(fields: Fields): BatchMetric {
  const key = checkedKey(fields.text("key"), fields.path("name"), "Metric name");
  const value = fields.double("value");
  const time = fields.integer("timestamp");
  if (time < 0) {
    throw invalid(`Invalid value ${time} for parameter '${fields.path("timestamp")}' supplied: metric '${key}' (value=${value}). Timestamp must be a nonnegative long (64-bit integer) `);
  }
  const [modelId, datasetName, datasetDigest] = ["model_id", "dataset_name", "dataset_digest"].map((name) => fields.optionalText(name));
  return {
    key,
    value,
    time,
    step: fields.optionalInteger("step") ?? 0,
    ...(modelId ? { modelId } : {}),
    ...(datasetName ? { datasetName } : {}),
    ...(datasetDigest ? { datasetDigest } : {}),
  };
}

export function paramOf(fields: Fields): TagValue {
  const key = checkedKey(fields.text("key"), fields.path("key"), "Param key");
  return { key, value: fields.anyText("value").slice(0, MAX_PARAM_VALUE) };
}

export function tagOf(fields: Fields): TagValue {
  const key = checkedKey(fields.text("key"), fields.path("key"), "Tag key");
  return { key, value: fields.anyText("value").slice(0, MAX_TAG_VALUE) };
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
  if (twice.length > 0) throw invalid(`Duplicate parameter keys have been submitted: [${twice.map((key) => `'${key}'`).join(", ")}]. Please ensure the request contains only one param value per param key.`);
}

export function checkedExperimentName(name: string): string {
  if (name === "") throw invalid("Invalid experiment name: ''");
  if (name.length > MAX_EXPERIMENT_NAME) throw invalid(`'name' exceeds the maximum length of ${MAX_EXPERIMENT_NAME} characters`);
  return name;
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
  if (size < 1 || size > greatest) throw invalid(`Invalid value ${size} for parameter 'max_results' supplied: It must be a positive integer of at most ${greatest}.`);
  return size;
}

/** Where a page ends: how many came before, the key of the last one, and the walk that it belongs to. */
interface PagePlace {
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
