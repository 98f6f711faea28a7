import type { RunBatch } from "../store/operations.ts";
import { invalid } from "./errors.ts";
import { isRecord } from "./fields.ts";
import { checkBatch, checkedRunId, datasetOf, metricOf, paramOf, tagOf } from "./limits.ts";
import { KeyedTurns } from "../platform/keyedTurns.ts";
import { pythonJson } from "../platform/python.ts";
import type { DoorServices, Routes } from "./route.ts";
import { NAME_TAG, runOf } from "./runs.ts";

/** Where clients before MLflow 3 keep the models that a run logged: a JSON array. */
const HISTORY_TAG = "mlflow.log-model.history";

/** Routes of what a run logs: metrics, params, tags, inputs, outputs and models. */
export function runValueRoutes(services: DoorServices): Routes {
  const { store } = services;
  /** Calls for one run, where each builds on what the one before wrote. */
  const turns = new KeyedTurns();

  async function log(batch: Partial<RunBatch> & { readonly runId: string }): Promise<object> {
    await store.write("run.logBatch", { metrics: [], params: [], tags: [], ...batch });
    return {};
  }

  return {
    "POST runs/log-metric"({ fields }) {
      if (!fields.has("run_uuid")) fields.text("run_id");
      const metric = metricOf(fields);
      return log({ runId: runOf(services, fields).runId, metrics: [metric] });
    },
    "POST runs/log-parameter"({ fields }) {
      if (!fields.has("run_uuid")) fields.text("run_id");
      const param = paramOf(fields);
      return log({ runId: runOf(services, fields).runId, params: [param], alone: true });
    },
    "POST runs/set-tag"({ fields }) {
      if (!fields.has("run_uuid")) fields.text("run_id");
      const tag = tagOf(fields);
      return log({ runId: runOf(services, fields).runId, tags: [tag] });
    },
    async "POST runs/delete-tag"({ fields }) {
      if (!fields.has("run_uuid")) fields.text("run_id");
      const key = fields.text("key");
      const { runKey, runId } = runOf(services, fields);
      // Answers give every run this tag; one that nobody wrote cannot be taken away.
      if (key === NAME_TAG && store.read.runs.tag(runKey, key).value === null) return {};
      await store.write("run.update", { runIds: [runId], deleteTags: [key] });
      return {};
    },
    "POST runs/log-batch"({ fields }) {
      const runId = fields.text("run_id");
      const values = { metrics: fields.list("metrics", metricOf), params: fields.list("params", paramOf), tags: fields.list("tags", tagOf) };
      checkedRunId(runId);
      checkBatch(values);
      return log({ runId: runOf(services, fields).runId, ...values });
    },

    async "POST runs/log-inputs"({ fields }) {
      checkedRunId(fields.text("run_id"));
      const datasets = fields.list("datasets", datasetOf);
      const models = fields.list("models", (model) => model.text("model_id"));
      await store.write("run.logInputs", { runId: runOf(services, fields).runId, datasets, models });
      return {};
    },
    async "POST runs/outputs"({ fields }) {
      fields.text("run_id");
      if (!fields.has("models")) throw fields.missing("models");
      const models = fields.list("models", (model) => ({ modelId: model.text("model_id"), step: model.optionalInteger("step") ?? 0 }));
      await store.write("run.logOutputs", { runId: runOf(services, fields).runId, models });
      return {};
    },

    "POST runs/log-model"({ fields }) {
      fields.text("run_id");
      const model = modelOf(fields.text("model_json"));
      const { runKey, runId } = runOf(services, fields);
      return turns.take(runId, () => {
        const before = pastModels(store.read.runs.tag(runKey, HISTORY_TAG).value);
        return log({ runId, tags: [{ key: HISTORY_TAG, value: pythonJson([...before, model]) }] });
      });
    },
  };
}

/** What the history keeps of an `MLmodel`. Throws where it is none. */
function modelOf(text: string): object {
  let model: unknown;
  try {
    model = JSON.parse(text);
  } catch {
    throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`);
  }
  if (!isRecord(model)) throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`);
  const { run_id, artifact_path, utc_time_created, model_uuid = null, flavors } = model;
  const absent = Object.entries({ artifact_path, flavors, utc_time_created, run_id }).filter(([, value]) => value === undefined).map(([name]) => `'${name}'`);
  if (absent.length > 0) throw invalid(`Model json is missing mandatory fields: {${absent.join(", ")}}`);
  const slim = Object.entries(isRecord(flavors) ? flavors : {}).map(([flavor, config]) => {
    if (!isRecord(config)) return [flavor, config];
    const { config: _, ...rest } = config;
    return [flavor, rest];
  });
  return { run_id, artifact_path, utc_time_created, model_uuid, flavors: Object.fromEntries(slim) };
}

/** The models that a tag lists; none where it is no list. */
function pastModels(value: string | null): readonly unknown[] {
  try {
    const models: unknown = JSON.parse(value ?? "[]");
    return Array.isArray(models) ? models : [];
  } catch {
    return [];
  }
}
