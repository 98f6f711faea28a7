// Narrow memory must give back exactly what the file says.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "../statistics/random.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import { loadColumns, type LoadOptions } from "./load.ts";
import { NumberBuilder } from "./numberBuilder.ts";
import { openSource } from "./source.ts";

test("numbers come back as they went in: few, many, single, double, missing, in chunks that change their kind", () => {
  const random = createRandom(5);
  const kinds: Readonly<Record<string, (row: number) => number>> = {
    bits: (row) => row % 2,
    hundreds: () => Math.floor(random() * 300) / 100,
    "more than 65,536 whole ones": (row) => row * 3,
    "single precision": (row) => Math.fround(row / 7),
    doubles: () => random(),
    "single ones, then doubles": (row) => (row < 90_000 ? row : row / 10),
    "missing and infinite": (row) => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1.5][row % 4]!,
    "missing among many": (row) => (row % 3 === 0 ? Number.NaN : random()),
  };
  const bytes: Record<string, number> = {};
  for (const [name, valueAt] of Object.entries(kinds)) {
    const values = Float64Array.from({ length: 100_000 }, (_, row) => valueAt(row));
    // Less room than comes, so that it grows too.
    const builder = new NumberBuilder(1000);
    for (let at = 0; at < values.length; at += 2048) builder.append(values.slice(at, at + 2048));
    bytes[name] = builder.bytes / values.length;
    const column = builder.finish();
    assert.equal(column.length, values.length);
    assert.deepEqual(column.toFloat64(), values, name);
    assert.ok([0, 65_535, 65_536, 99_999].every((row) => Object.is(column.at(row), values[row])), name);
    assert.deepEqual(column.pick(Uint32Array.of(5, 99_999)).toFloat64(), Float64Array.of(values[5]!, values[99_999]!), name);
  }
  assert.deepEqual(bytes, { bits: 1, hundreds: 2, "more than 65,536 whole ones": 4, "single precision": 4, doubles: 8, "single ones, then doubles": 8, "missing and infinite": 1, "missing among many": 8 });
});

async function load(text: string, wanted: LoadOptions["wanted"], more: Partial<LoadOptions> = {}) {
  const { folder, dispose } = temporaryFolder();
  const path = join(folder, "table.csv");
  writeFileSync(path, text);
  const source = await openSource(path);
  try {
    return await loadColumns(source, { wanted, asText: [], cancelled: () => false, onProgress: () => undefined, ...more });
  } finally {
    source.close();
    dispose();
  }
}

test("texts of any length, also missing ones, become codes as wide as their number needs; too many stay in the file", async () => {
  const cell: Readonly<Record<string, (row: number) => string>> = {
    few: (row) => ["", "ja", "nein ü", "exactly12 by", "exactly13 byt", "a longer text, in quotes"][row % 6]!,
    hundreds: (row) => `v${row % 500}`,
    thousands: (row) => `a rather long value number ${row % 40_000}`,
    ids: (row) => `id${row}`,
  };
  const names = Object.keys(cell);
  const rows = 210_000;
  const text = `${names.join(",")}\n${Array.from({ length: rows }, (_, row) => names.map((name) => JSON.stringify(cell[name]!(row))).join(",")).join("\n")}\n`;
  const { n, columns, left } = await load(text, Object.fromEntries(names.map((name) => [name, "text" as const])));
  assert.deepEqual([n, left, columns["ids"]?.kind], [rows, [], "far"]);
  for (const [name, width] of [["few", 1], ["hundreds", 2], ["thousands", 4]] as const) {
    const column = columns[name];
    assert.ok(column?.kind === "coded");
    assert.equal(column.codes.BYTES_PER_ELEMENT, width, name);
    for (let row = 0; row < rows; row++) if ((column.values[column.codes[row]!] ?? "") !== cell[name]!(row)) assert.fail(`${name}, row ${row}`);
  }
});

test("what does not fit into the memory that columns may use stays in the file, the widest first, and never an answer", async () => {
  const random = createRandom(3);
  const text = `y,small,wide\n${Array.from({ length: 220_000 }, (_, row) => `${random()},${row % 5},${random()}`).join("\n")}\n`;
  const { n, columns, left } = await load(text, { y: "number", small: "number", wide: "number" }, { optional: new Set(["small", "wide"]), budget: 2_500_000 });
  assert.equal(n, 220_000);
  assert.deepEqual(left, ["wide"]);
  assert.deepEqual([columns["y"]?.kind, columns["small"]?.kind, columns["wide"]?.kind], ["number", "number", "far"]);
});
