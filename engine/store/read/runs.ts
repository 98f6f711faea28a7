import type { ParamSource } from "../../api/runs.ts";
import type { Db } from "../connection.ts";
import type { LatestRecord, ParamRecord, RunRecord, TagRecord } from "../records.ts";
import { loadedNumber } from "../records.ts";

const runColumns = `run_key AS runKey, run_id AS runId, experiment_id AS experimentId, launch_key AS launchKey, parent_key AS parentKey,
  name, name_from AS nameFrom, user, status, start, end, deleted, starred, color, error, progress`;

const latestColumns = "run_key AS runKey, k.name AS key, value, step, time, min, max, points, origin";

/** Runs whose values are read at a time when all are. */
const SLICE = 100;

type LatestRow = readonly [keyId: number, value: number | string, step: number, time: number];
type ParamRow = readonly [keyId: number, source: ParamSource, value: string];
type TagRow = readonly [keyId: number, value: string];

type StoredLatest = Omit<LatestRecord, "value"> & { readonly value: number | string };

/** Reads of runs with their keys and values. Statements are compiled once per connection. */
export function runReads(db: Db) {
  const byKey = db.prepare<[number], RunRecord>(`SELECT ${runColumns} FROM runs WHERE run_key = ?`);
  const byId = db.prepare<[string], RunRecord>(`SELECT ${runColumns} FROM runs WHERE run_id = ?`);
  const count = db.prepare<[], { count: number }>("SELECT count(*) AS count FROM runs WHERE deleted IS NULL");
  const idsWith = db.prepare<[string, string], string>("SELECT run_id FROM runs WHERE run_id >= ? AND run_id < ? AND deleted IS NULL LIMIT 3").pluck();
  const byRequest = db.prepare<[string], RunRecord>(`SELECT ${runColumns} FROM runs WHERE request = ? ORDER BY run_key DESC LIMIT 1`);
  const all = db.prepare<[], RunRecord>(`SELECT ${runColumns} FROM runs ORDER BY run_key`);
  const children = db.prepare<[number], { runId: string }>("SELECT run_id AS runId FROM runs WHERE parent_key = ? ORDER BY start, run_key");
  const ofLaunch = db.prepare<[number], RunRecord>(`SELECT ${runColumns} FROM runs WHERE launch_key = ? ORDER BY run_key`);
  const words = db.prepare<[number], { note: string; exception: string | null }>("SELECT note, exception FROM runs WHERE run_key = ?");
  const latest = db.prepare<[number], StoredLatest>(`SELECT ${latestColumns} FROM latest JOIN keys k USING (key_id) WHERE run_key = ? ORDER BY k.name`);
  const oneLatest = db.prepare<[number, string], StoredLatest>(`SELECT ${latestColumns} FROM latest JOIN keys k USING (key_id) WHERE run_key = ? AND k.name = ?`);
  const params = db.prepare<[number], ParamRecord>(
    "SELECT run_key AS runKey, k.name AS key, source, value FROM params JOIN keys k USING (key_id) WHERE run_key = ? ORDER BY k.name, source",
  );
  const tags = db.prepare<[number], { runKey: number; key: string; value: string }>(
    "SELECT run_key AS runKey, k.name AS key, value FROM tags JOIN keys k USING (key_id) WHERE run_key = ? ORDER BY k.name",
  );
  const latestRows = db.prepare<[number], LatestRow>("SELECT key_id, value, step, time FROM latest WHERE run_key = ?").raw();
  const paramRows = db.prepare<[number], ParamRow>("SELECT key_id, source, value FROM params WHERE run_key = ?").raw();
  const tagRows = db.prepare<[number], TagRow>("SELECT key_id, value FROM tags WHERE run_key = ?").raw();
  const keyName = db.prepare<[number], string>("SELECT name FROM keys WHERE key_id = ?").pluck();
  const keyNames = db.prepare<[], { id: number; name: string }>("SELECT key_id AS id, name FROM keys");
  const everyLatest = db.prepare<[number, number], readonly [number, number, number | string]>("SELECT run_key, key_id, value FROM latest WHERE run_key BETWEEN ? AND ?").raw();
  const everyParam = db.prepare<[number, number], readonly [number, number, ParamSource, string]>("SELECT run_key, key_id, source, value FROM params WHERE run_key BETWEEN ? AND ?").raw();
  const everyTag = db.prepare<[number, number], readonly [number, number, string]>("SELECT run_key, key_id, value FROM tags WHERE run_key BETWEEN ? AND ?").raw();
  const lastKey = db.prepare<[], { key: number }>("SELECT coalesce(max(run_key), 0) AS key FROM runs");
  const names = (): string[] => {
    const byId: string[] = [];
    for (const { id, name } of keyNames.all()) byId[id] = name;
    return byId;
  };
  /** In slices of runs: rows come faster many at a time than one by one, and never stand in memory all at once. */
  function inSlices<T>(read: (from: number, to: number) => T[], visit: (row: T) => void): void {
    const last = lastKey.get()?.key ?? 0;
    for (let from = 0; from <= last; from += SLICE) for (const row of read(from, from + SLICE - 1)) visit(row);
  }
  const oneTag = db.prepare<[number, string], { value: string }>("SELECT value FROM tags JOIN keys k USING (key_id) WHERE run_key = ? AND k.name = ?");

  return {
    byKey: (runKey: number): RunRecord | undefined => byKey.get(runKey),
    byId: (runId: string): RunRecord | undefined => byId.get(runId),
    /** Ids that begin so, three at most; deleted runs are none. */
    idsWith: (beginning: string): string[] => idsWith.all(beginning, `${beginning}\u{10ffff}`),
    /** The run that a call made, by the call's digest. */
    byRequest: (request: string): RunRecord | undefined => byRequest.get(request),
    all: (): IterableIterator<RunRecord> => all.iterate(),
    /** Runs that are not deleted. */
    count: (): number => count.get()?.count ?? 0,
    childIds: (runKey: number): string[] => children.all(runKey).map((row) => row.runId),
    ofLaunch: (launchKey: number): RunRecord[] => ofLaunch.all(launchKey),
    /** The note and the stored exception, which the in-memory columns do not hold. */
    words: (runKey: number) => words.get(runKey) ?? { note: "", exception: null },
    latest: (runKey: number): LatestRecord[] => latest.all(runKey).map(loadedLatest),
    latestOfKey(runKey: number, key: string): LatestRecord | undefined {
      const row = oneLatest.get(runKey, key);
      return row && loadedLatest(row);
    },
    params: (runKey: number): ParamRecord[] => params.all(runKey),
    /** All values of a run as bare rows, params with the sources of one key beside each other. NaN is the text NaN. */
    rows: (runKey: number): { latest: LatestRow[]; params: ParamRow[]; tags: TagRow[] } => ({ latest: latestRows.all(runKey), params: paramRows.all(runKey), tags: tagRows.all(runKey) }),
    /** A key's name never changes. */
    keyName: (keyId: number): string => keyName.get(keyId) ?? "",
    /** All newest values; a key has its id beside its name. */
    everyLatest(visit: (runKey: number, keyId: number, key: string, value: number) => void): void {
      const name = names();
      inSlices((from, to) => everyLatest.all(from, to), ([runKey, id, value]) => visit(runKey, id, name[id] ?? "", loadedNumber(value)));
    },
    everyParam(visit: (runKey: number, keyId: number, key: string, source: ParamSource, value: string) => void): void {
      const name = names();
      inSlices((from, to) => everyParam.all(from, to), ([runKey, id, source, value]) => visit(runKey, id, name[id] ?? "", source, value));
    },
    everyTag(visit: (runKey: number, keyId: number, key: string, value: string) => void): void {
      const name = names();
      inSlices((from, to) => everyTag.all(from, to), ([runKey, id, value]) => visit(runKey, id, name[id] ?? "", value));
    },
    tags: (runKey: number): { runKey: number; key: string; value: string }[] => tags.all(runKey),
    tag: (runKey: number, key: string): TagRecord => ({ runKey, key, value: oneTag.get(runKey, key)?.value ?? null }),
  };
}

export type RunReads = ReturnType<typeof runReads>;

function loadedLatest(row: StoredLatest): LatestRecord {
  return { ...row, value: loadedNumber(row.value) };
}
