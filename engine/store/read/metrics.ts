import { BLOCK_COLUMNS, type BlockRow, blockOfRow, type CurveBlock, type CurvePoint } from "../blocks.ts";
import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import { loadedNumber } from "../records.ts";

export interface MetricPoint {
  readonly step: number;
  readonly time: number;
  readonly value: number;
}

/** One entry for each point. */
export interface PointArrays {
  readonly step: Float64Array;
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** A long curve as its blocks. */
export interface BlockedCurve {
  readonly points: number;
  /** Steps of a block: 2^level. */
  readonly level: number;
  /** In the order of the steps. */
  readonly blocks: readonly CurveBlock[];
  readonly first: CurvePoint;
  readonly last: CurvePoint;
}

/** Points that are read at a time: some milliseconds. */
const SLICE = 10_000;

/** An older store, read where it must not be brought up to date, has no blocks. */
const BLOCKS_SINCE = 3;

type StoredPoint = readonly [step: number, time: number, value: number | string];

/** Points that are gone over at a time: some milliseconds. */
const SKIP = 20_000;

/** A place behind every point of the steps before: NaN, a text, stands behind all numbers. */
function beforeStep(step: number): StoredPoint {
  return [Math.max(Math.ceil(step), -Number.MAX_SAFE_INTEGER) - 1, Number.MAX_SAFE_INTEGER, "NaN"];
}

/** Reads of metric points, in the order (step, time). */
export function metricReads(db: Db) {
  const keyId = db.prepare<[string], { id: number }>("SELECT key_id AS id FROM keys WHERE name = ?");
  // `raw` rows are arrays; the typings of the driver describe objects only.
  const points = db.prepare<[number, number, number, number], StoredPoint>(
    "SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step, time LIMIT ? OFFSET ?",
  ).raw();
  const behind = "FROM metrics WHERE run_key = ? AND key_id = ? AND (step, time, value) > (?, ?, ?) AND step <= ?";
  const rest = db.prepare<[number, number, ...StoredPoint, number], number>(`SELECT count(*) ${behind}`).pluck();
  const skip = db.prepare<[number, number, ...StoredPoint, number, number], StoredPoint>(`SELECT step, time, value ${behind} ORDER BY step, time, value LIMIT 1 OFFSET ?`).raw();
  // Goes on after a point: by the table's own key, so that a slice costs what it gives, wherever it begins.
  const slice = db.prepare<[number, number, number, number, number | string, number], StoredPoint>(
    `SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? AND (step, time, value) > (?, ?, ?) AND step <= ?
     ORDER BY step, time, value LIMIT ${SLICE}`,
  ).raw();
  const count = db.prepare<[number, number], { n: number }>("SELECT points AS n FROM latest WHERE run_key = ? AND key_id = ?");

  const indexed = storeVersion(db) >= BLOCKS_SINCE ? blockReads(db) : null;

  const idOf = (key: string): number => keyId.get(key)?.id ?? -1;

  function* slicesAfter(runKey: number, id: number, start: StoredPoint, to: number): Generator<PointArrays> {
    for (let after = start; ; ) {
      const rows = slice.all(runKey, id, ...after, to);
      yield arraysOf(rows);
      const last = rows.at(-1);
      if (!last || rows.length < SLICE) return;
      after = last;
    }
  }

  return {
    points(runKey: number, key: string, limit = -1, offset = 0): MetricPoint[] {
      return points.all(runKey, idOf(key), limit, offset).map(([step, time, value]) => ({ step, time, value: loadedNumber(value) }));
    },
    /**
     * Points at some places of all in the order (step, time, value). At each `yield` others may have their turn.
     * @param choose - Places by how many points there are, from 0, in order.
     */
    *sampled(runKey: number, key: string, choose: (count: number) => readonly number[], { from, to } = { from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }): Generator<undefined, MetricPoint[]> {
      const id = idOf(key);
      const start = beforeStep(from);
      let count = 0;
      for (let after: StoredPoint | undefined = start; after; count += SKIP) {
        const next = skip.get(runKey, id, ...after, to, SKIP - 1);
        if (!next) count += (rest.get(runKey, id, ...after, to) ?? 0) - SKIP;
        after = next;
        yield;
      }
      const points: MetricPoint[] = [];
      let [last, at]: [StoredPoint, number] = [start, -1];
      for (const place of choose(count)) {
        while (at < place) {
          const step = Math.min(place - at, SKIP);
          const next = skip.get(runKey, id, ...last, to, step - 1);
          if (!next) return points;
          [last, at] = [next, at + step];
          yield;
        }
        points.push({ step: last[0], time: last[1], value: loadedNumber(last[2]) });
      }
      return points;
    },
    count: (runKey: number, key: string): number => count.get(runKey, idOf(key))?.n ?? 0,
    /** Curves of an older store that have no blocks yet and will get them. */
    backlog: (): number => indexed?.backlog.get() ?? 0,
    /** Null where the curve is short, or its blocks are not made yet. */
    blocked(runKey: number, key: string): BlockedCurve | null {
      const id = idOf(key);
      const curve = indexed?.head.get(runKey, id);
      const [start] = curve && curve.level !== null ? points.all(runKey, id, 1, 0) : [];
      if (!indexed || !curve || curve.level === null || !start) return null;
      return {
        points: curve.points,
        level: curve.level,
        blocks: indexed.blocks.all(runKey, id).map(blockOfRow),
        first: { step: start[0], time: start[1], value: loadedNumber(start[2]) },
        last: { step: curve.step, time: curve.time, value: loadedNumber(curve.value) },
      };
    },
    /** Points with steps in [from, to] as typed arrays, in slices: between two of them others get their turn. */
    slices: (runKey: number, key: string, from = -Number.MAX_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER): Generator<PointArrays> => slicesAfter(runKey, idOf(key), beforeStep(from), Math.floor(to)),
    /** Points from a place on, from 0, in the order (step, time, value). Those before it are gone over, not read; the slices of that are empty. */
    *slicesFrom(runKey: number, key: string, place: number): Generator<PointArrays> {
      const id = idOf(key);
      let after = beforeStep(-Number.MAX_SAFE_INTEGER);
      for (let before = place; before > 0; ) {
        const step = Math.min(before, SKIP);
        const next = skip.get(runKey, id, ...after, Number.MAX_SAFE_INTEGER, step - 1);
        if (!next) return;
        after = next;
        before -= step;
        yield arraysOf([]);
      }
      yield* slicesAfter(runKey, id, after, Number.MAX_SAFE_INTEGER);
    },
  };
}

function arraysOf(rows: readonly StoredPoint[]): PointArrays {
  return { step: Float64Array.from(rows, (row) => row[0]), time: Float64Array.from(rows, (row) => row[1]), value: Float64Array.from(rows, (row) => loadedNumber(row[2])) };
}

/** What only a store with blocks has. */
function blockReads(db: Db) {
  return {
    head: db.prepare<[number, number], { points: number; level: number | null; step: number; time: number; value: number | string }>(
      "SELECT points, block_level AS level, step, time, value FROM latest WHERE run_key = ? AND key_id = ?",
    ),
    blocks: db.prepare<[number, number], BlockRow>(`SELECT ${BLOCK_COLUMNS} FROM curve_blocks WHERE run_key = ? AND key_id = ? ORDER BY block`).raw(),
    backlog: db.prepare<[], number>("SELECT count(*) FROM curve_backlog").pluck(),
  };
}

export type MetricReads = ReturnType<typeof metricReads>;
