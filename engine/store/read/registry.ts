import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { TagValue } from "../operations.ts";
import type { RegisteredFields, VersionFields } from "../operations/registry.ts";

export interface RegisteredRecord extends RegisteredFields {
  readonly registeredKey: number;
}

export interface VersionRecord extends VersionFields {
  readonly versionKey: number;
  readonly registeredKey: number;
  /** Of the registered model. */
  readonly name: string;
}

export interface AliasRecord {
  readonly alias: string;
  readonly version: number;
}

type KeyedTag = readonly [of: number, key: string, value: string];

function grouped(rows: readonly KeyedTag[]): Map<number, TagValue[]> {
  const tags = new Map<number, TagValue[]>();
  for (const [of, key, value] of rows) {
    const list = tags.get(of);
    if (list) list.push({ key, value });
    else tags.set(of, [{ key, value }]);
  }
  return tags;
}

/** Some things with their tags by key. */
export interface TaggedSlice<T> {
  readonly items: readonly T[];
  readonly tags: ReadonlyMap<number, readonly TagValue[]>;
}

/** Things that are read at a time: some milliseconds. */
const SLICE = 500;

function* slices<T>(after: { all(key: number): T[] }, tags: { all(from: number, to: number): KeyedTag[] }, keyOf: (item: T) => number): Generator<TaggedSlice<T>> {
  for (let items = after.all(-1); ; ) {
    const [first, last] = [items[0], items.at(-1)];
    if (first === undefined || last === undefined) return;
    yield { items, tags: grouped(tags.all(keyOf(first), keyOf(last))) };
    if (items.length < SLICE) return;
    items = after.all(keyOf(last));
  }
}

/** An older store, read where it must not be brought up to date, has no registry. */
const SINCE = 7;

/** Reads of the model registry; versions that were deleted are not there. */
export function registryReads(db: Db) {
  const stored = storeVersion(db) >= SINCE ? storedReads(db) : null;
  return {
    byName: (name: string): RegisteredRecord | undefined => stored?.byName.get(name),
    byRequest: (request: string): RegisteredRecord | undefined => stored?.byRequest.get(request),
    /** By name. */
    all: (): RegisteredRecord[] => stored?.all.all() ?? [],
    tags: (registeredKey: number): TagValue[] => stored?.tags.all(registeredKey) ?? [],
    aliases: (registeredKey: number): AliasRecord[] => stored?.aliases.all(registeredKey) ?? [],
    version: (name: string, version: number): VersionRecord | undefined => stored?.version.get(name, version),
    versionByRequest: (request: string): VersionRecord | undefined => stored?.versionByRequest.get(request),
    /** By number. */
    versionsOf: (registeredKey: number): VersionRecord[] => stored?.versionsOf.all(registeredKey) ?? [],
    versions: (): VersionRecord[] => stored?.versions.all() ?? [],
    /** Those that were made of a run or of one of these logged models. */
    versionsOfRun: (runId: string, modelIds: readonly string[]): VersionRecord[] => stored?.versionsOfRuns.all(JSON.stringify([runId]), JSON.stringify(modelIds)) ?? [],
    /** The same of some runs. By name and number. */
    versionsOfRuns: (runIds: readonly string[], modelIds: readonly string[]): VersionRecord[] => stored?.versionsOfRuns.all(JSON.stringify(runIds), JSON.stringify(modelIds)) ?? [],
    /** The greatest version of each stage, in the order in which the stages came up first, by their least versions. */
    latest: (registeredKey: number): VersionRecord[] => stored?.latest.all(registeredKey, registeredKey) ?? [],
    /** The greatest version. */
    newest: (registeredKey: number): VersionRecord | undefined => stored?.newest.get(registeredKey),
    /** All registered models, some at a time: between two slices others may have their turn. In no promised order. */
    *registeredSlices(): Generator<TaggedSlice<RegisteredRecord>> {
      if (stored) yield* slices(stored.registeredAfter, stored.tagsBetween.registered, ({ registeredKey }) => registeredKey);
    },
    /** The same of all versions. */
    *versionSlices(): Generator<TaggedSlice<VersionRecord>> {
      if (stored) yield* slices(stored.versionsAfter, stored.tagsBetween.version, ({ versionKey }) => versionKey);
    },
    versionTags: (versionKey: number): TagValue[] => stored?.versionTags.all(versionKey) ?? [],
  };
}

