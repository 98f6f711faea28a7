import { randomUUID } from "node:crypto";
import type { DatasetInput } from "../store/operations.ts";
import type { RunRecord } from "../store/records.ts";
import { viewOf } from "./experiments.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { checkBatch, checkedKey, metricOf, page, pageSize, paramOf, tagOf } from "./limits.ts";
import { runPage, runWriter } from "./runJson.ts";
import { type DoorServices, JsonPieces, type Routes, experimentsOf } from "./route.ts";
import { defaultRunName, metricShape, runInfo, runShape, statusOf } from "./shapes.ts";

const NAME_TAG = "mlflow.runName";
const PARENT_TAG = "mlflow.parentRunId";

/** Routes of runs: their life, values, inputs and history. */
export function runRoutes(services: DoorServices): Routes {
  const { store, artifacts, retries } = services;

  const existing = (runId: string): RunRecord => {
    if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId)) throw invalid(`Invalid value ${JSON.stringify(runId)} for parameter 'run_id' supplied.`);
    const run = store.read.runs.byId(runId);
    if (!run) throw missing(`Run with id=${runId} not found`);
    return run;
  };
  /** Older clients say `run_uuid`. */
  const idOf = (fields: Fields): string => existing(fields.has("run_id") ? fields.text("run_id") : (fields.optionalText("run_uuid") ?? fields.text("run_id"))).runId;

  const writeRun = runWriter(store.read);
  const batch = { metrics: [], params: [], tags: [] };

  return {
    async "POST runs/create"({ fields, launchId, madeId, digest, response }) {
      const request = digest();
      const tags = fields.list("tags", tagOf);
      const tagged = new Map(tags.map(({ key, value }) => [key, value]));
      const experimentId = fields.anyText("experiment_id") === "" ? "0" : fields.anyText("experiment_id");
      if (!store.read.experiments.find(experimentId)) throw missing(`No Experiment with id=${experimentId} exists`);
      const given = fields.anyText("run_name") || tagged.get(NAME_TAG) || "";
      if (tagged.has(NAME_TAG) && fields.anyText("run_name") !== "" && tagged.get(NAME_TAG) !== fields.anyText("run_name")) {
        throw invalid(`Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${fields.anyText("run_name")}', mlflow.runName='${tagged.get(NAME_TAG)}').`);
      }
      const parentRunId = tagged.get(PARENT_TAG);
      const fresh = madeId !== undefined && /^[0-9a-f]{32}$/.test(madeId) && !store.read.runs.byId(madeId) ? madeId : randomUUID().replaceAll("-", "");
      const launch = launchId === undefined ? undefined : store.read.launches.byId(launchId);
      const run = await retries.once(request, response, () => store.read.runs.byRequest(request), async () => {
        const { runId } = await store.write("run.create", {
          runId: fresh,
          experimentId,
          name: given === "" ? defaultRunName(fresh) : given,
          named: given !== "",
          user: fields.optionalText("user_id") ?? null,
          start: fields.optionalInteger("start_time") ?? Date.now(),
          tags,
          request,
          ...(launch ? { launchId: launch.launchId } : {}),
          ...(parentRunId === undefined ? {} : { parentRunId }),
        });
        return existing(runId);
      });
      // Also for a repeated call: the first one may have broken off between the adoption and here.
      if (launch && run.runId === launch.runId) await artifacts.moved(run.runId, store.read.experiments.idOf(launch.experimentId));
      // A run that is new has no outputs, and MLflow says nothing of them.
      const { outputs: _, ...shape } = runShape(run, store.read);
      return { run: shape };
    },

    "GET runs/get": ({ fields }) => ({ run: runShape(existing(idOf(fields)), store.read) }),

    async "POST runs/update"({ fields, launchId }) {
      const runId = idOf(fields);
      const given = fields.enumeration("status");
      const status = given === "" ? undefined : statusOf(given);
      const end = status === "running" ? null : fields.optionalInteger("end_time");
      const name = fields.anyText("run_name");
      if (status === "running" && launchId !== undefined) await store.write("run.resume", { launchId, runId });
      await store.write("run.update", {
        runIds: [runId],
        ...(status === undefined ? {} : { status }),
        ...(end === undefined ? {} : { end }),
        ...(name === "" ? {} : { name, nameFrom: "client", setTags: [{ key: NAME_TAG, value: name }] }),
      });
      return { run_info: runInfo(existing(runId), store.read) };
    },

    async "POST runs/delete"({ fields }) {
      await store.write("run.update", { runIds: [idOf(fields)], deleted: true });
      return {};
    },
    async "POST runs/restore"({ fields }) {
      await store.write("run.update", { runIds: [idOf(fields)], deleted: false });
      return {};
    },

    async "POST runs/log-metric"({ fields }) {
      await store.write("run.logBatch", { ...batch, runId: idOf(fields), metrics: [metricOf(fields)] });
      return {};
    },
    async "POST runs/log-parameter"({ fields }) {
      await store.write("run.logBatch", { ...batch, runId: idOf(fields), params: [paramOf(fields)] });
      return {};
    },
    async "POST runs/set-tag"({ fields }) {
      await store.write("run.logBatch", { ...batch, runId: idOf(fields), tags: [tagOf(fields)] });
      return {};
    },
    async "POST runs/delete-tag"({ fields }) {
      await store.write("run.update", { runIds: [idOf(fields)], deleteTags: [fields.text("key")] });
      return {};
    },
    async "POST runs/log-batch"({ fields }) {
      const runId = idOf(fields);
      const values = { metrics: fields.list("metrics", metricOf), params: fields.list("params", paramOf), tags: fields.list("tags", tagOf) };
      checkBatch(values);
      await store.write("run.logBatch", { runId, ...values });
      return {};
    },

    async "POST runs/log-inputs"({ fields }) {
      const datasets = fields.list("datasets", datasetOf);
      const models = fields.list("models", (model) => model.text("model_id"));
      await store.write("run.logInputs", { runId: idOf(fields), datasets, models });
      return {};
    },
    async "POST runs/outputs"({ fields }) {
      const models = fields.list("models", (model) => ({ modelId: model.text("model_id"), step: model.optionalInteger("step") ?? 0 }));
      await store.write("run.logOutputs", { runId: idOf(fields), models });
      return {};
    },

    "POST runs/search"({ fields, launchId }) {
      const experimentIds = experimentsOf(services, fields.texts("experiment_ids"), launchId);
      const view = viewOf(fields.enumeration("run_view_type"));
      const query = { experimentIds, filter: fields.anyText("filter"), orderBy: fields.texts("order_by"), view };
      return new JsonPieces(runPage(services.search.page(query, pageSize(fields, 1000, 50_000), fields.anyText("page_token")), writeRun));
    },

    "GET metrics/get-history"({ fields }) {
      const run = existing(idOf(fields));
      const key = checkedKey(fields.text("metric_key"), "metric_key", "Metric name");
      // Without max_results MLflow gives everything in one answer.
      const all = store.read.metrics.points(run.runKey, key);
      const { items, next } = page(all, fields, Math.max(1, all.length), Math.max(25_000, all.length));
      return { metrics: items.map((point) => metricShape(key, point)), ...next };
    },
  };
}

function datasetOf(fields: Fields): DatasetInput {
  const dataset = fields.message("dataset");
  return {
    name: dataset.text("name"),
    digest: dataset.text("digest"),
    sourceType: dataset.text("source_type"),
    source: dataset.text("source"),
    schema: dataset.optionalText("schema") ?? null,
    profile: dataset.optionalText("profile") ?? null,
    tags: fields.list("tags", (tag) => ({ key: tag.text("key"), value: tag.anyText("value") })),
  };
}
