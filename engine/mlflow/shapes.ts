import type { RunStatus } from "../api/runs.ts";
import type { DatasetInput } from "../store/operations.ts";
import type { ExperimentRecord, RunRecord } from "../store/records.ts";
import type { MetricPoint } from "../store/read/metrics.ts";
import type { ModelRecord } from "../store/read/models.ts";
import { shownParams } from "../store/shownParams.ts";
import type { Readers } from "../store/store.ts";
import { invalid } from "./errors.ts";

/** The store's words for a status as MLflow's; a lost run is one that failed, as far as a client can tell. */
const statusNames: Readonly<Record<RunStatus, string>> = {
  scheduled: "SCHEDULED",
  running: "RUNNING",
  finished: "FINISHED",
  failed: "FAILED",
  killed: "KILLED",
  lost: "FAILED",
};
const statusNumbers = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

/** MLflow's name or number of a status in the store's words. @param refused - Why it is refused where it is none. */
export function statusOf(value: string, refused = (): Error => invalid(`Invalid value ${JSON.stringify(value)} for parameter 'status' supplied.`)): RunStatus {
  const name = /^\d+$/.test(value) ? statusNumbers[Number(value) - 1] : value;
  const found = (["running", "scheduled", "finished", "failed", "killed"] as const).find((status) => statusNames[status] === name);
  if (!found) throw refused();
  return found;
}

/** A double on the wire. */
export function wireNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

const stage = (deleted: number | null): string => (deleted === null ? "active" : "deleted");

/** Artifacts go through this door, where nobody said another place; the client resolves the URI against its tracking URI. */
export const artifactRoots = {
  run: (run: RunRecord, read: Pick<Readers, "experiments">): string => `${read.experiments.rootOf(run.experimentId)}/${run.runId}/artifacts`,
  model: (model: ModelRecord, read: Pick<Readers, "experiments">): string => `${read.experiments.rootOf(model.experimentId)}/models/${model.modelId}/artifacts`,
};

/** A repeated field: absent where it is empty, as protobuf's JSON has it. */
export function listed<K extends string, T>(name: K, items: readonly T[]): { [P in K]?: readonly T[] } {
  // SAFETY: the one key is `name`; a computed key widens to string.
  return (items.length === 0 ? {} : { [name]: items }) as { [P in K]?: readonly T[] };
}

export function experimentShape(experiment: ExperimentRecord, read: Readers): object {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: read.experiments.rootOf(experiment.experimentId),
    lifecycle_stage: stage(experiment.deleted),
    creation_time: experiment.created,
    last_update_time: experiment.updated,
    ...listed("tags", read.experiments.tags(experiment.experimentId)),
  };
}

export function runInfo(run: RunRecord, read: Readers): object {
  return {
    run_id: run.runId,
    run_uuid: run.runId,
    run_name: runName(run),
    experiment_id: read.experiments.idOf(run.experimentId),
    user_id: run.user ?? "",
    status: statusName(run),
    start_time: run.start,
    ...(run.end === null ? {} : { end_time: run.end }),
    artifact_uri: artifactRoots.run(run, read),
    lifecycle_stage: stage(run.deleted),
  };
}

/** A run's name as a client reads it. */
export function runName({ name, runId }: RunRecord): string {
  return name === "" ? defaultRunName(runId) : name;
}

/** A run's status in MLflow's words. */
export function statusName({ status }: RunRecord): string {
  return statusNames[status];
}

/** What a client sees of a run that nobody named; the screens show what tells it apart instead. */
export function defaultRunName(runId: string): string {
  return `run-${runId.slice(0, 8)}`;
}

/** A run with its values. Where a key has several sources, the client sees its own value, else the one that the screens show. */
export function runShape(run: RunRecord, read: Readers): { readonly info: object; readonly data: object; readonly inputs: object; readonly outputs: object } {
  const params = [...shownParams(read.runs.params(run.runKey)).values()];
  const tags = read.runs.tags(run.runKey).map(({ key, value }) => ({ key, value }));
  if (!tags.some(({ key }) => key === "mlflow.runName")) tags.push({ key: "mlflow.runName", value: runName(run) });
  const datasets = read.models.datasets(run.runKey);
  const [inputs, outputs] = (["input", "output"] as const).map((direction) => read.models.links(run.runKey, direction));
  return {
    info: runInfo(run, read),
    data: {
      ...listed("metrics", read.runs.latest(run.runKey).map((latest) => metricShape(latest.key, latest))),
      ...listed("params", params.map(({ key, value }) => ({ key, value }))),
      tags,
    },
    inputs: {
      ...listed("dataset_inputs", datasets.map(datasetInput)),
      ...listed("model_inputs", (inputs ?? []).map(({ modelId }) => ({ model_id: modelId }))),
    },
    outputs: listed("model_outputs", (outputs ?? []).map(({ modelId, step }) => ({ model_id: modelId, step }))),
  };
}

export function datasetInput({ tags, name, digest, sourceType, source, schema, profile }: DatasetInput): object {
  const dataset = { name, digest, source_type: sourceType, source, ...(schema === null ? {} : { schema }), ...(profile === null ? {} : { profile }) };
  return { ...listed("tags", tags), dataset };
}

export function metricShape(key: string, { value, time, step }: MetricPoint): object {
  return { key, value: wireNumber(value), timestamp: time, step };
}

export function modelShape(model: ModelRecord, read: Readers): object {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: read.experiments.idOf(model.experimentId),
      name: model.name,
      creation_timestamp_ms: model.created,
      last_updated_timestamp_ms: model.updated,
      artifact_uri: artifactRoots.model(model, read),
      status: model.status,
      model_type: model.modelType ?? "",
      source_run_id: model.sourceRun ?? "",
      ...listed("tags", read.models.values(model.modelKey, "tag")),
    },
    data: {
      ...listed("params", read.models.values(model.modelKey, "param")),
      ...listed(
        "metrics",
        read.models.metrics(model.modelKey).map((metric) => ({
          ...metricShape(metric.key, metric),
          model_id: model.modelId,
          run_id: metric.runId,
          ...(metric.datasetName === null ? {} : { dataset_name: metric.datasetName }),
          ...(metric.datasetDigest === null ? {} : { dataset_digest: metric.datasetDigest }),
        })),
      ),
    },
  };
}
