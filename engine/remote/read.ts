import type { DatasetSource, ExperimentSource, KeyValue, MetricSource, ModelLinkSource, ModelSource, RunSource, SourceRecord } from "../importers/records.ts";
import type { Fields } from "../mlflow/fields.ts";
import { statusOf } from "../mlflow/shapes.ts";
import { type RemoteServer, understood } from "./client.ts";

/** Runs of one page: reading them keeps the main thread for some 50 ms. */
const PAGE = 250;
const EXPERIMENTS_PAGE = 1_000;
const MODELS_PAGE = 100;
/** Experiments whose runs are asked for together. */
const TOGETHER = 100;

/** A run as `runs/search` gives it. */
export interface RemoteRun {
  readonly id: string;
  readonly live: boolean;
  /** The run of this name stands in another Touchstone's folder, from where it was pushed. */
  readonly pushedFrom: string | null;
  /** Ids of the logged models that it made. */
  readonly models: readonly string[];
  readonly records: readonly SourceRecord[];
}

/** A logged model of a server. */
export interface RemoteModel {
  readonly id: string;
  /** The logged model of this id stands in another Touchstone's folder, from where it was pushed. */
  readonly pushedFrom: string | null;
  readonly source: ModelSource;
  /** The newest of what was measured with it. */
  readonly metrics: readonly MetricSource[];
}

export async function remoteExperiments(server: RemoteServer, signal: AbortSignal): Promise<ExperimentSource[]> {
  const found: ExperimentSource[] = [];
  for (let token = ""; ; ) {
    const answer = await server.post("experiments/search", { max_results: EXPERIMENTS_PAGE, view_type: "ALL", ...(token === "" ? {} : { page_token: token }) }, signal);
    understood(server, () =>
      found.push(
        ...answer.list("experiments", (one): ExperimentSource => ({
          k: "experiment",
          experiment: one.text("experiment_id"),
          name: one.text("name"),
          tags: keyValues(one, "tags"),
          created: one.optionalInteger("creation_time") ?? 0,
          updated: one.optionalInteger("last_update_time") ?? 0,
          deleted: one.anyText("lifecycle_stage") === "deleted",
        })),
      ),
    );
    token = nextPage(server, answer, token);
    if (token === "") return found;
  }
}

/** Experiments in the groups that `remoteRuns` takes. */
export function* groupsOf(experiments: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < experiments.length; from += TOGETHER) yield experiments.slice(from, from + TOGETHER);
}

/** Runs of at most a hundred experiments, newest first, a page at a time. */
export async function* remoteRuns(server: RemoteServer, experiments: readonly string[], signal: AbortSignal, size = PAGE): AsyncGenerator<readonly RemoteRun[]> {
  for (let token = ""; ; ) {
    const answer = await server.post("runs/search", { experiment_ids: experiments, max_results: size, run_view_type: "ALL", order_by: ["attributes.start_time DESC"], ...(token === "" ? {} : { page_token: token }) }, signal);
    yield understood(server, () => answer.list("runs", runOf));
    token = nextPage(server, answer, token);
    if (token === "") return;
  }
}

/** Logged models of at most a hundred experiments, a page at a time. */
export async function* remoteModels(server: RemoteServer, experiments: readonly string[], signal: AbortSignal): AsyncGenerator<readonly RemoteModel[]> {
  for (let token = ""; ; ) {
    const answer = await server.post("logged-models/search", { experiment_ids: experiments, max_results: MODELS_PAGE, ...(token === "" ? {} : { page_token: token }) }, signal);
    yield understood(server, () => answer.list("models", modelOf));
    token = nextPage(server, answer, token);
    if (token === "") return;
  }
}

export async function remoteModel(server: RemoteServer, id: string, signal: AbortSignal): Promise<RemoteModel> {
  const answer = await server.get(`logged-models/${encodeURIComponent(id)}`, {}, signal);
  return understood(server, () => modelOf(answer.message("model")));
}

/** The token of the next page; a server that gives the same one again would be asked for ever. */
export function nextPage(server: RemoteServer, answer: Fields, before: string): string {
  const next = understood(server, () => answer.anyText("next_page_token"));
  return next === before ? "" : next;
}

export async function remoteRun(server: RemoteServer, id: string, signal: AbortSignal): Promise<RemoteRun> {
  const answer = await server.get("runs/get", { run_id: id }, signal);
  return understood(server, () => runOf(answer.message("run")));
}

/** A page of the history of a metric, and the token of the next one; empty: there is none. Always with `max_results`: without it, servers up to 3.15 give an empty list and a token. */
export async function remoteHistory(server: RemoteServer, run: string, key: string, { token, size }: { readonly token: string; readonly size: number }, signal: AbortSignal): Promise<{ readonly points: readonly MetricSource[]; readonly next: string }> {
  const answer = await server.get("metrics/get-history", { run_id: run, metric_key: key, max_results: size, ...(token === "" ? {} : { page_token: token }) }, signal);
  return understood(server, () => ({ points: answer.list("metrics", (one) => metricOf(run, one)), next: answer.anyText("next_page_token") }));
}

export interface RemoteFile {
  readonly path: string;
  readonly isDir: boolean;
  readonly bytes: number | null;
}

