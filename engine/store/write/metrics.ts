import type { MetricOrigin } from "../operations.ts";
import { loadedNumber, storedNumber } from "../records.ts";
import { blockWrites } from "./blocks.ts";
import type { Handlers, WriteContext } from "./context.ts";

export interface Point {
  readonly key: string;
  readonly value: number;
  /** Null: one after the last of its key. */
  readonly step: number | null;
  readonly time: number;
}

interface Latest {
  value: number;
  step: number;
  time: number;
  min: number | null;
  max: number | null;
  points: number;
  origin: MetricOrigin;
  /** Of the curve's blocks (engine/store/blocks.ts); null where it has none. */
  blockLevel: number | null;
}

/** Newest values by key, read at once. */
type KnownLatest = ReadonlyMap<number, Latest>;

/** Keys of one call from which on their newest values are read at once. */
const MANY_KEYS = 32;

/** Writes of metric points. The newest value with min, max and count of each key is kept beside them. */
export function metricWrites({ db, keys, dirty }: WriteContext) {
  const insert = db.prepare<[number, number, number, number, number | string]>(
    "INSERT OR IGNORE INTO metrics (run_key, key_id, step, time, value) VALUES (?, ?, ?, ?, ?)",
  );
  const select = db.prepare<[number, number], Omit<Latest, "value"> & { value: number | string }>(
    "SELECT value, step, time, min, max, points, origin, block_level AS blockLevel FROM latest WHERE run_key = ? AND key_id = ?",
  );
  const selectMany = db.prepare<[number, number, number], Omit<Latest, "value"> & { value: number | string; keyId: number }>(
    "SELECT key_id AS keyId, value, step, time, min, max, points, origin, block_level AS blockLevel FROM latest WHERE run_key = ? AND key_id BETWEEN ? AND ?",
  );
  const add = db.prepare(
    "INSERT OR REPLACE INTO latest (value, step, time, min, max, points, origin, block_level, run_key, key_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  // In place: a REPLACE would delete and insert the row, and look up both of its foreign keys again.
  const change = db.prepare(
    "UPDATE latest SET value = ?, step = ?, time = ?, min = ?, max = ?, points = ?, origin = ?, block_level = ? WHERE run_key = ? AND key_id = ?",
  );
  const dropPoints = db.prepare<[number, number]>("DELETE FROM metrics WHERE run_key = ? AND key_id = ?");
  const dropLatest = db.prepare<[number, number]>("DELETE FROM latest WHERE run_key = ? AND key_id = ?");
  const [inLaunch, copiesInLaunch] = ["", "AND l.origin IN ('logger', 'printed')"].map((which) =>
    db.prepare<[number, number], { runKey: number; origin: MetricOrigin }>(
      `SELECT l.run_key AS runKey, l.origin FROM latest l JOIN runs r USING (run_key)
       WHERE l.key_id = ? AND r.launch_key = (SELECT launch_key FROM runs WHERE run_key = ?) ${which}`,
    ),
  );

  const blocks = blockWrites(db);

  function load(runKey: number, keyId: number): Latest | undefined {
    const row = select.get(runKey, keyId);
    return row && { ...row, value: loadedNumber(row.value) };
  }

  /** The newest values of many keys in one reading; null where their numbers lie so far apart that others' would be read. */
  function loadMany(runKey: number, keyIds: readonly number[]): KnownLatest | null {
    const [from, to] = keyIds.reduce(([least, most], id) => [Math.min(least, id), Math.max(most, id)], [Infinity, -Infinity]);
    if (to - from >= 2 * keyIds.length) return null;
    return new Map(selectMany.all(runKey, from, to).map(({ keyId, ...row }) => [keyId, { ...row, value: loadedNumber(row.value) }]));
  }

  function save(runKey: number, keyId: number, l: Latest, isNew: boolean): void {
    (isNew ? add : change).run(storedNumber(l.value), l.step, l.time, l.min, l.max, l.points, l.origin, l.blockLevel, runKey, keyId);
  }

  function drop(runKey: number, keyId: number, key: string): void {
    dropPoints.run(runKey, keyId);
    dropLatest.run(runKey, keyId);
    blocks.drop(runKey, keyId);
    dirty.latest.push({ runKey, key, points: 0 });
  }

  /** All points of one key, in the order in which they were sent. Gives how many are new. */
  function putKey(runKey: number, key: string, points: readonly Point[], origin: MetricOrigin, known: KnownLatest | null): number {
    const keyId = keys.of(key);
    let latest = known === null ? load(runKey, keyId) : known.get(keyId);
    const rank = rankOf(origin);
    if (latest && rankOf(latest.origin) > rank) return 0;
    // Code logs what was also printed or written to a file, perhaps for another run of the launch: the copy goes.
    if (!latest || rankOf(latest.origin) < rank) {
      // A sweep's thousands of runs that all log a key are not gone through for each of them.
      const others = (rank === HIGHEST ? copiesInLaunch : inLaunch)?.all(keyId, runKey) ?? [];
      if (others.some((other) => rankOf(other.origin) > rank)) return 0;
      for (const other of others) if (rankOf(other.origin) < rank) drop(other.runKey, keyId, key);
      latest = undefined;
    }
    const isNew = latest === undefined;
    const added: (Point & { readonly step: number })[] = [];
    for (const sent of points) {
      const point = { ...sent, step: sent.step ?? (latest ? latest.step + 1 : 0) };
      if (insert.run(runKey, keyId, point.step, point.time, storedNumber(point.value)).changes === 0) continue;
      latest = folded(latest, point, origin);
      added.push(point);
    }
    if (!latest) return 0;
    if (added.length > 0) latest.blockLevel = blocks.kept(runKey, keyId, latest, added);
    save(runKey, keyId, latest, isNew);
    const { blockLevel: _, ...told } = latest;
    const odd = added.find(({ value }) => !Number.isFinite(value));
    dirty.latest.push({ runKey, key, ...told, ...(odd ? { nonFinite: { value: odd.value, step: odd.step } } : {}) });
    return added.length;
  }

  const handlers: Pick<Handlers, "metric.index"> = {
    "metric.index"() {
      const worked = blocks.work();
      if (!worked) return { done: true };
      const { runKey, keyId, level } = worked;
      const latest = level === null ? undefined : load(runKey, keyId);
      if (latest) save(runKey, keyId, { ...latest, blockLevel: level }, false);
      return { done: false };
    },
  };

  return {
    handlers,
    /** Gives how many points are new. */
    put(runKey: number, points: readonly Point[], origin: MetricOrigin): number {
      const byKey = new Map<string, Point[]>();
      for (const point of points) {
        const group = byKey.get(point.key);
        if (group) group.push(point);
        else byKey.set(point.key, [point]);
      }
      const known = byKey.size < MANY_KEYS ? null : loadMany(runKey, [...byKey.keys()].map((key) => keys.of(key)));
      let added = 0;
      for (const [key, group] of byKey) added += putKey(runKey, key, group, origin, known);
      return added;
    },
  };
}

export type MetricWrites = ReturnType<typeof metricWrites>;

const HIGHEST = 2;

/** Of copies of one metric the one of the highest rank is kept. */
function rankOf(origin: MetricOrigin): number {
  return origin === "printed" ? 0 : origin === "logger" ? 1 : HIGHEST;
}

/** The newest is the greatest (step, time, value), NaN below every number, as MLflow has it. */
function folded(before: Latest | undefined, point: Point & { step: number }, origin: MetricOrigin): Latest {
  const { value, step, time } = point;
  const finite = Number.isNaN(value) ? null : value;
  if (!before) return { value, step, time, min: finite, max: finite, points: 1, origin, blockLevel: null };
  const newer =
    step !== before.step ? step > before.step
    : time !== before.time ? time > before.time
    : Number.isNaN(before.value) || value > before.value;
  return {
    ...(newer ? { value, step, time } : { value: before.value, step: before.step, time: before.time }),
    min: least(before.min, finite, Math.min),
    max: least(before.max, finite, Math.max),
    points: before.points + 1,
    origin,
    blockLevel: before.blockLevel,
  };
}

function least(a: number | null, b: number | null, pick: (a: number, b: number) => number): number | null {
  if (a === null) return b;
  return b === null ? a : pick(a, b);
}
