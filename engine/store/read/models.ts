import type { Db } from "../connection.ts";
import type { DatasetInput, TagValue } from "../operations.ts";
import { loadedNumber } from "../records.ts";

export interface ModelRecord {
  readonly modelKey: number;
  readonly modelId: string;
  readonly experimentId: number;
  readonly name: string;
  readonly created: number;
  readonly updated: number;
  readonly status: string;
  readonly modelType: string | null;
  readonly sourceRun: string | null;
  readonly deleted: number | null;
}

export interface ModelMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly time: number;
  readonly runId: string;
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

/** Reads of logged models and declared data sets. */
export function modelReads(db: Db) {
  const columns = `model_key AS modelKey, model_id AS modelId, experiment_id AS experimentId, name, created, updated, status,
    model_type AS modelType, source_run AS sourceRun, deleted`;
  const byId = db.prepare<[string], ModelRecord>(`SELECT ${columns} FROM models WHERE model_id = ?`);
  const byRequest = db.prepare<[string], ModelRecord>(`SELECT ${columns} FROM models WHERE request = ? ORDER BY model_key DESC LIMIT 1`);
  const ofExperiment = db.prepare<[number], ModelRecord>(`SELECT ${columns} FROM models WHERE experiment_id = ? AND deleted IS NULL ORDER BY created DESC, model_key DESC`);
  const ofRuns = db.prepare<[string], ModelRecord>(`SELECT ${columns} FROM models WHERE source_run IN (SELECT value FROM json_each(?)) ORDER BY model_key`);
  const ofRun = db.prepare<[string, number], ModelRecord>(
    `SELECT ${columns} FROM models WHERE deleted IS NULL AND (source_run = ? OR model_id IN (SELECT model_id FROM run_models WHERE run_key = ? AND direction = 'output')) ORDER BY created, model_key`,
  );
  const values = db.prepare<[number, string], TagValue>(
    "SELECT k.name AS key, value FROM model_values JOIN keys k USING (key_id) WHERE model_key = ? AND kind = ? ORDER BY k.name",
  );
  const metrics = db.prepare<[number], Omit<ModelMetric, "value"> & { value: number | string }>(
    `SELECT k.name AS key, value, step, time, r.run_id AS runId, dataset_name AS datasetName, dataset_digest AS datasetDigest
     FROM model_metrics JOIN keys k USING (key_id) JOIN runs r USING (run_key) WHERE model_key = ? ORDER BY time, k.name`,
  );
  const links = db.prepare<[number, string], { modelId: string; step: number }>(
    "SELECT model_id AS modelId, step FROM run_models WHERE run_key = ? AND direction = ? ORDER BY model_id",
  );
  const datasets = db.prepare<[number], Omit<DatasetInput, "tags"> & { tags: string }>(
    `SELECT name, digest, source_type AS sourceType, source, schema, profile, tags FROM run_datasets JOIN datasets USING (dataset_key) WHERE run_key = ?`,
  );
  const linked = db.prepare<[string, string], number>(
    "SELECT run_key FROM run_datasets WHERE run_key IN (SELECT value FROM json_each(?)) UNION SELECT run_key FROM run_models WHERE direction = 'output' AND run_key IN (SELECT value FROM json_each(?))",
  ).pluck();
  const everyDataset = db.prepare<[], { runKey: number; name: string; digest: string; tags: string }>(
    "SELECT run_key AS runKey, name, digest, tags FROM run_datasets JOIN datasets USING (dataset_key)",
  );
  return {
    byId: (modelId: string): ModelRecord | undefined => byId.get(modelId),
    byRequest: (request: string): ModelRecord | undefined => byRequest.get(request),
    ofExperiment: (experimentId: number): ModelRecord[] => ofExperiment.all(experimentId),
    /** Made by some runs, deleted ones too. */
    ofRuns: (runIds: readonly string[]): ModelRecord[] => ofRuns.all(JSON.stringify(runIds)),
    /** Those that a run logged, as it came to have them. */
    ofRun: (runId: string, runKey: number): ModelRecord[] => ofRun.all(runId, runKey),
    values: (modelKey: number, kind: "param" | "tag"): TagValue[] => values.all(modelKey, kind),
    metrics: (modelKey: number): ModelMetric[] => metrics.all(modelKey).map((row) => ({ ...row, value: loadedNumber(row.value) })),
    links: (runKey: number, direction: "input" | "output") => links.all(runKey, direction),
    /** Of some runs those that have data sets or made models: most have none. */
    linked(runKeys: readonly number[]): ReadonlySet<number> {
      const list = JSON.stringify(runKeys);
      return new Set(linked.all(list, list));
    },
    /** What runs are found by, of all runs. */
    everyDataset: (): { runKey: number; name: string; digest: string; tags: TagValue[] }[] => everyDataset.all().map((row) => ({ ...row, tags: JSON.parse(row.tags) })),
    datasets: (runKey: number): DatasetInput[] => datasets.all(runKey).map((row) => ({ ...row, tags: JSON.parse(row.tags) })),
  };
}

export type ModelReads = ReturnType<typeof modelReads>;