export async function remoteFiles(server: RemoteServer, run: string, path: string, signal: AbortSignal): Promise<RemoteFile[]> {
  const answer = await server.get("artifacts/list", { run_id: run, ...(path === "" ? {} : { path }) }, signal);
  return understood(server, () => answer.list("files", (one) => ({ path: one.text("path"), isDir: one.optionalBoolean("is_dir") ?? false, bytes: one.optionalInteger("file_size") ?? null })));
}

export const PUSHED_TAG = "touchstone.run_id";
/** On the server: which logged model of ours it is. */
export const MODEL_TAG = "touchstone.model_id";
const PARENT_TAG = "mlflow.parentRunId";
const NOTE_TAG = "mlflow.note.content";

function runOf(fields: Fields): RemoteRun {
  const info = fields.message("info");
  const data = fields.message("data");
  const id = info.has("run_id") ? info.text("run_id") : info.text("run_uuid");
  const tags = keyValues(data, "tags");
  const tag = (key: string): string | undefined => tags.find((one) => one.key === key)?.value;
  const status = statusOf(info.enumeration("status"));
  const [name, user, parent, note] = [info.optionalText("run_name") ?? tag("mlflow.runName"), info.optionalText("user_id"), tag(PARENT_TAG), tag(NOTE_TAG)];
  const run: RunSource = {
    k: "run",
    run: id,
    id,
    experiment: info.text("experiment_id"),
    status: status === "lost" ? "failed" : status,
    start: info.optionalInteger("start_time") ?? 0,
    end: info.optionalInteger("end_time") || null,
    deleted: info.anyText("lifecycle_stage") === "deleted",
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    ...(parent === undefined ? {} : { parent }),
    ...(note === undefined ? {} : { note }),
  };
  // A search leaves out the models that a run read; one run asked for by itself has them.
  const links = (direction: "input" | "output"): ModelLinkSource[] =>
    fields.message(`${direction}s`).list(`model_${direction}s`, (one) => ({ k: "modelLink", run: id, direction, model: one.text("model_id"), step: one.optionalInteger("step") ?? 0 }));
  const made = links("output");
  const values = (k: "param" | "tag", list: readonly KeyValue[]): SourceRecord[] => list.map((one) => ({ k, run: id, ...one }));
  const records = [run, ...values("param", keyValues(data, "params")), ...values("tag", tags), ...data.list("metrics", (one) => metricOf(id, one)), ...fields.message("inputs").list("dataset_inputs", (one) => datasetOf(id, one)), ...links("input"), ...made];
  return { id, live: status === "running" || status === "scheduled", pushedFrom: tag(PUSHED_TAG) ?? null, models: made.map(({ model }) => model), records };
}

const modelStatuses = ["LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"] as const;

function modelOf(fields: Fields): RemoteModel {
  const info = fields.message("info");
  const data = fields.message("data");
  const id = info.text("model_id");
  const tags = keyValues(info, "tags");
  const created = info.optionalInteger("creation_timestamp_ms") ?? 0;
  const status = info.enumeration("status");
  const source: ModelSource = {
    k: "model", model: id, experiment: info.text("experiment_id"), name: info.anyText("name") || id, created, updated: info.optionalInteger("last_updated_timestamp_ms") ?? created,
    status: modelStatuses.find((one) => one === status) ?? "LOGGED_MODEL_PENDING", statusMessage: info.anyText("status_message") || null, modelType: info.anyText("model_type") || null, run: info.anyText("source_run_id") || null,
    params: keyValues(data, "params"), tags, deleted: false,
  };
  const metrics = data.list("metrics", (one): MetricSource => {
    const [name, digest] = [one.anyText("dataset_name"), one.anyText("dataset_digest")];
    return { ...metricOf(one.anyText("run_id"), one), model: id, ...(name === "" ? {} : { dataset: { name, digest } }) };
  });
  return { id, pushedFrom: tags.find(({ key }) => key === MODEL_TAG)?.value ?? null, source, metrics: metrics.filter(({ run }) => run !== "") };
}

function metricOf(run: string, one: Fields): MetricSource {
  const key = one.text("key");
  return { k: "metric", run, key, value: infinite(one.double("value")), step: one.optionalInteger("step") ?? 0, time: one.optionalInteger("timestamp") ?? 0, ...(key.startsWith("system/") ? { origin: "system" } : {}) };
}

/** Released servers keep ±∞ as the largest number there is. */
function infinite(value: number): number {
  return Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Number.POSITIVE_INFINITY : value;
}

function datasetOf(run: string, input: Fields): DatasetSource {
  const one = input.message("dataset");
  return {
    k: "dataset", run, name: one.anyText("name"), digest: one.anyText("digest"), sourceType: one.anyText("source_type"), source: one.anyText("source"),
    schema: one.optionalText("schema") ?? null, profile: one.optionalText("profile") ?? null, tags: keyValues(input, "tags"),
  };
}

export function keyValues(fields: Fields, name: string): KeyValue[] {
  return fields.list(name, (one) => ({ key: one.anyText("key"), value: one.anyText("value") })).filter(({ key }) => key !== "");
}
