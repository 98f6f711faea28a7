import assert from "node:assert/strict";
import { test } from "node:test";
import { stretches, type RunRow } from "./run-row.ts";

const child = (id: string): RunRow => ({
  id,
  head: { runId: id, launchId: null, title: id, status: "finished", start: 0, end: 1, color: 0, starred: false, deleted: false, children: 0, parent: "p", script: null, error: null, progress: null },
  group: null,
  groupCells: {},
  cells: {},
  depth: 1,
  open: false,
});
const said = (from: number, to: number, count: number, unfolded: { place: number; children: RunRow[] }[]): string[] =>
  stretches(from, to, count, unfolded).map((part) => ("rows" in part ? part.rows.map(({ id }) => id).join("+") : `${part.from}..${part.to}`));

test("without children a stretch is the range itself", () => {
  assert.deepEqual(said(10, 30, 100, []), ["10..30"]);
});

test("children stand below their parents and push the rest down", () => {
  const unfolded = [{ place: 1, children: [child("a"), child("b")] }, { place: 3, children: [child("c")] }];
  // Rows: 0, 1, a, b, 2, 3, c, 4
  assert.deepEqual(said(0, 8, 5, unfolded), ["0..2", "a+b", "2..4", "c", "4..5"]);
  assert.deepEqual(said(3, 5, 5, unfolded), ["b", "2..3"]);
  assert.deepEqual(said(6, 8, 5, unfolded), ["c", "4..5"]);
});
