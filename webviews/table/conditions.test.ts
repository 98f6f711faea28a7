import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePredicate } from "../../engine/expressions/evaluate.ts";
import { tableOf } from "../../engine/runs/groups/groups.fixture.ts";
import { runScope } from "../../engine/runs/scope.ts";
import { rangeCondition, replaceCondition, valuesCondition } from "./conditions.ts";
import { chooseGroup } from "./grouping.ts";
import { stateOfView, viewOf } from "./view-state.ts";
import type { TableState } from "./state.ts";

const NEW_TABLE: TableState = {
  filter: "", sort: [], columns: null, layout: { order: [], widths: {}, pinned: ["run"], hidden: [] }, curves: { key: "", kind: "step", log: false, smoothing: 0, table: false }, curvesOpen: true, curvesHeight: 240, view: "active", group: [], open: [], named: null, quick: {},
};

const table = tableOf([
  { metrics: { f: 0.1 }, params: { "model name": 'a "q" \\ b', lr: "0.1" } },
  { metrics: { f: 0.5 }, params: { "model name": "b", lr: "1e-3" } },
  { metrics: { f: Number.NaN }, params: { lr: "2" } },
  { params: { "model name": "" } },
]);
const rowsOf = (condition: string): number[] => [0, 1, 2, 3].filter(compilePredicate(condition, runScope(table)).test);

test("a brush and a list become conditions that the engine reads as meant", () => {
  assert.deepEqual(rowsOf(rangeCondition("metrics.f", "number", "0.1", "0.3", false)), [0]);
  assert.deepEqual(rowsOf(rangeCondition("metrics.f", "number", "0.2", "", true)), [1, 3]);
  assert.deepEqual(rowsOf(rangeCondition("params.lr", "number", "", "0.1", false)), [0, 1]);
  assert.deepEqual(rowsOf(rangeCondition("start", "time", "1970-01-01 00:00:01", "1970-01-01 00:00:02", false)), [0, 1, 2, 3]);
  assert.deepEqual(rowsOf(rangeCondition("duration", "duration", "999", "1001", false)), [0, 1, 2, 3]);
  assert.equal(rangeCondition("metrics.f", "number", "zero", "", false), "");
  assert.deepEqual(rowsOf(valuesCondition("params.model name", ['a "q" \\ b'], false)), [0]);
  assert.deepEqual(rowsOf(valuesCondition("params.model name", ["b", ""], false)), [1, 3]);
  assert.deepEqual(rowsOf(valuesCondition("params.model name", ["b"], true)), [1, 2]);
  assert.deepEqual(rowsOf(valuesCondition("status", ["finished"], false)), [0, 1, 2, 3]);
});

test("a column's condition is replaced in the filter, and what was typed stays", () => {
  const first = "metrics.f >= 0.1 and metrics.f <= 0.3";
  assert.equal(replaceCondition("", undefined, first), first);
  assert.equal(replaceCondition("params.lr > 0 or starred", undefined, first), `(params.lr > 0 or starred) and ${first}`);
  assert.equal(replaceCondition(`params.lr > 0 and ${first}`, first, "metrics.f >= 0.5"), "params.lr > 0 and metrics.f >= 0.5");
  assert.equal(replaceCondition(`params.lr > 0 and ${first}`, first, ""), "params.lr > 0");
  assert.equal(replaceCondition(`${first} and params.lr > 0`, first, ""), "params.lr > 0");
  assert.equal(replaceCondition(first, first, ""), "");
  assert.equal(replaceCondition("params.lr > 0", first, "metrics.f >= 0.5"), "params.lr > 0 and metrics.f >= 0.5", "the person changed it meanwhile");
});

test("columns join a grouping; none and seeds stand alone", () => {
  assert.deepEqual(chooseGroup(["params.model"], "tags.stage"), ["params.model", "tags.stage"]);
  assert.deepEqual(chooseGroup(["params.model", "tags.stage"], "params.model"), ["tags.stage"]);
  assert.deepEqual(chooseGroup(["params.model"], "seeds"), ["seeds"]);
  assert.deepEqual(chooseGroup(["seeds"], "params.model"), ["params.model"]);
  assert.deepEqual(chooseGroup(["params.model"], "none"), []);
});

test("a view gives back the table that it was saved from", () => {
  const state = { ...NEW_TABLE, filter: "metrics.f > 0", sort: [{ column: "metrics.f", descending: true }, { column: "run", descending: false }], group: ["params.lr"] };
  const view = viewOf("mine", state, ["metrics.f", "delta.f"]);
  assert.deepEqual(view, { name: "mine", columns: ["metrics.f", "delta.f"], sort: ["-metrics.f", "run"], filter: "metrics.f > 0", group: ["params.lr"] });
  const back = { ...NEW_TABLE, ...stateOfView(view, NEW_TABLE) };
  assert.deepEqual([back.filter, back.sort, back.group, back.columns, back.named], [state.filter, state.sort, state.group, ["metrics.f", "delta.f"], "mine"]);
  assert.deepEqual({ ...back, ...stateOfView(null, back) }.columns, null);
});
