import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_LAYOUT, type GridColumn, type GridRow, type GridSource } from "./column.ts";
import { gridAction } from "./keys.ts";
import { columnsInSight, moveColumn, placeColumns, scrollToColumn } from "./layout.ts";
import { PageCache } from "./pages.ts";
import { extend, extent, NO_SELECTION, toggle, without } from "./selection.ts";
import { nextSort } from "./sort.ts";
import { sparkPoints } from "./sparkline.ts";

const column = (id: string, group: string, width = 100): GridColumn<GridRow> => ({ id, title: id, group, width, align: "left", sortable: true, cell: () => id, text: () => id });
const columns = [column("run", "", 200), column("a", "metrics"), column("b", "metrics"), column("c", "params")];

test("pinned columns come first, then the person's order; groups are named once over their columns", () => {
  const placed = placeColumns(columns, { ...EMPTY_LAYOUT, pinned: ["run"], order: ["b", "a"], widths: { b: 50 }, hidden: ["c"] });
  assert.deepEqual(placed.map(({ column: { id }, left, width, first, groupWidth }) => [id, left, width, first, groupWidth]), [["run", 0, 200, true, 200], ["b", 200, 50, true, 150], ["a", 250, 100, false, 0]]);
});

test("only columns in sight are drawn, the pinned and the focused ones always", () => {
  const many = placeColumns([column("run", "", 200), ...Array.from({ length: 40 }, (_, index) => column(`m${index}`, "metrics"))], { ...EMPTY_LAYOUT, pinned: ["run"] });
  assert.deepEqual(columnsInSight(many, 1000, 600, 40).map(({ column: { id } }) => id), ["run", "m10", "m11", "m12", "m13", "m39"]);
  assert.equal(scrollToColumn(many, 40, 0, 600), 200 + 40 * 100 - 600);
  assert.equal(scrollToColumn(many, 5, 1000, 600), 400, "not under the pinned one");
  assert.equal(scrollToColumn(many, 0, 1000, 600), 1000);
});

test("a dropped column stands before or after its target", () => {
  assert.deepEqual(moveColumn(["a", "b", "c"], "a", "c", true), ["b", "c", "a"]);
  assert.deepEqual(moveColumn(["a", "b", "c"], "c", "a", false), ["c", "a", "b"]);
  assert.deepEqual(moveColumn(["a", "b"], "a", "a", true), ["a", "b"]);
});

test("keys stop at the edges; one above the first row is the header, where arrows move and resize", () => {
  const size = { rows: 100, columns: 4, page: 20 };
  const press = (key: string, more = {}) => ({ key, ctrl: false, shift: false, alt: false, ...more });
  const to = (key: string, row: number, col: number, more = {}): unknown => {
    const action = gridAction(press(key, more), { row, column: col }, size);
    return action?.do === "move" ? [action.to.row, action.to.column, action.extend] : action;
  };
  assert.deepEqual(to("ArrowUp", 0, 2), [-1, 2, false]);
  assert.deepEqual(to("ArrowUp", -1, 2), [-1, 2, false]);
  assert.deepEqual(to("ArrowDown", 99, 0), [99, 0, false]);
  assert.deepEqual(to("PageDown", 90, 0), [99, 0, false]);
  assert.deepEqual(to("PageUp", 5, 0), [0, 0, false]);
  assert.deepEqual(to("End", 3, 0, { ctrl: true }), [99, 3, false]);
  assert.deepEqual(to("ArrowDown", 3, 0, { shift: true }), [4, 0, true]);
  assert.deepEqual(to("ArrowRight", -1, 1, { alt: true }), { do: "shift", by: 1 });
  assert.deepEqual(to("ArrowLeft", -1, 1, { shift: true }), { do: "resize", by: -8 });
  assert.deepEqual(to("a", 3, 0, { ctrl: true }), { do: "selectAll" });
  assert.equal(to("x", 3, 0), null);
  assert.equal(to("ArrowRight", 3, 0, { alt: true }), null, "Alt belongs to the editor");
});

