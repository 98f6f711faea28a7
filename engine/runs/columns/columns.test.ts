import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../../expressions/random.fixture.ts";
import { NumberColumn } from "./numbers.ts";
import { sortRows } from "./sort.ts";
import { TextColumn, numberOf } from "./texts.ts";

const numbers = [0, -0, 1, -1, 0.1, -0.1, 5e-324, -5e-324, 1e308, -1e308, 2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, null];

/** What the contract of runs/window says, written down the slow way. */
function naiveOrder(rows: readonly number[], values: readonly (number | null)[], descending: boolean): number[] {
  const place = (value: number | null): number => (value === null ? 2 : Number.isNaN(value) ? 1 : 0);
  return [...rows].sort((a, b) => {
    const [x, y] = [values[a] ?? null, values[b] ?? null];
    if (place(x) !== place(y) || place(x) > 0) return place(x) - place(y);
    const [p, q] = [Number(x), Number(y)];
    return p === q ? 0 : p < q === descending ? 1 : -1;
  });
}

test("rows in the order of any numbers, both ways: NaN behind numbers, missing last, equal ones in their old order", () => {
  const random = seeded(7);
  for (let round = 0; round < 300; round++) {
    const values = Array.from({ length: Math.floor(random() * 60) }, () => (random() < 0.5 ? (numbers[Math.floor(random() * numbers.length)] ?? null) : Math.fround((random() - 0.5) * 10 ** Math.floor(random() * 9))));
    const rows = values.map((_, i) => i).filter(() => random() < 0.8).sort(() => random() - 0.5);
    for (const descending of [false, true]) {
      const sorted = Uint32Array.from(rows);
      sortRows(sorted, (row) => values[row] ?? null, descending);
      assert.deepEqual([...sorted], naiveOrder(rows, values, descending), JSON.stringify({ values: values.map(String), rows, descending }));
    }
  }
});

test("a column of numbers gives back what was last set, wherever the row stands", () => {
  const random = seeded(11);
  const column = new NumberColumn();
  const naive = new Map<number, number>();
  for (let i = 0; i < 5_000; i++) {
    const row = Math.floor(random() * 10_000);
    const value = numbers[Math.floor(random() * numbers.length)] ?? null;
    column.set(row, value);
    if (value === null) naive.delete(row);
    else naive.set(row, value);
  }
  for (let row = 0; row < 10_100; row++) assert.ok(Object.is(column.get(row), naive.get(row) ?? null), String(row));
  assert.equal(column.count, naive.size);
});

test("a column of texts counts its values, knows when they are numbers and orders them", () => {
  const random = seeded(13);
  const column = new TextColumn();
  const naive = new Map<number, string>();
  const words = ["0.1", "1e-3", "10", "9", "nan", "inf", "gbm", "", "Zoo", "item 2", "item 10"];
  for (let i = 0; i < 3_000; i++) {
    const row = Math.floor(random() * 2_000);
    const word = random() < 0.2 ? null : (words[Math.floor(random() * words.length)] ?? "");
    column.set(row, word);
    if (word === null) naive.delete(row);
    else naive.set(row, word);
  }
  for (let row = 0; row < 2_000; row++) assert.equal(column.get(row), naive.get(row) ?? null);
  const uses = new Map<string, number>();
  for (const word of naive.values()) uses.set(word, (uses.get(word) ?? 0) + 1);
  assert.deepEqual([column.count, column.distinct, column.numeric], [naive.size, uses.size, false]);
  assert.deepEqual(new Map(column.frequent(99).map(({ value, runs }) => [value, runs])), uses);
  const inOrder = ["1e-3", "0.1", "9", "10", "inf", "nan", "", "gbm", "item 2", "item 10", "Zoo"];
  const rowOf = new Map([...naive].map(([row, word]) => [word, row]));
  const ranks = column.ranks();
  const places = inOrder.map((word) => ranks[column.code(rowOf.get(word) ?? -1)] ?? -1);
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  for (const [row, word] of naive) if (numberOf(word) === null) column.set(row, null);
  assert.equal(column.numeric, true);
});

test("texts that are numbers: Python's and JSON's spellings, nothing else", () => {
  const read = ["1", "-1.5", "1e-5", ".5", "5.", "1_000", "inf", "-Infinity", "NaN", "+3"].map(numberOf);
  assert.deepEqual(read, [1, -1.5, 1e-5, 0.5, 5, 1000, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 3]);
  assert.deepEqual(["", " 1", "0x10", "1,5", "1e", "true", "1 2", "infinite"].map(numberOf), Array.from({ length: 8 }, () => null));
});
