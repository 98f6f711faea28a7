import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePredicate } from "../../engine/expressions/evaluate.ts";
import { tableOf } from "../../engine/runs/groups/groups.fixture.ts";
import { seeded } from "../../engine/expressions/random.fixture.ts";
import { columnSpread } from "../../engine/runs/spread.ts";
import { atOnce } from "../../engine/runs/turns.ts";
import { runScope } from "../../engine/runs/scope.ts";
import { brushEnds, rangeCondition, replaceCondition, valuesCondition } from "./conditions.ts";
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
  assert.deepEqual(rowsOf(rangeCondition("metrics.f", "number", { low: "0.1", high: "0.3", below: false }, false)), [0]);
  assert.deepEqual(rowsOf(rangeCondition("metrics.f", "number", { low: "0.2", high: "", below: false }, true)), [1, 3]);
  assert.deepEqual(rowsOf(rangeCondition("params.lr", "number", { low: "", high: "0.1", below: false }, false)), [0, 1]);
  assert.deepEqual(rowsOf(rangeCondition("start", "time", { low: "1970-01-01 00:00:01", high: "1970-01-01 00:00:02", below: false }, false)), [0, 1, 2, 3]);
  assert.deepEqual(rowsOf(rangeCondition("duration", "duration", { low: "999", high: "1001", below: false }, false)), [0, 1, 2, 3]);
  assert.equal(rangeCondition("metrics.f", "number", { low: "zero", high: "", below: false }, false), "");
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

test("only a whole condition is replaced; what was typed around it keeps its meaning", () => {
  assert.equal(replaceCondition("metrics.f >= 10", "metrics.f >= 1", "metrics.f >= 5"), "metrics.f >= 10 and metrics.f >= 5");
  assert.equal(replaceCondition("metrics.f >= 10", "metrics.f >= 1", ""), "metrics.f >= 10");
  assert.equal(replaceCondition("metrics.f >= 1 or starred", "metrics.f >= 1", ""), "metrics.f >= 1 or starred");
  assert.equal(replaceCondition("metrics.f >= 1 or starred", "metrics.f >= 1", "metrics.f >= 5"), "(metrics.f >= 1 or starred) and metrics.f >= 5");
  assert.equal(replaceCondition("not metrics.f >= 1", "metrics.f >= 1", "metrics.f >= 5 and metrics.f <= 6"), "not metrics.f >= 1 and metrics.f >= 5 and metrics.f <= 6");
  assert.equal(replaceCondition("params.lr = 'metrics.f >= 1' and starred", "metrics.f >= 1", ""), "params.lr = 'metrics.f >= 1' and starred");
  assert.equal(replaceCondition("(starred or metrics.f >= 1)", "metrics.f >= 1", "metrics.f >= 5"), "(starred or metrics.f >= 1) and metrics.f >= 5");
  assert.equal(replaceCondition("metrics.f between 1 and 2 and metrics.f >= 1 AND starred", "metrics.f >= 1", ""), "metrics.f between 1 and 2 and starred");
  assert.equal(replaceCondition("starred and  metrics.f>=1 and (a or b)", "metrics.f >= 1", "metrics.f >= 2"), "starred and metrics.f >= 2 and (a or b)");
  const missing = valuesCondition("params.lr", ["or", "x and y"], true);
  assert.equal(replaceCondition(`starred and ${missing}`, missing, ""), "starred");
  assert.equal(replaceCondition('a = "open', "a", "b = 1"), 'a = "open and b = 1');
});

test("a brush selects exactly the runs that its bins count: numbers, durations, and times to the millisecond", () => {
  const random = seeded(5);
  for (const column of ["metrics.f", "start", "duration"] as const) {
    for (let round = 0; round < 4; round++) {
      const many = tableOf(Array.from({ length: 200 }, () => ({ metrics: { f: round % 2 === 0 ? Math.round(random() * 48) / 48 - 0.3 : 10 ** (random() * 6 - 3) }, start: 1_700_000_000_000 + Math.floor(random() * (round === 0 ? 300 : 90_000)) })));
      const spread = atOnce(columnSpread(many, Uint32Array.from({ length: 200 }, (_, row) => row), column, null));
      assert.ok(spread.kind === "numbers");
      for (let from = 0; from < spread.counts.length; from++) {
        for (const to of [from, Math.min(from + 5, spread.counts.length - 1), spread.counts.length - 1]) {
          const condition = rangeCondition(column, spread.unit, brushEnds(spread, from, to), false);
          const { test: fits } = compilePredicate(condition, runScope(many));
          const selected = Array.from({ length: 200 }, (_, row) => row).filter(fits).length;
          assert.equal(selected, spread.counts.slice(from, to + 1).reduce((sum, count) => sum + count, 0), condition);
        }
      }
    }
  }
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
