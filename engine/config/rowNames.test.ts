import assert from "node:assert/strict";
import { test } from "node:test";
import { completeConfig } from "./complete.ts";
import { rowNames } from "./rowNames.ts";

test("a tag's expression is offered the columns of evaluated files, of remembered mappings, and what every evaluation has", () => {
  const rows = rowNames(
    [{ task: "binary", positive: "1", columns: [{ column: "hours per week", role: "feature" }, { column: "p_1", role: "probability", classes: ["1"] }, { column: "loss", role: "loss" }] }],
    [{ files: "other.csv", task: null, positive: null, columns: [{ column: "site", role: "group" }, { column: "p_1", role: "ignore" }] }],
  );
  assert.deepEqual(rows.map(({ key, kind }) => [key, kind]), [
    ["hours per week", "text"], ["p_1", "number"], ["loss", "number"], ["site", "text"],
    ["label", "text"], ["prediction", "text"], ["correct", "boolean"], ["probability", "number"], ["residual", "number"],
  ]);
  const text = "tags:\n  late: ho";
  assert.ok(completeConfig(text, text.length, { runs: [], rows }).some(({ label }) => label.includes("hours per week")));
});
