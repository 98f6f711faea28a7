import assert from "node:assert/strict";
import { test } from "node:test";
import { linear, tickLabel, ticks } from "./scale.ts";

test("ticks are round and inside", () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(ticks(-23, 31, 5), [-20, 0, 20]);
  assert.deepEqual(ticks(3, 3, 4), [3]);
  assert.deepEqual(ticks(0.1, 0.31, 4).map(tickLabel), ["0.1", "0.2", "0.3"]);
});

test("a scale leads there and back", () => {
  const scale = linear(10, 20, 100, 0);
  assert.equal(scale(15), 50);
  assert.equal(scale.back(50), 15);
});

test("labels are short", () => {
  assert.deepEqual([12_500, -0.25, 250_000, 0].map(tickLabel), ["12.5k", "−0.25", "3e5", "0"]);
});
