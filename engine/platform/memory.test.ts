import assert from "node:assert/strict";
import { test } from "node:test";
import { giveBackMemory } from "./memory.ts";

test("what a busy moment took is given back", () => {
  const kept = { rows: Array.from({ length: 300_000 }, (_, i) => ({ i, text: `row ${i}` })) };
  const busy = process.memoryUsage();
  kept.rows = [];
  giveBackMemory();
  const quiet = process.memoryUsage();
  assert.ok(quiet.heapTotal < busy.heapTotal - 10 * 2 ** 20, `${quiet.heapTotal} of ${busy.heapTotal} bytes are still held`);
});
