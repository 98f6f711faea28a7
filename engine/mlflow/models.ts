import { randomUUID } from "node:crypto";
import type { ModelRecord } from "../store/read/models.ts";
import { MlflowError, invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { findInTurns } from "./find.ts";
import { page } from "./limits.ts";
import { pageOf } from "./listJson.ts";
import { datasetFilter, isOn, modelOrder, modelScope } from "./modelScope.ts";
import { madeJustNow } from "./retries.ts";
import { type DoorServices, type Routes, experimentsOf } from "./route.ts";
import { artifactRoots, listed, modelShape } from "./shapes.ts";

/** How many models a page may hold: MLflow has no limit. */
const MAX_PAGE = 1_000_000;

const statuses = ["LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

/** Routes of logged models, which autologging makes beside runs. */
export function modelRoutes(services: DoorServices): Routes {
  const { store, artifacts, retries } = services;

  /** Deleted ones are there for whoever writes to them, as in MLflow, and for whoever asks for them. */
  const existing = (modelId: string, allowDeleted = true): ModelRecord => {
    const found = store.read.models.byId(modelId);
    if (!found || (found.deleted !== null && !allowDeleted)) throw missing(`Logged model with ID '${modelId}' not found.`);
    return found;
  };
  const idOf = (fields: Fields): string => existing(fields.text("model_id")).modelId;
  const pair = (fields: Fields) => ({ key: fields.anyText("key"), value: fields.anyText("value") });
  /** What a model gets once: the same key twice is an error. */
  const pairs = (fields: Fields, name: "params" | "tags") => {
    const list = fields.list(name, pair);
    const twice = list.find(({ key }, i) => list.findIndex((one) => one.key === key) < i);
    if (twice) throw new MlflowError("BAD_REQUEST", `The key '${twice.key}' stands twice in '${name}' of this logged model.`);
    return list;
  };
  const shape = (model: ModelRecord): object => ({ model: modelShape(model, store.read) });

  return {
    async "POST logged-models"({ fields, launchId, madeId, digest, response }) {
      const request = digest();
      const experimentId = fields.text("experiment_id");
      const name = fields.anyText("name");
      const quote = name.includes("'") && !name.includes('"') ? '"' : "'";
      if (/[/:.%"']/.test(name)) throw invalid(`Invalid model name (${quote}${name}${quote}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`);
      const experiment = store.read.experiments.find(checkedExperimentId(experimentId));
      if (!experiment) throw missing(`No Experiment with id=${experimentId} exists`);
      if (experiment.deleted !== null) throw invalid(`The experiment ${experimentId} must be in the 'active' state. Current state is deleted.`);
      const [params, tags] = [pairs(fields, "params"), pairs(fields, "tags")];
      const made = madeId?.slice(2) ?? "";
      const hex = /^m-[0-9a-f]{32}$/.test(madeId ?? "") && !store.read.models.byId(`m-${made}`) ? made : randomUUID().replaceAll("-", "");
      const model = await retries.once(request, response, () => madeJustNow(store.read.models.byRequest(request)), async () => {
        const modelId = `m-${hex}`;
        await store.write("model.create", {
          modelId,
          experimentId,
          name: name === "" ? `model-${hex.slice(0, 8)}` : name,
          modelType: fields.optionalText("model_type") ?? null,
          sourceRun: fields.optionalText("source_run_id") ?? null,
          time: Date.now(),
          params,
          tags,
          request,
          ...(launchId === undefined ? {} : { launchId }),
        });
        return existing(modelId);
      });
      return shape(model);
    },

    "GET logged-models/:model_id": ({ fields }) => shape(existing(fields.text("model_id"), fields.anyText("allow_deleted").toLowerCase() === "true")),

    async "PATCH logged-models/:model_id"({ fields }) {
      const given = fields.enumeration("status");
      if (given === "") throw invalid("Missing value for required parameter 'status'. See the API docs for more information about request parameters.");
      const status = /^\d+$/.test(given) ? statuses[Number(given)] : given;
      if (status === undefined || !statuses.includes(status)) throw invalid(`Invalid value ${JSON.stringify(given)} for parameter 'status' supplied.`);
      const modelId = idOf(fields);
      await store.write("model.update", { modelId, time: Date.now(), status });
      return shape(existing(modelId));
    },
    async "DELETE logged-models/:model_id"({ fields }) {
      await store.write("model.update", { modelId: fields.text("model_id"), time: Date.now(), deleted: true });
      return {};
    },
    async "POST logged-models/:model_id/params"({ fields }) {
      await store.write("model.update", { modelId: idOf(fields), time: Date.now(), setParams: pairs(fields, "params") });
      return {};
    },
    async "PATCH logged-models/:model_id/tags"({ fields }) {
      await store.write("model.update", { modelId: idOf(fields), time: Date.now(), setTags: fields.list("tags", pair) });
      return {};
    },
    async "DELETE logged-models/:model_id/tags/:key"({ fields }) {
      await store.write("model.update", { modelId: fields.text("model_id"), time: Date.now(), deleteTags: [fields.text("key")] });
      return {};
    },

    async "POST logged-models/search"({ fields, launchId }) {
      if (!fields.has("experiment_ids")) throw invalid("Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters.");
      const ids = new Set(experimentsOf(services, fields.texts("experiment_ids").map(checkedExperimentId), launchId));
      const datasets = fields.list("datasets", datasetFilter);
      const measured = (model: ModelRecord): boolean => store.read.models.metrics(model.modelKey).some((metric) => isOn(metric, datasets));
      function* all(): Generator<readonly ModelRecord[]> {
        for (const id of ids) yield store.read.models.ofExperiment(store.read.experiments.find(id)?.experimentId ?? -1).filter((model) => datasets.length === 0 || measured(model));
      }
      const scope = modelScope(store.read, datasets, fields.list("order_by", modelOrder));
      const found = await findInTurns(all(), scope, { filter: fields.anyText("filter"), orderBy: [] });
      const size = fields.optionalInteger("max_results") === 0 ? fields.with({ max_results: undefined }) : fields;
      const { items, next } = page(found, size, 100, MAX_PAGE, ({ modelId }) => modelId);
      return pageOf("models", items, (model) => modelShape(model, store.read), next);
    },

    "GET logged-models/:model_id/artifacts/directories"({ fields }) {
      const model = existing(fields.text("model_id"), false);
      const entries = [...artifacts.list({ kind: "model", id: model.modelId }, fields.anyText("artifact_directory_path"))].sort((a, b) => (a.path < b.path ? -1 : 1));
      return {
        root_uri: artifactRoots.model(model, store.read),
        ...listed("files", entries.map(({ path, isDir, bytes }) => ({ path, is_dir: isDir, ...(bytes === null ? {} : { file_size: bytes }) }))),
      };
    },
  };
}

function checkedExperimentId(id: string): string {
  if (!/^\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
  return id;
}
