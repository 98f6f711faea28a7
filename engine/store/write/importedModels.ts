import type { KeyValue, ModelSource } from "../../importers/records.ts";
import { isId } from "../../importers/valid.ts";
import type { WriteContext } from "./context.ts";

/** Logged models of sources, with their own ids, times and status. */
export function importedModels({ db, keys, dirty }: WriteContext) {
  const put = db.prepare<Record<string, unknown>, { modelKey: number }>(
    `INSERT INTO models (model_id, experiment_id, name, created, updated, status, model_type, source_run, deleted)
     VALUES (@model, @experimentId, @name, @created, @updated, @status, @modelType, @sourceRun, @deleted)
     ON CONFLICT (model_id) DO UPDATE SET name = excluded.name, updated = excluded.updated, status = excluded.status, model_type = excluded.model_type,
       source_run = excluded.source_run, deleted = excluded.deleted
     RETURNING model_key AS modelKey`,
  );
  const putValue = db.prepare<[number, string, number, string]>(
    "INSERT INTO model_values (model_key, kind, key_id, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const mark = db.prepare<[number, string], string | null>("UPDATE models SET deleted = ? WHERE model_id = ? RETURNING source_run").pluck();
  const dropTags = db.prepare<[number]>("DELETE FROM model_values WHERE model_key = ? AND kind = 'tag'");
  const runOf = db.prepare<[string], number>("SELECT run_key FROM runs WHERE run_id = ?").pluck();

  return {
    /** @param isExact tags that it does not have go */
    put({ model, name, created, updated, status, modelType, params, tags, deleted }: ModelSource, experimentId: number, sourceRun: string | null, isExact = false): void {
      if (!isId(model)) throw new RangeError(`${JSON.stringify(model)} is no id of a logged model.`);
      const row = put.get({ model, experimentId, name, created, updated, status, modelType, sourceRun, deleted: deleted ? updated : null });
      if (!row) return;
      const run = sourceRun === null ? undefined : runOf.get(sourceRun);
      // The run's page shows its models.
      if (run !== undefined) dirty.runs.add(run);
      if (isExact) dropTags.run(row.modelKey);
      const lists: readonly (readonly [string, readonly KeyValue[]])[] = [["param", params], ["tag", tags]];
      for (const [kind, list] of lists) for (const { key, value } of list) putValue.run(row.modelKey, kind, keys.of(key), value);
    },
    /** Its runs' pages show it no more. */
    markDeleted(model: string, time: number): void {
      const sourceRun = mark.get(time, model);
      const run = sourceRun == null ? undefined : runOf.get(sourceRun);
      if (run !== undefined) dirty.runs.add(run);
    },
  };
}
