import assert from "node:assert/strict";
import { test } from "node:test";
import { percent } from "./answer.ts";

test("a share reads the same however it was computed", () => {
  assert.deepEqual([percent(1 - 0.8395), percent(321 / 2000)], ["16.1 %", "16.1 %"]);
  assert.deepEqual([percent(1 - 0.7505), percent(499 / 2000)], ["25.0 %", "25.0 %"]);
  assert.deepEqual([percent(0), percent(1), percent(0.0244)], ["0.0 %", "100.0 %", "2.4 %"]);
});