test("Shift extends from the row where the selection began", () => {
  const one = toggle(NO_SELECTION, "r2", 2);
  assert.deepEqual(extent(one, 5), [2, 6]);
  const more = extend(one, ["r2", "r3", "r4", "r5"], 5);
  assert.deepEqual(extent(more, 0), [0, 3], "still from row 2");
  assert.deepEqual([...without(toggle(more, "r3", 3), ["r5"]).ids], ["r2", "r4"]);
});

test("a header turns: first direction, the other, none; Shift adds a second key", () => {
  const first = nextSort([], "loss", false, false);
  assert.deepEqual(first, [{ column: "loss", descending: false }]);
  assert.deepEqual(nextSort(first, "loss", false, false), [{ column: "loss", descending: true }]);
  assert.deepEqual(nextSort([{ column: "loss", descending: true }], "loss", false, false), []);
  assert.deepEqual(nextSort(first, "f1", true, true), [{ column: "loss", descending: false }, { column: "f1", descending: true }]);
});

/** A source that answers when told to, and counts what was asked. */
function slowSource(count: number, name: string): GridSource<GridRow> & { asked: string[]; answer: () => Promise<void> } {
  const waiting: (() => void)[] = [];
  const asked: string[] = [];
  return {
    count,
    asked,
    rows: (from, to, signal) => {
      asked.push(`${from}..${to}`);
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        waiting.push(() => resolve(Array.from({ length: to - from }, (_, index) => ({ id: `${name}${from + index}` }))));
      });
    },
    answer: async () => {
      for (const one of waiting.splice(0)) one();
      await new Promise((done) => setImmediate(done));
    },
  };
}

test("pages are fetched once as they come into sight, and abandoned when they leave it", async () => {
  const source = slowSource(1000, "r");
  const cache = new PageCache(source, () => undefined, (error) => assert.fail(String(error)));
  cache.want(0, 60);
  cache.want(20, 120);
  assert.deepEqual(source.asked, ["0..100", "100..200"]);
  await source.answer();
  assert.equal(cache.at(99)?.id, "r99");
  cache.want(500, 560);
  cache.want(900, 1000);
  await source.answer();
  assert.equal(cache.at(520), undefined, "nobody looked at it any more");
  assert.equal(cache.at(999)?.id, "r999");
  assert.equal(cache.indexOf("r150"), 150);
});

test("a new answer's rows replace the old ones only when they are here", async () => {
  const old = slowSource(200, "old");
  const before = new PageCache(old, () => undefined, () => undefined);
  before.want(0, 10);
  await old.answer();
  const next = slowSource(200, "new");
  const cache = new PageCache(next, () => undefined, () => undefined);
  cache.inherit(before);
  assert.equal(cache.at(3)?.id, "old3");
  cache.want(0, 10);
  assert.equal(cache.at(3)?.id, "old3");
  await next.answer();
  assert.equal(cache.at(3)?.id, "new3");
});

test("a failed page is said and asked for again", async () => {
  let fail = true;
  const errors: unknown[] = [];
  const source: GridSource<GridRow> = { count: 10, rows: () => (fail ? Promise.reject(new Error("no")) : Promise.resolve([{ id: "r0" }])) };
  const cache = new PageCache(source, () => undefined, (error) => errors.push(error));
  cache.want(0, 10);
  await new Promise((done) => setImmediate(done));
  assert.equal(errors.length, 1);
  fail = false;
  cache.want(0, 10);
  await new Promise((done) => setImmediate(done));
  assert.equal(cache.at(0)?.id, "r0");
});

test("a patched row keeps its place; one that is not here says so", async () => {
  const source = slowSource(10, "r");
  const cache = new PageCache(source, () => undefined, () => undefined);
  cache.want(0, 10);
  await source.answer();
  assert.equal(cache.patch("r4", () => ({ id: "r4", changed: true })), true);
  assert.deepEqual(cache.at(4), { id: "r4", changed: true });
  assert.equal(cache.patch("elsewhere", (row) => row), false);
});

test("a small curve keeps its scale, leaves gaps out and cuts what lies outside", () => {
  assert.equal(sparkPoints([0, 1], 22, 0, 1), "0.0,19.0 100.0,3.0");
  assert.equal(sparkPoints([0, Number.NaN, 5], 22, 0, 1), "0.0,19.0 100.0,3.0");
  assert.equal(sparkPoints([], 22, 0, 1), "");
});
