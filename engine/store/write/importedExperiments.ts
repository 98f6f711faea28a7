import type { ExperimentSource } from "../../importers/records.ts";
import { experimentReads, isTextId } from "../read/experiments.ts";
import type { WriteContext } from "./context.ts";

/** Experiments of sources: one of the same name that is here already is the same one. */
export function importedExperiments({ db, keys, dirty }: WriteContext) {
  const reads = experimentReads(db);
  const known = db.prepare<[number, string], { experimentId: number; own: number; said: string }>(
    "SELECT experiment_id AS experimentId, own, said FROM source_experiments WHERE source_key = ? AND key = ?",
  );
  const remember = db.prepare<[number, string, number, number, string]>("INSERT OR REPLACE INTO source_experiments (source_key, key, experiment_id, own, said) VALUES (?, ?, ?, ?, ?)");
  const insert = db.prepare<[string, number, number, number | null, string | null, string | null]>("INSERT INTO experiments (name, created, updated, deleted, given_id, script) VALUES (?, ?, ?, ?, ?, ?)");
  const update = db.prepare<[string, number, number | null, number]>("UPDATE experiments SET name = ?, updated = ?, deleted = ? WHERE experiment_id = ?");
  const tag = db.prepare<[number, number], { value: string }>("SELECT value FROM experiment_tags WHERE experiment_id = ? AND key_id = ?");
  const putTag = db.prepare<[number, number, string]>("INSERT INTO experiment_tags (experiment_id, key_id, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");

  /** A tag that a person changed here since stays as it is. */
  function putTags(id: number, said: readonly { key: string; value: string }[], before: readonly { key: string; value: string }[]): void {
    for (const { key, value } of said) {
      const last = before.find((one) => one.key === key)?.value;
      if (last === value) continue;
      const now = tag.get(id, keys.of(key))?.value;
      if (now === undefined || now === last) putTag.run(id, keys.of(key), value);
    }
  }

  function deletedAt({ deleted, updated }: ExperimentSource, time: number): number | null {
    return deleted === true ? (updated ?? time) : null;
  }

  function make(sourceKey: number, said: ExperimentSource, time: number): number {
    const name = said.name ?? said.experiment;
    const found = reads.byName(name);
    const created = said.created ?? time;
    // MLflow's own stores give ids beyond 2^53; others are numbers of their store, and get one of this store.
    const given = isTextId(said.experiment) && !reads.find(said.experiment) ? said.experiment : null;
    const id = found?.experimentId ?? Number(insert.run(name, created, said.updated ?? created, deletedAt(said, time), given, said.script ?? null).lastInsertRowid);
    putTags(id, said.tags ?? [], []);
    remember.run(sourceKey, said.experiment, id, found ? 0 : 1, JSON.stringify(said));
    dirty.experiments.add(id);
    return id;
  }

  /** The experiment of a key, made or brought up to date as the source says. */
  function put(sourceKey: number, record: ExperimentSource, time: number): number {
    const row = known.get(sourceKey, record.experiment);
    if (!row) return make(sourceKey, record, time);
    // SAFETY: `remember` wrote it.
    const before = JSON.parse(row.said) as ExperimentSource;
    const said = { ...before, ...record };
    const text = JSON.stringify(said);
    const now = reads.byId(row.experimentId);
    if (text === row.said || !now) return row.experimentId;
    const renamed = said.name !== undefined && now.name === (before.name ?? before.experiment) && !reads.byName(said.name);
    const again = row.own === 1 && (said.deleted ?? false) !== (before.deleted ?? false);
    update.run(renamed ? (said.name ?? now.name) : now.name, row.own === 1 ? (said.updated ?? now.updated) : now.updated, again ? deletedAt(said, time) : now.deleted, row.experimentId);
    putTags(row.experimentId, said.tags ?? [], before.tags ?? []);
    remember.run(sourceKey, record.experiment, row.experimentId, row.own, text);
    dirty.experiments.add(row.experimentId);
    return row.experimentId;
  }

  return {
    put,
    /** The experiment of a key that may not have been said yet; `name` is for the one without a key. */
    idOf(sourceKey: number, key: string | undefined, name: string, time: number): number {
      const row = known.get(sourceKey, key ?? "");
      return row ? row.experimentId : put(sourceKey, { k: "experiment", experiment: key ?? "", name: key ?? name }, time);
    },
  };
}
