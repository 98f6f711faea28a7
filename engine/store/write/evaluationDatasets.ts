import { TouchstoneError } from "../../api/tokens.ts";
import type { DatasetRecordPut } from "../operations/evaluationDatasets.ts";
import { type PythonObject, dumpPython, parsePython } from "../pythonJson.ts";
import { schemaWith } from "../recordSchema.ts";
import type { Handlers, WriteContext } from "./context.ts";

type Names = "dataset.create" | "dataset.update" | "dataset.delete" | "dataset.records" | "dataset.deleteRecords";

interface StoredRecord {
  readonly recordId: string;
  readonly expectations: string | null;
  readonly tags: string;
}

/** Writes of evaluation datasets and their records. */
export function evaluationDatasetWrites({ db }: WriteContext): { readonly handlers: Pick<Handlers, Names> } {
  const byId = db.prepare<[string], { key: number; schema: string | null; profile: string | null }>(
    "SELECT dataset_key AS key, schema, profile FROM evaluation_datasets WHERE dataset_id = ?",
  );
  const insert = db.prepare(
    `INSERT INTO evaluation_datasets (dataset_id, name, digest, created, updated, created_by, updated_by, request)
     VALUES (@datasetId, @name, @digest, @time, @time, @user, @user, @request)`,
  );
  const touch = db.prepare<[number, number]>("UPDATE evaluation_datasets SET updated = ? WHERE dataset_key = ?");
  const remove = db.prepare<[string]>("DELETE FROM evaluation_datasets WHERE dataset_id = ?");
  const putTag = db.prepare<[number, string, string]>(
    "INSERT INTO evaluation_dataset_tags (dataset_key, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const dropTag = db.prepare<[number, string]>("DELETE FROM evaluation_dataset_tags WHERE dataset_key = ? AND key = ?");
  const link = db.prepare<[number, string]>("INSERT OR IGNORE INTO evaluation_dataset_experiments (dataset_key, experiment_id) VALUES (?, ?)");
  const unlink = db.prepare<[number, string]>("DELETE FROM evaluation_dataset_experiments WHERE dataset_key = ? AND experiment_id = ?");
  const findRecord = db.prepare<[number, string], StoredRecord>(
    "SELECT record_id AS recordId, expectations, tags FROM evaluation_records WHERE dataset_key = ? AND input_hash = ?",
  );
  const insertRecord = db.prepare(
    `INSERT INTO evaluation_records (record_id, dataset_key, inputs, outputs, expectations, tags, source, source_id, source_type, created, updated, created_by,
       updated_by, input_hash)
     VALUES (@recordId, @key, @inputs, @outputs, @expectations, @tags, @source, @sourceId, @sourceType, @time, @time, @user, @user, @inputHash)`,
  );
  const mergeRecord = db.prepare(
    `UPDATE evaluation_records SET outputs = CASE WHEN @newOutputs THEN @outputs ELSE outputs END, expectations = @expectations, tags = @tags, updated = @time,
       updated_by = coalesce(@user, updated_by) WHERE record_id = @recordId`,
  );
  const dropRecord = db.prepare<[number, string]>("DELETE FROM evaluation_records WHERE dataset_key = ? AND record_id = ?");
  const count = db.prepare<[number], number>("SELECT count(*) FROM evaluation_records WHERE dataset_key = ?").pluck();
  const changed = db.prepare(
    "UPDATE evaluation_datasets SET schema = @schema, profile = @profile, digest = @digest, updated = @time, updated_by = @user WHERE dataset_key = @key",
  );
  const setProfile = db.prepare<[string, number]>("UPDATE evaluation_datasets SET profile = ? WHERE dataset_key = ?");

  function existing(datasetId: string): { key: number; schema: string | null; profile: string | null } {
    const found = byId.get(datasetId);
    if (!found) throw new TouchstoneError({ code: "DATASET_NOT_FOUND", message: `Evaluation dataset with id '${datasetId}' not found` });
    return found;
  }

  /** True where the record is new. */
  function put(key: number, time: number, record: DatasetRecordPut): boolean {
    const { recordId, inputHash, inputs, outputs, expectations, source, sourceId, sourceType, user } = record;
    const found = findRecord.get(key, inputHash);
    if (found) {
      const merged = { expectations: merge(found.expectations, expectations), tags: merge(found.tags, record.tags) ?? "{}" };
      mergeRecord.run({ recordId: found.recordId, newOutputs: outputs === undefined ? 0 : 1, outputs: outputs ?? null, ...merged, user, time });
      return false;
    }
    insertRecord.run({ recordId, key, inputs, outputs: outputs === undefined ? "{}" : outputs, expectations, tags: record.tags ?? "{}", source, sourceId, sourceType, time, user, inputHash });
    return true;
  }

  return {
    handlers: {
      "dataset.create"(input) {
        const { datasetId, name, digest, time, user } = input;
        const key = Number(insert.run({ datasetId, name, digest, time, user, request: input.request ?? null }).lastInsertRowid);
        for (const tag of input.tags) putTag.run(key, tag.key, tag.value);
        for (const id of input.experimentIds) link.run(key, id);
        return null;
      },
      "dataset.update"(input) {
        const { key } = existing(input.datasetId);
        for (const tag of input.setTags ?? []) putTag.run(key, tag.key, tag.value);
        for (const tag of input.deleteTags ?? []) dropTag.run(key, tag);
        for (const id of input.addExperiments ?? []) link.run(key, id);
        for (const id of input.removeExperiments ?? []) unlink.run(key, id);
        if (input.time !== undefined) touch.run(input.time, key);
        return null;
      },
      "dataset.delete"({ datasetId }) {
        remove.run(datasetId);
        return null;
      },
      "dataset.records"({ datasetId, time, digest, user, records }) {
        const { key, schema, profile } = existing(datasetId);
        const inserted = records.filter((record) => put(key, time, record)).length;
        const total = count.get(key) ?? 0;
        changed.run({ key, time, digest, user, schema: schemaWith(schema, records), profile: total === 0 ? profile : profileOf(total) });
        return { inserted, updated: records.length - inserted };
      },
      "dataset.deleteRecords"({ datasetId, recordIds }) {
        const found = byId.get(datasetId);
        if (!found) return { deleted: 0 };
        const deleted = recordIds.reduce((sum, id) => sum + dropRecord.run(found.key, id).changes, 0);
        if (deleted > 0) setProfile.run(profileOf(count.get(found.key) ?? 0), found.key);
        return { deleted };
      },
    },
  };
}

function profileOf(records: number): string {
  return records === 0 ? "null" : `{"num_records": ${records}}`;
}

/** The fields of `added` set in `stored`. */
function merge(stored: string | null, added: string | null): string | null {
  if (added === null) return stored;
  const fields: PythonObject = new Map();
  for (const text of [stored, added]) {
    const value = text === null ? null : parsePython(text);
    if (value instanceof Map) for (const [key, field] of value) fields.set(key, field);
  }
  return dumpPython(fields);
}
