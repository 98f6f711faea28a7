import type { Db } from "../connection.ts";
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

/** Points that are read at a time: some milliseconds. */
const SLICE = 10_000;

type StoredPoint = readonly [step: number, time: number, value: number | string];

/** Reads of metric points, in the order (step, time). */
export function metricReads(db: Db) {
  const keyId = db.prepare<[string], { id: number }>("SELECT key_id AS id FROM keys WHERE name = ?");
  // `raw` rows are arrays; the typings of the driver describe objects only.
  const points = db.prepare<[number, number, number, number], StoredPoint>(
    "SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step, time LIMIT ? OFFSET ?",
  ).raw();
  // Goes on after a point: by the table's own key, so that a slice costs what it gives, wherever it begins.
  const slice = db.prepare<[number, number, number, number, number | string, number], StoredPoint>(
    `SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? AND (step, time, value) > (?, ?, ?) AND step <= ?
     ORDER BY step, time, value LIMIT ${SLICE}`,
  ).raw();
  const count = db.prepare<[number, number], { n: number }>("SELECT points AS n FROM latest WHERE run_key = ? AND key_id = ?");

  const idOf = (key: string): number => keyId.get(key)?.id ?? -1;
  return {
    points(runKey: number, key: string, limit = -1, offset = 0): MetricPoint[] {
      return points.all(runKey, idOf(key), limit, offset).map(([step, time, value]) => ({ step, time, value: loadedNumber(value) }));
    },
    count: (runKey: number, key: string): number => count.get(runKey, idOf(key))?.n ?? 0,
    /** Points with steps in [from, to] as typed arrays, in slices: between two of them others get their turn. */
    *slices(runKey: number, key: string, from = -Number.MAX_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER): Generator<PointArrays> {
      const id = idOf(key);
      // Behind every point of the step before: NaN, a text, stands behind all numbers.
      let after: StoredPoint = [Math.max(Math.ceil(from) - 1, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER, "NaN"];
      for (;;) {
        const rows = slice.all(runKey, id, after[0], after[1], after[2], Math.floor(to));
        yield { step: Float64Array.from(rows, (row) => row[0]), time: Float64Array.from(rows, (row) => row[1]), value: Float64Array.from(rows, (row) => loadedNumber(row[2])) };
        const last = rows.at(-1);
        if (!last || rows.length < SLICE) return;
        after = last;
      }
    },
  };
}

export type MetricReads = ReturnType<typeof metricReads>;