function storedReads(db: Db) {
  const registered = "SELECT registered_key AS registeredKey, name, created, updated, description FROM registered_models";
  const columns = `v.version_key AS versionKey, v.registered_key AS registeredKey, m.name, v.version, v.created, v.updated, v.description, v.user, v.stage,
    v.source, v.location, v.run_id AS runId, v.run_link AS runLink, v.model_id AS modelId, v.status, v.status_message AS statusMessage`;
  const versions = `SELECT ${columns} FROM model_versions v JOIN registered_models m USING (registered_key) WHERE v.deleted IS NULL`;
  const tagsOf = (table: string, key: string): string => `SELECT k.name AS key, value FROM ${table} JOIN keys k USING (key_id) WHERE ${key} = ? ORDER BY k.name`;
  const tagsBetween = (table: string, key: string) =>
    db.prepare<[number, number], KeyedTag>(`SELECT ${key} AS of, k.name AS key, value FROM ${table} JOIN keys k USING (key_id) WHERE ${key} BETWEEN ? AND ? ORDER BY k.name`).raw();
  return {
    byName: db.prepare<[string], RegisteredRecord>(`${registered} WHERE name = ?`),
    byRequest: db.prepare<[string], RegisteredRecord>(`${registered} WHERE request = ? ORDER BY registered_key DESC LIMIT 1`),
    all: db.prepare<[], RegisteredRecord>(`${registered} ORDER BY name`),
    tags: db.prepare<[number], TagValue>(tagsOf("registered_tags", "registered_key")),
    aliases: db.prepare<[number], AliasRecord>("SELECT alias, version FROM registered_aliases WHERE registered_key = ? ORDER BY alias"),
    version: db.prepare<[string, number], VersionRecord>(`${versions} AND m.name = ? AND v.version = ?`),
    versionByRequest: db.prepare<[string], VersionRecord>(`${versions} AND v.request = ? ORDER BY v.version_key DESC LIMIT 1`),
    versionsOf: db.prepare<[number], VersionRecord>(`${versions} AND v.registered_key = ? ORDER BY v.version`),
    versions: db.prepare<[], VersionRecord>(`${versions} ORDER BY m.name, v.version`),
    versionsOfRuns: db.prepare<[string, string], VersionRecord>(
      `${versions} AND v.version_key IN (SELECT version_key FROM model_versions WHERE run_id IN (SELECT value FROM json_each(?))
         UNION SELECT version_key FROM model_versions WHERE model_id IN (SELECT value FROM json_each(?))) ORDER BY m.name, v.version`,
    ),
    newest: db.prepare<[number], VersionRecord>(`${versions} AND v.registered_key = ? ORDER BY v.version DESC LIMIT 1`),
    latest: db.prepare<[number, number], VersionRecord>(
      `SELECT ${columns} FROM (SELECT max(version) AS greatest, min(version) AS least FROM model_versions WHERE registered_key = ? AND deleted IS NULL GROUP BY stage) s
       JOIN model_versions v ON v.version = s.greatest JOIN registered_models m USING (registered_key) WHERE v.registered_key = ? ORDER BY s.least`,
    ),
    versionTags: db.prepare<[number], TagValue>(tagsOf("model_version_tags", "version_key")),
    registeredAfter: db.prepare<[number], RegisteredRecord>(`${registered} WHERE registered_key > ? ORDER BY registered_key LIMIT ${SLICE}`),
    versionsAfter: db.prepare<[number], VersionRecord>(`${versions} AND v.version_key > ? ORDER BY v.version_key LIMIT ${SLICE}`),
    tagsBetween: { registered: tagsBetween("registered_tags", "registered_key"), version: tagsBetween("model_version_tags", "version_key") },
  };
}
