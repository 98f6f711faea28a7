import type { WholeVersion, VersionUpdate } from "../operations/registry.ts";
import type { WriteContext } from "./context.ts";

/** Writes of the versions of a registered model, by its key. */
export function versionWrites({ db, keys, dirty }: WriteContext) {
  const greatest = db.prepare<[number], number | null>("SELECT max(version) FROM model_versions WHERE registered_key = ?").pluck();
  const existing = db.prepare<[number, number], { key: number; deleted: number | null }>(
    "SELECT version_key AS key, deleted FROM model_versions WHERE registered_key = ? AND version = ?",
  );
  const insert = db.prepare(
    `INSERT INTO model_versions (registered_key, version, created, updated, description, user, stage, source, location, run_id, run_link, model_id,
       status, status_message, request)
     VALUES (@key, @version, @created, @updated, @description, @user, @stage, @source, @location, @runId, @runLink, @modelId, @status, @statusMessage, @request)`,
  );
  const follow = db.prepare(
    `UPDATE model_versions SET updated = @updated, description = @description, user = @user, stage = @stage, source = @source, location = @location,
       run_id = @runId, run_link = @runLink, model_id = @modelId, status = @status, status_message = @statusMessage WHERE version_key = @key`,
  );
  const describe = db.prepare<[string | null, number, number]>("UPDATE model_versions SET description = ?, updated = ? WHERE version_key = ?");
  const archive = db.prepare<[number, number, number, string]>(
    "UPDATE model_versions SET stage = 'Archived', updated = ? WHERE registered_key = ? AND version_key <> ? AND stage = ? AND deleted IS NULL",
  );
  const setStage = db.prepare<[string, number, number]>("UPDATE model_versions SET stage = ?, updated = ? WHERE version_key = ?");
  const touchAll = db.prepare<[number, number]>("UPDATE model_versions SET updated = ? WHERE registered_key = ? AND deleted IS NULL");
  const redact = db.prepare<[number, number, number]>(
    `UPDATE model_versions SET deleted = ?, updated = ?, stage = 'None', description = NULL, user = NULL, source = '', location = '', run_id = NULL,
       run_link = NULL, model_id = NULL, status_message = NULL, request = NULL WHERE version_key = ?`,
  );
  const dropAliases = db.prepare<[number, number]>("DELETE FROM registered_aliases WHERE registered_key = ? AND version = ?");
  const drop = db.prepare<[number, number]>("DELETE FROM model_versions WHERE registered_key = ? AND version = ?");
  const dropTags = db.prepare<[number]>("DELETE FROM model_version_tags WHERE version_key = ?");
  const putTag = db.prepare<[number, number, string]>(
    "INSERT INTO model_version_tags (version_key, key_id, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const dropTag = db.prepare<[number, number]>("DELETE FROM model_version_tags WHERE version_key = ? AND key_id = ?");

  const runs = `SELECT r.run_key FROM model_versions v LEFT JOIN models m ON m.model_id = v.model_id JOIN runs r ON r.run_id IN (v.run_id, m.source_run) WHERE v.registered_key = ?`;
  const runsOf = db.prepare<[number], number>(runs).pluck();
  const runsOfOne = db.prepare<[number, number], number>(`${runs} AND v.version = ?`).pluck();

  function putTags(key: number, tags: VersionUpdate["setTags"]): void {
    for (const tag of tags ?? []) putTag.run(key, keys.of(tag.key), tag.value);
  }

  function add(registeredKey: number, version: WholeVersion, request: string | null): void {
    const { tags, ...row } = version;
    putTags(Number(insert.run({ ...row, key: registeredKey, request }).lastInsertRowid), tags);
  }

  return {
    /** The runs that a version (null: each) was made of show it on their pages, so they are told as changed. Before it is removed, after it is added. */
    tell(registeredKey: number, version: number | null): void {
      for (const runKey of version === null ? runsOf.all(registeredKey) : runsOfOne.all(registeredKey, version)) dirty.runs.add(runKey);
    },
    next: (registeredKey: number): number => (greatest.get(registeredKey) ?? 0) + 1,
    insert: add,
    /** Adds a version of another registry, or brings it up to what that one says of it now. One that was deleted here stays deleted. */
    takeOver(registeredKey: number, version: WholeVersion, isExact: boolean): void {
      const found = existing.get(registeredKey, version.version);
      if (!found) return add(registeredKey, version, null);
      if (found.deleted !== null) return;
      const { tags, ...row } = version;
      follow.run({ ...row, key: found.key });
      if (isExact) dropTags.run(found.key);
      putTags(found.key, tags);
    },
    update(registeredKey: number, key: number, change: VersionUpdate): void {
      if (change.description !== undefined) describe.run(change.description, change.time, key);
      if (change.stage !== undefined) {
        if (change.archiveOthers === true) archive.run(change.time, registeredKey, key, change.stage);
        setStage.run(change.stage, change.time, key);
      }
      putTags(key, change.setTags);
      for (const tag of change.deleteTags ?? []) dropTag.run(key, keys.of(tag));
    },
    touchAll(registeredKey: number, time: number): void {
      touchAll.run(time, registeredKey);
    },
    /** Its number is another registry's to give. */
    drop(registeredKey: number, version: number): void {
      dropAliases.run(registeredKey, version);
      drop.run(registeredKey, version);
    },
    remove(registeredKey: number, key: number, version: number, time: number): void {
      dropAliases.run(registeredKey, version);
      dropTags.run(key);
      redact.run(time, time, key);
    },
  };
}
