import { TouchstoneError } from "../../api/tokens.ts";
import type { BatchMetric, DatasetInput, TagValue } from "../operations.ts";
import { type PythonJson, PythonNumber, dumpPython, parsePython } from "../pythonJson.ts";
import { type RunRecord, storedNumber } from "../records.ts";
import { experimentReads } from "../read/experiments.ts";
import type { Handlers, WriteContext } from "./context.ts";
import { serverItems } from "./servers.ts";

/** Writes of logged models and of the data sets that a client declares. */
export function modelWrites({ db, keys, dirty }: WriteContext) {
  const experiments = experimentReads(db);
  const servers = serverItems({ db });
  const modelKey = db.prepare<[string], { modelKey: number; deleted: number | null }>("SELECT model_key AS modelKey, deleted FROM models WHERE model_id = ?");
  const insert = db.prepare(
    `INSERT INTO models (model_id, experiment_id, name, created, updated, status, model_type, source_run, request)
     VALUES (@modelId, coalesce((SELECT experiment_id FROM launches WHERE launch_id = @launchId AND @experimentId = 0), @experimentId),
       @name, @time, @time, 'LOGGED_MODEL_PENDING', @modelType, @sourceRun, @request)`,
  );
  const update = db.prepare(
    `UPDATE models SET updated = @time, status = coalesce(@status, status), deleted = CASE WHEN @deleted THEN @time ELSE deleted END WHERE model_key = @modelKey`,
  );
  const putValue = db.prepare<[number, string, number, string]>(
    "INSERT INTO model_values (model_key, kind, key_id, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const getValue = db.prepare<[number, string, number], string>("SELECT value FROM model_values WHERE model_key = ? AND kind = ? AND key_id = ?").pluck();
  const dropValue = db.prepare<[number, string, number]>("DELETE FROM model_values WHERE model_key = ? AND kind = ? AND key_id = ?");
  const putMetric = db.prepare(
    `INSERT OR IGNORE INTO model_metrics (model_key, run_key, key_id, step, time, value, dataset_name, dataset_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const link = db.prepare<[number, string, string, number]>(
    "INSERT INTO run_models (run_key, direction, model_id, step) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET step = excluded.step WHERE step <> excluded.step",
  );
  const insertDataset = db.prepare(
    `INSERT OR IGNORE INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
     VALUES (@experimentId, @name, @digest, @sourceType, @source, @schema, @profile)`,
  );
  const datasetKey = db.prepare<[number, string, string], { datasetKey: number }>(
    "SELECT dataset_key AS datasetKey FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?",
  );
  const linkDataset = db.prepare<[number, number, string]>(
    "INSERT OR IGNORE INTO run_datasets (run_key, dataset_key, tags) VALUES (?, ?, ?)",
  );

  const runOf = db.prepare<[string], number>("SELECT run_key FROM runs WHERE run_id = ?").pluck();
  const sourceOf = db.prepare<[number], number>("SELECT run_key FROM runs WHERE run_id = (SELECT source_run FROM models WHERE model_key = ?)").pluck();

  /** The run's page shows its models, so the run is told as changed. */
  function tell(runKey: number | undefined): void {
    if (runKey !== undefined) dirty.runs.add(runKey);
  }

  function existing(modelId: string): number {
    const row = modelKey.get(modelId);
    if (!row) throw new TouchstoneError({ code: "MODEL_NOT_FOUND", message: `Logged model with ID '${modelId}' not found.` });
    return row.modelKey;
  }

  function putValues(key: number, kind: "param" | "tag", list: readonly TagValue[]): void {
    for (const { key: name, value } of list) putValue.run(key, kind, keys.of(name), value);
  }

  /** A param is logged once, as that of a run; the same value again is a repeated call. */
  function refuseLogged(key: number, modelId: string, params: readonly TagValue[]): void {
    for (const { key: name, value } of params) {
      const before = getValue.get(key, "param", keys.of(name));
      if (before !== undefined && before !== value) {
        throw new TouchstoneError({
          code: "PARAM_CHANGED",
          message: `Changing param values is not allowed. Param with key='${name}' was already logged with value='${before}' for model ID='${modelId}'. Attempted logging new value '${value}'.`,
        });
      }
    }
  }

  const handlers: Pick<Handlers, "model.create" | "model.update"> = {
    "model.create"(input) {
      const { modelId, name, time, modelType, sourceRun } = input;
      const row = insert.run({ modelId, name, time, modelType, sourceRun, experimentId: experiments.find(input.experimentId)?.experimentId ?? null, launchId: input.launchId ?? null, request: input.request ?? null });
      const key = Number(row.lastInsertRowid);
      putValues(key, "param", input.params);
      putValues(key, "tag", input.tags);
      if (sourceRun !== null) tell(runOf.get(sourceRun));
      return null;
    },
    "model.update"(input) {
      servers.refuse("model", input.modelId, `The logged model ${input.modelId}`);
      const key = existing(input.modelId);
      if (input.status !== undefined || input.deleted === true) {
        update.run({ modelKey: key, time: input.time, status: input.status ?? null, deleted: input.deleted === true ? 1 : 0 });
        tell(sourceOf.get(key));
      }
      refuseLogged(key, input.modelId, input.setParams ?? []);
      putValues(key, "param", input.setParams ?? []);
      putValues(key, "tag", input.setTags ?? []);
      for (const tag of input.deleteTags ?? []) {
        if (dropValue.run(key, "tag", keys.of(tag)).changes === 0) {
          throw new TouchstoneError({ code: "TAG_NOT_FOUND", message: `No tag with key '${tag}' found for model with ID '${input.modelId}'.` });
        }
      }
      return null;
    },
  };

  return {
    handlers,
    /** A metric that was measured with a model; one of a model that nobody logged is kept with the run alone. */
    putMetric(runKey: number, modelId: string, m: BatchMetric): void {
      const row = modelKey.get(modelId);
      if (!row) return;
      putMetric.run(row.modelKey, runKey, keys.of(m.key), m.step, m.time, storedNumber(m.value), m.datasetName ?? null, m.datasetDigest ?? null);
    },
    /** As MLflow has it, the tag `mlflow.modelVersions` of a logged model names the versions that were made of it. A model that is not there is none. */
    nameVersion(modelId: string, name: string, version: number): void {
      const row = modelKey.get(modelId);
      if (!row) return;
      const tag = keys.of("mlflow.modelVersions");
      putValue.run(row.modelKey, "tag", tag, withVersion(getValue.get(row.modelKey, "tag", tag), name, version));
    },
    link(runKey: number, direction: "input" | "output", modelId: string, step: number): void {
      // A server's run is looked at again and again, and says the same.
      if (link.run(runKey, direction, modelId, step).changes > 0 && direction === "output") tell(runKey);
    },
    putDataset(run: RunRecord, dataset: DatasetInput): void {
      const { tags, ...row } = dataset;
      insertDataset.run({ ...row, experimentId: run.experimentId });
      const found = datasetKey.get(run.experimentId, dataset.name, dataset.digest);
      if (found) linkDataset.run(run.runKey, found.datasetKey, JSON.stringify(tags));
    },
  };
}

/** A client may have set the tag to anything; what is no list is begun anew. The text is as Python's `json.dumps` writes it. */
function withVersion(before: string | undefined, name: string, version: number): string {
  const added: PythonJson = new Map<string, PythonJson>([["name", name], ["version", new PythonNumber(String(version))]]);
  let list: readonly PythonJson[] = [];
  try {
    const parsed = before === undefined ? null : parsePython(before);
    if (Array.isArray(parsed)) list = parsed;
  } catch {
    list = [];
  }
  return dumpPython([...list, added]);
}

export type ModelWrites = ReturnType<typeof modelWrites>;
