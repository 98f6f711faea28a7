import type { Db } from "../connection.ts";
import { loadedNumber } from "../records.ts";

export interface MetricPoint {
  readonly step: number;
  readonly time: number;
  readonly value: number;
}

type StoredPoint = readonly [step: number, time: number, value: number | string];

/** Reads of metric points, in the order (step, time). */
export function metricReads(db: Db) {
  const keyId = db.prepare<[string], { id: number }>("SELECT key_id AS id FROM keys WHERE name = ?");
  // `raw` rows are arrays; the typings of the driver describe objects only.
  const points = db.prepare<[number, number, number, number], StoredPoint>(
    "SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step, time LIMIT ? OFFSET ?",
  ).raw();
  const range = db.prepare<[number, number, number, number], StoredPoint>(
    "SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? AND step BETWEEN ? AND ? ORDER BY step, time",
  ).raw();
  const count = db.prepare<[number, number], { n: number }>("SELECT points AS n FROM latest WHERE run_key = ? AND key_id = ?");

  const idOf = (key: string): number => keyId.get(key)?.id ?? -1;
  return {
    points(runKey: number, key: string, limit = -1, offset = 0): MetricPoint[] {
      return points.all(runKey, idOf(key), limit, offset).map(([step, time, value]) => ({ step, time, value: loadedNumber(value) }));
    },
    count: (runKey: number, key: string): number => count.get(runKey, idOf(key))?.n ?? 0,
    /** Points as typed arrays, for curves; steps in [from, to]. */
    arrays(runKey: number, key: string, from = -Number.MAX_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER): { step: Float64Array; time: Float64Array; value: Float64Array } {
      const id = idOf(key);
      const capacity = count.get(runKey, id)?.n ?? 0;
      const step = new Float64Array(capacity);
      const time = new Float64Array(capacity);
      const value = new Float64Array(capacity);
      let n = 0;
      for (const row of range.iterate(runKey, id, from, to)) {
        if (n === capacity) break;
        step[n] = row[0];
        time[n] = row[1];
        value[n] = loadedNumber(row[2]);
        n++;
      }
      return { step: step.subarray(0, n), time: time.subarray(0, n), value: value.subarray(0, n) };
    },
  };
}

export type MetricReads = ReturnType<typeof metricReads>;
