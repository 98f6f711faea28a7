import type { TagValue } from "../operations.ts";

/** `datasetId`, times and `digest` may come from another store: an importer writes by the same operation. */
export interface DatasetCreate {
  readonly datasetId: string;
  readonly name: string;
  readonly digest: string;
  readonly time: number;
  readonly user: string | null;
  readonly tags: readonly TagValue[];
  readonly experimentIds: readonly string[];
  readonly request?: string;
}

/** What is absent stays as it is. Throws `DATASET_NOT_FOUND`. */
export interface DatasetUpdate {
  readonly datasetId: string;
  /** Absent: tags alone do not change the data set's time. */
  readonly time?: number;
  readonly setTags?: readonly TagValue[];
  /** One that is not there is no error. */
  readonly deleteTags?: readonly string[];
  readonly addExperiments?: readonly string[];
  readonly removeExperiments?: readonly string[];
}

/** JSON texts as Python writes them. */
export interface DatasetRecordPut {
  /** Of a record that is new. */
  readonly recordId: string;
  readonly inputHash: string;
  readonly inputs: string;
  /** Absent: a record that is there keeps its own; null takes it away. A new record without has `{}`. */
  readonly outputs?: string | null;
  /** Objects: their fields are set in those that are there. */
  readonly expectations: string | null;
  readonly tags: string | null;
  readonly source: string | null;
  readonly sourceId: string | null;
  readonly sourceType: string | null;
  readonly user: string | null;
}

/** Puts records by their inputs. Throws `DATASET_NOT_FOUND`. */
export interface DatasetRecords {
  readonly datasetId: string;
  readonly time: number;
  readonly digest: string;
  readonly user: string | null;
  readonly records: readonly DatasetRecordPut[];
}

export interface EvaluationDatasetOperations {
  "dataset.create": { input: DatasetCreate; output: null };
  "dataset.update": { input: DatasetUpdate; output: null };
  /** With its records; none there is no error. */
  "dataset.delete": { input: { datasetId: string }; output: null };
  "dataset.records": { input: DatasetRecords; output: { inserted: number; updated: number } };
  "dataset.deleteRecords": { input: { datasetId: string; recordIds: readonly string[] }; output: { deleted: number } };
}
