import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "./end-labels.ts";
import { nearestIndex, seriesFacts } from "./series.ts";
import { smooth } from "./smoothing.ts";
import { zoomed } from "./zoom-range.ts";

test("smoothing is the debiased moving average", () => {
  // By hand with w = 0.5: s = 1, 1.25, 2.125 …: 0.5/0.5, (0.25 + 1)/0.75, (0.625 + 1.5)/0.875.
  const smoothed = smooth([1, 2, 3], 0.5);
  assert.deepEqual([...smoothed], [1, 1.25 / 0.75, 2.125 / 0.875]);
  assert.deepEqual([...smooth([5, 5, 5], 0.9)].map((value) => value.toFixed(12)), ["5.000000000000", "5.000000000000", "5.000000000000"], "a constant stays");
  assert.deepEqual([...smooth([1, 2], 0)], [1, 2]);
});

test("a gap stays a gap and does not leak into its neighbours", () => {
  const smoothed = smooth([1, Number.NaN, 1], 0.6);
  assert.ok(Number.isNaN(smoothed[1]));
  assert.equal(smoothed[2]?.toFixed(12), "1.000000000000");
});

test("facts name where the extremes are and count the gaps", () => {
  assert.deepEqual(seriesFacts([0, 1, 2, 3], [5, 1, Number.NaN, 3]), { last: 3, lastX: 3, low: 1, lowX: 1, high: 5, highX: 0, gaps: 1 });
  assert.equal(seriesFacts([0], [Number.POSITIVE_INFINITY]), null);
});

test("the nearest point is found on both sides", () => {
  const x = [0, 10, 20];
  assert.deepEqual([-5, 4, 6, 15, 99].map((target) => nearestIndex(x, target)), [0, 0, 1, 1, 2]);
  assert.equal(nearestIndex([], 1), -1);
});

test("labels keep their order and their distance inside the box", () => {
  assert.deepEqual(spread([10, 12, 50], 14, 0, 100), [4, 18, 50]);
  assert.deepEqual(spread([95, 99], 14, 0, 100), [86, 100]);
  assert.deepEqual(spread([1, 2], 14, 0, 100), [0, 14]);
});

test("zoom keeps the point under the pointer and stops at the whole axis", () => {
  assert.deepEqual(zoomed({ from: 0, to: 100 }, { from: 0, to: 100 }, 25, 0.5), { from: 12.5, to: 62.5 });
  assert.equal(zoomed({ from: 10, to: 90 }, { from: 0, to: 100 }, 50, 2), null, "all of it is no zoom");
});
