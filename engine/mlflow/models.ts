import { randomUUID } from "node:crypto";
import type { ModelRecord } from "../store/read/models.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { page } from "./limits.ts";
import { type DoorServices, type Routes, experimentsOf } from "./route.ts";
import { artifactRoots, modelShape } from "./shapes.ts";

const statuses = ["LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

/** Routes of logged models, which autologging makes beside runs. */
export function modelRoutes(services: DoorServices): Routes {
  const { store, artifacts, retries } = services;

  const existing = (modelId: string): ModelRecord => {
    const found = store.read.models.byId(modelId);
    if (!found || found.deleted !== null) throw missing(`Logged model with ID '${modelId}' not found.`);
    return found;
  };
  const pair = (fields: Fields) => ({ key: fields.text("key"), value: fields.anyText("value") });
  const shape = (model: ModelRecord): object => ({ model: modelShape(model, store.read) });

  return {
    async "POST logged-models"({ fields, launchId, madeId, digest, response }) {
      const request = digest();
      const experimentId = fields.text("experiment_id");
      if (!store.read.experiments.find(experimentId)) throw missing(`No Experiment with id=${experimentId} exists`);
      const name = fields.anyText("name");
      if (/[/:.%"']/.test(name)) throw invalid(`Invalid model name (${name}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`);
      const made = madeId?.slice(2) ?? "";
      const hex = /^m-[0-9a-f]{32}$/.test(madeId ?? "") && !store.read.models.byId(`m-${made}`) ? made : randomUUID().replaceAll("-", "");
      const model = await retries.once(request, response, () => store.read.models.byRequest(request), async () => {
        const modelId = `m-${hex}`;
        await store.write("model.create", {
          modelId,
          experimentId,
          name: name === "" ? `model-${hex.slice(0, 8)}` : name,
          modelType: fields.optionalText("model_type") ?? null,
          sourceRun: fields.optionalText("source_run_id") ?? null,
          time: Date.now(),
          params: fields.list("params", pair),
          tags: fields.list("tags", pair),
          request,
          ...(launchId === undefined ? {} : { launchId }),
        });
        return existing(modelId);
      });
      return shape(model);
    },

    "GET logged-models/:model_id": ({ fields }) => shape(existing(fields.text("model_id"))),

    async "PATCH logged-models/:model_id"({ fields }) {
      const given = fields.enumeration("status");
      const status = /^\d$/.test(given) ? statuses[Number(given)] : given;
      if (status === undefined || !statuses.includes(status)) throw invalid(`Invalid value ${JSON.stringify(given)} for parameter 'status' supplied.`);
      const modelId = fields.text("model_id");
      await store.write("model.update", { modelId, time: Date.now(), status });
      return shape(existing(modelId));
    },
    async "DELETE logged-models/:model_id"({ fields }) {
      await store.write("model.update", { modelId: fields.text("model_id"), time: Date.now(), deleted: true });
      return {};
    },
    async "POST logged-models/:model_id/params"({ fields }) {
      await store.write("model.update", { modelId: fields.text("model_id"), time: Date.now(), setParams: fields.list("params", pair) });
      return {};
    },
    async "PATCH logged-models/:model_id/tags"({ fields }) {
      const modelId = fields.text("model_id");
      await store.write("model.update", { modelId, time: Date.now(), setTags: fields.list("tags", pair) });
      return shape(existing(modelId));
    },
    async "DELETE logged-models/:model_id/tags/:key"({ fields }) {
      await store.write("model.update", { modelId: fields.text("model_id"), time: Date.now(), deleteTags: [fields.text("key")] });
      return {};
    },

    "POST logged-models/search"({ fields, launchId }) {
      const ids = experimentsOf(services, fields.texts("experiment_ids"), launchId);
      const filter = fields.anyText("filter").trim();
      const wanted = /^(?:attributes\.)?(name|model_id|source_run_id)\s*=\s*'([^']*)'$/.exec(filter);
      if (filter !== "" && !wanted) throw invalid(`Touchstone searches logged models by \`name\`, \`model_id\` or \`source_run_id = '…'\` only. Got: ${filter}`);
      const field = ({ name, modelId, sourceRun }: ModelRecord): string | null => (wanted?.[1] === "name" ? name : wanted?.[1] === "model_id" ? modelId : sourceRun);
      const all = ids.flatMap((id) => store.read.models.ofExperiment(store.read.experiments.find(id)?.experimentId ?? -1)).filter((model) => !wanted || field(model) === wanted[2]);
      const { items, next } = page(all, fields, 50, 1000);
      return { models: items.map((model) => modelShape(model, store.read)), ...next };
    },

    "GET logged-models/:model_id/artifacts/directories"({ fields }) {
      const model = existing(fields.text("model_id"));
      const entries = artifacts.list({ kind: "model", id: model.modelId }, fields.anyText("artifact_directory_path"));
      return {
        root_uri: artifactRoots.model(model, store.read),
        files: entries.map(({ path, isDir, bytes }) => ({ path, is_dir: isDir, ...(bytes === null ? {} : { file_size: bytes }) })),
      };
    },
  };
}
