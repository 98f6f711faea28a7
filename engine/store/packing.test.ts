import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchMetric } from "./operations.ts";
import { packChange, packMetrics, unpackChange, unpackMetrics } from "./packing.ts";
import type { LatestRecord, StoreChange } from "./records.ts";

const odd = [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 2 ** 53];

/** What structured clone makes of it, as between two threads. */
const sent = <T>(value: T): T => structuredClone(value);

test("metrics of a batch arrive as they were sent, with what only some of them have", () => {
  const metrics = Array.from({ length: 40 }, (_, i): BatchMetric => ({
    key: `käy/${i % 3}`,
    value: odd[i % odd.length] ?? 0,
    time: 1_700_000_000_000 + i,
    step: i % 2 === 0 ? -i : 2 ** 40,
    ...(i % 5 === 0 ? { modelId: `m-${i}` } : {}),
    ...(i % 7 === 0 ? { datasetName: "iris", datasetDigest: "d1" } : {}),
  }));
  assert.ok("packed" in packMetrics(metrics));
  assert.deepEqual(unpackMetrics(sent(packMetrics(metrics))), metrics);
  for (const few of [[], metrics.slice(0, 3), [...metrics, { key: "a\0b", value: 1, time: 1, step: 1 }]]) assert.deepEqual(unpackMetrics(sent(packMetrics(few))), few);
});

test("a change arrives as the writer told it", () => {
  const latest = Array.from({ length: 40 }, (_, i): LatestRecord => ({
    runKey: i + 1,
    key: `metric ${i}`,
    value: odd[i % odd.length] ?? 0,
    step: i,
    time: 1_700_000_000_000 + i,
    min: i % 4 === 0 ? null : -i - 1,
    max: i % 4 === 0 ? null : Number.POSITIVE_INFINITY,
    points: i + 1,
    origin: (["client", "script", "printed", "system"] as const)[i % 4] ?? "client",
    ...(i % 9 === 0 ? { nonFinite: { value: Number.NaN, step: i } } : {}),
  }));
  const change: StoreChange = { version: 7, experiments: [], launches: [], runs: [], latest, goneLatest: [{ runKey: 1, key: "gone" }], params: [], tags: [{ runKey: 1, key: "t", value: null }] };
  assert.deepEqual(unpackChange(sent(packChange(change))), change);
  assert.deepEqual(unpackChange(sent(packChange({ ...change, latest: latest.slice(0, 2) }))), { ...change, latest: latest.slice(0, 2) });
  assert.equal(unpackChange(packChange(null)), null);
});
