import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { TagValue } from "../operations.ts";

/** Times are UTC milliseconds; `schema` and `profile` are JSON texts. */
export interface DatasetRecord {
  readonly datasetKey: number;
  readonly datasetId: string;
  readonly name: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly digest: string;
  readonly created: number;
  readonly updated: number;
  readonly createdBy: string | null;
  readonly updatedBy: string | null;
}

/** The values are JSON texts as Python writes them. */
export interface EvaluationRecord {
  readonly recordId: string;
  readonly inputs: string;
  readonly outputs: string | null;
  readonly expectations: string | null;
  readonly tags: string;
  readonly source: string | null;
  readonly sourceId: string | null;
  readonly sourceType: string | null;
  readonly created: number;
  readonly updated: number;
  readonly createdBy: string | null;
  readonly updatedBy: string | null;
}

/** An older store, read where it must not be brought up to date, has none. */
const SINCE = 7;

/** Reads of evaluation datasets. */
export function evaluationDatasetReads(db: Db) {
  const stored = storeVersion(db) >= SINCE ? storedReads(db) : null;
  return {
    byId: (datasetId: string): DatasetRecord | undefined => stored?.byId.get(datasetId),
    byRequest: (request: string): DatasetRecord | undefined => stored?.byRequest.get(request),
    all: (): DatasetRecord[] => stored?.all.all() ?? [],
    /** In the order in which they were set first. */
    tags: (datasetKey: number): TagValue[] => stored?.tags.all(datasetKey) ?? [],
    experiments: (datasetKey: number): string[] => stored?.experiments.all(datasetKey) ?? [],
    /** By time and id, after the given one. */
    records: (datasetKey: number, limit: number, after: { created: number; recordId: string } = { created: -1, recordId: "" }): EvaluationRecord[] =>
      stored?.records.all(datasetKey, after.created, after.recordId, limit) ?? [],
  };
}

function storedReads(db: Db) {
  const datasets = `SELECT dataset_key AS datasetKey, dataset_id AS datasetId, name, schema, profile, digest, created, updated, created_by AS createdBy,
    updated_by AS updatedBy FROM evaluation_datasets`;
  return {
    byId: db.prepare<[string], DatasetRecord>(`${datasets} WHERE dataset_id = ?`),
    byRequest: db.prepare<[string], DatasetRecord>(`${datasets} WHERE request = ? ORDER BY dataset_key DESC LIMIT 1`),
    all: db.prepare<[], DatasetRecord>(`${datasets} ORDER BY dataset_key`),
    tags: db.prepare<[number], TagValue>("SELECT key, value FROM evaluation_dataset_tags WHERE dataset_key = ? ORDER BY rowid"),
    experiments: db.prepare<[number], string>("SELECT experiment_id FROM evaluation_dataset_experiments WHERE dataset_key = ? ORDER BY rowid").pluck(),
    records: db.prepare<[number, number, string, number], EvaluationRecord>(
      `SELECT record_id AS recordId, inputs, outputs, expectations, tags, source, source_id AS sourceId, source_type AS sourceType, created, updated,
         created_by AS createdBy, updated_by AS updatedBy
       FROM evaluation_records WHERE dataset_key = ? AND (created, record_id) > (?, ?) ORDER BY created, record_id LIMIT ?`,
    ),
  };
}
