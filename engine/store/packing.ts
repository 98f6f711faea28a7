import type { BatchMetric, MetricOrigin } from "./operations.ts";
import type { LatestRecord, StoreChange } from "./records.ts";

/**
 * What goes between the main thread and the writer in thousands, as columns: a structured clone writes the names of all
 * fields anew for each object, which took longer than storing the values.
 */
export interface Packed {
  readonly packed: true;
  /** Joined by NUL, which no key holds. */
  readonly keys: string;
  readonly numbers: Float64Array;
  readonly origins?: Uint8Array;
  /** Fields that few have, by the index of the object. */
  readonly rest: readonly (readonly [index: number, fields: object])[];
}

const SEPARATOR = "\0";
/** Fewer are sent as they are. */
const WORTH_IT = 16;
const origins: readonly MetricOrigin[] = ["client", "script", "printed", "system"];

export function packMetrics(metrics: readonly BatchMetric[]): readonly BatchMetric[] | Packed {
  if (metrics.length < WORTH_IT || metrics.some(({ key }) => key.includes(SEPARATOR))) return metrics;
  const numbers = new Float64Array(metrics.length * 3);
  const rest: [number, object][] = [];
  let at = 0;
  for (const metric of metrics) {
    if (metric.modelId !== undefined || metric.datasetName !== undefined || metric.datasetDigest !== undefined) {
      const { key: _key, value: _value, time: _time, step: _step, ...more } = metric;
      rest.push([at / 3, more]);
    }
    numbers[at++] = metric.value;
    numbers[at++] = metric.time;
    numbers[at++] = metric.step;
  }
  return { packed: true, keys: metrics.map(({ key }) => key).join(SEPARATOR), numbers, rest };
}

export function unpackMetrics(metrics: readonly BatchMetric[] | Packed): readonly BatchMetric[] {
  if (!("packed" in metrics)) return metrics;
  const { numbers } = metrics;
  const list: BatchMetric[] = metrics.keys.split(SEPARATOR).map((key, i) => ({ key, value: numbers[i * 3] ?? 0, time: numbers[i * 3 + 1] ?? 0, step: numbers[i * 3 + 2] ?? 0 }));
  for (const [i, fields] of metrics.rest) Object.assign(list[i] ?? {}, fields);
  return list;
}

/** A change with its newest values packed. */
export type PackedChange = Omit<StoreChange, "latest"> & { readonly latest: readonly LatestRecord[] | Packed };

const FIELDS = 7;

export function packChange(change: StoreChange | null): PackedChange | null {
  const latest = change?.latest ?? [];
  if (change === null || latest.length < WORTH_IT || latest.some(({ key }) => key.includes(SEPARATOR))) return change;
  const numbers = new Float64Array(latest.length * FIELDS);
  const codes = new Uint8Array(latest.length);
  const rest: [number, object][] = [];
  for (const [i, { runKey, value, step, time, min, max, points, origin, nonFinite }] of latest.entries()) {
    // Neither is ever NaN: that stands for none.
    numbers.set([runKey, value, step, time, min ?? Number.NaN, max ?? Number.NaN, points], i * FIELDS);
    codes[i] = origins.indexOf(origin);
    if (nonFinite) rest.push([i, { nonFinite }]);
  }
  return { ...change, latest: { packed: true, keys: latest.map(({ key }) => key).join(SEPARATOR), numbers, origins: codes, rest } };
}

export function unpackChange(change: PackedChange | null): StoreChange | null {
  if (change === null) return null;
  const { latest } = change;
  if (!("packed" in latest)) return { ...change, latest };
  const at = (i: number, field: number): number => latest.numbers[i * FIELDS + field] ?? 0;
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const list: LatestRecord[] = latest.keys.split(SEPARATOR).map((key, i) => ({
    runKey: at(i, 0), key, value: at(i, 1), step: at(i, 2), time: at(i, 3), min: orNull(at(i, 4)), max: orNull(at(i, 5)), points: at(i, 6), origin: origins[latest.origins?.[i] ?? 0] ?? "client",
  }));
  for (const [i, fields] of latest.rest) Object.assign(list[i] ?? {}, fields);
  return { ...change, latest: list };
}
