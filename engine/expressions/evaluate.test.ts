import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, compilePredicate, compileValue, matchingRows } from "./evaluate.ts";
import type { Scope } from "./scope.ts";

const f1 = [0.95, 0.5, null, NaN];
const model = ["gbm", "linear", "GBM", null];
const lr = ["0.1", "1e-3", "auto", "0.10"];
const status = ["finished", "running", "failed", "finished"];
const start = [Date.UTC(2026, 0, 1), Date.UTC(2026, 4, 31, 23), Date.UTC(2026, 5, 1), null];
const scope: Scope<Column> = {
  resolve: ({ entity, key }) => {
    if (entity === "metrics" && key === "val_f1") return { kind: "number", get: (row) => f1[row] ?? null };
    if (entity === "params" && key === "model") return { kind: "text", get: (row) => model[row] ?? null };
    if (entity === "params" && key === "optimizer.lr") return { kind: "text", get: (row) => lr[row] ?? null };
    if (entity !== "metrics" && key === "status") return { kind: "string", caseless: true, get: (row) => status[row] ?? null };
    return entity === null && key === "start" ? { kind: "time", get: (row) => start[row] ?? null } : null;
  },
};
const rows = (source: string) => [...matchingRows(compilePredicate(source, scope), 4)];

test("MLflow's own filters mean what they mean to MLflow", () => {
  assert.deepEqual(rows("metrics.val_f1 > 0.9 and params.model = 'gbm'"), [0]);
  assert.deepEqual(rows("metric.val_f1 > 0.9 AND parameter.model = \"gbm\""), [0]);
  assert.deepEqual(rows("params.`model` LIKE '%b%'"), [0]);
  assert.deepEqual(rows("params.\"model\" ILIKE '%B%'"), [0, 2]);
  assert.deepEqual(rows("params.model != 'gbm'"), [1, 2], "a run without the key is excluded");
  assert.deepEqual(rows("params.model IS NULL"), [3]);
  assert.deepEqual(rows("attributes.status = 'FINISHED'"), [0, 3]);
  assert.deepEqual(rows("run.status IN ('RUNNING', 'FAILED')"), [1, 2]);
  assert.deepEqual(rows("\"status\" = 'FINISHED'"), [0, 3]);
});

test("what MLflow's filters cannot say", () => {
  assert.deepEqual(rows("params.model = 'linear' or metrics.val_f1 > .9"), [0, 1]);
  assert.deepEqual(rows("not (params.model = 'gbm')"), [1, 2]);
  assert.deepEqual(rows("params.optimizer.lr = 0.1"), [0, 3], "a param compared with a number is read as one");
  assert.deepEqual(rows("params.optimizer.lr = '0.1'"), [0]);
  assert.deepEqual(rows("params.optimizer.lr < 1"), [0, 1, 3], "auto is no number, so it is unknown");
  assert.deepEqual(rows("start >= '2026-05-31' and start < '2026-06-01'"), [1]);
  assert.deepEqual(rows("month(start) between 5 and 6"), [1, 2]);
  assert.deepEqual(rows("1 - metrics.val_f1 < .1"), [0]);
});

test("NaN is a value that is unequal to all, missing is unknown", () => {
  assert.deepEqual(rows("isnan(metrics.val_f1)"), [3]);
  assert.deepEqual(rows("metrics.val_f1 != .5"), [0, 3]);
  assert.deepEqual(rows("not metrics.val_f1 > .9"), [1, 3]);
  assert.deepEqual(rows("metrics.val_f1 is null"), [2]);
  assert.deepEqual(rows("metrics.val_f1 is null or true"), [0, 1, 2, 3]);
});

test("a computed column gives values, missing where an argument is", () => {
  const column = compileValue("round(metrics.val_f1 * 100)", scope);
  assert.equal(column.kind, "number");
  assert.deepEqual([0, 1, 2, 3].map(column.get), [95, 50, null, NaN]);
});
