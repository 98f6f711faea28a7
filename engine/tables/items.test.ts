import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openItems } from "./items.ts";
import { linesOfRows } from "./lines.ts";

function folder(t: { after(fn: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), "touchstone items ü "));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test("rows come by number, in the order asked for, ids as the file has them", async (t) => {
  const path = join(folder(t), "reviews.csv");
  writeFileSync(path, 'id,text,stars\n007,"two\nlines",5\n008,"a ""quote""",\n009,plain,3.50\n');
  const table = await openItems(path, ["id", "absent"]);
  t.after(() => table.close());
  assert.equal(table.rows, 3);
  assert.deepEqual(await table.rowsAt([2, 0, 99], ["id", "text"]), [["009", "plain"], ["007", "two\nlines"], [null, null]]);
  assert.deepEqual(await table.rowsAt([1], ["text", "stars"]), [['a "quote"', null]]);
  assert.deepEqual(table.columns.map((column) => [column.name, column.numeric, column.longest]), [["id", false, 3], ["text", false, 9], ["stars", true, 3]]);
  const ids: (string | null)[] = [];
  for await (const batch of table.scan(["id"], new AbortController().signal)) ids.push(...batch.map((row) => row[0] ?? null));
  assert.deepEqual(ids, ["007", "008", "009"]);
});

test("a row's line counts breaks within quotes and skips empty lines", async (t) => {
  const dir = folder(t);
  const csv = join(dir, "a.csv");
  writeFileSync(csv, 'id,text\r\n1,"two\r\nlines"\r\n2,"a ""q"""\r\n\r\n3,c');
  assert.deepEqual(await linesOfRows(csv, "csv", [2, 0, 1, 7]), [6, 2, 4, null]);
  const jsonl = join(dir, "a.jsonl");
  writeFileSync(jsonl, '{"t":"\\""}\n\n{"t":"b"}\n');
  assert.deepEqual(await linesOfRows(jsonl, "jsonl", [0, 1]), [1, 3]);
  assert.deepEqual(await linesOfRows(jsonl, "parquet", [0]), [null]);
});

test("what cannot be read says so, with the file", async (t) => {
  const path = join(folder(t), "empty.csv");
  writeFileSync(path, "");
  await assert.rejects(openItems(path, []), (error: { shape?: { code: string; file?: string } }) => error.shape?.code === "EMPTY_FILE" && error.shape.file === path);
});
