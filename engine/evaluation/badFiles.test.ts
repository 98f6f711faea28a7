// What a person is told of each kind of file that cannot be evaluated, word for word; nothing of it is stored.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TouchstoneError, type ErrorShape } from "../api/tokens.ts";
import { createCompute, type Compute } from "../compute/compute.ts";
import { openStore, type Store } from "../store/store.ts";
import { Evaluations } from "./service.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone bad ü "));
const parquet = readFileSync(new URL("../../test/fixtures/evaluation/layouts/yardstick.parquet", import.meta.url));
let store: Store;
let compute: Compute;
let evaluations: Evaluations;

before(async () => {
  store = await openStore({ folder });
  compute = createCompute(assert.fail);
  evaluations = new Evaluations({ folder, store, compute, tagRules: () => [], mappings: () => [], remember: () => assert.fail(), log: assert.fail, saved: assert.fail });
});
after(async () => {
  await compute.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** More rows than the reader looks at before it reads, so that the fault comes as a surprise. */
const LATE = 25_000;
function rows(usual: (row: number) => string, odd: string, at = LATE, count = 30_000): string {
  return `${Array.from({ length: count }, (_, row) => (row === at ? odd : usual(row))).join("\n")}\n`;
}

const unfinished = "Did the script that writes it finish?";
const correct = "Correct that line, or write the file again.";
const cutOff: Omit<ErrorShape, "file"> = { code: "UNREADABLE", message: "The Parquet file is damaged or cut off: its end cannot be read.", hint: "Did the script that writes it finish, and was all of it copied?" };
const utf8 = "Save the file as UTF-8 (pandas and polars write it by default).";
const jsonl = "A JSONL file holds one JSON object a line.";

const files: Readonly<Record<string, readonly [content: string | Buffer, told: Omit<ErrorShape, "file">]>> = {
  "empty.csv": ["", { code: "EMPTY_FILE", message: "The file is empty.", hint: unfinished }],
  "header only.csv": ["label,prediction\n", { code: "EMPTY_FILE", message: "The file has a header but no rows.", hint: unfinished }],
  "empty.jsonl": ["\n", { code: "EMPTY_FILE", message: "The file has no rows.", hint: unfinished }],
  "no usable column.csv": ["a,b\n1,x\n2,y\n", { code: "NO_USABLE_COLUMN", message: "No column is the label. Give one the role “label”.", hint: "The columns are: a, b." }],
  "mixed types.csv": ["y_true,y_pred\n1.25,1.5\n2.5,2.25\n3.75,oops\n4.5,4.25\n", { code: "MIXED_TYPES", message: "Column “y_pred” must hold numbers, but “oops” stands on line 4.", line: 4, hint: "Leave a missing cell empty, correct that line, or give the column another role." }],
  "mixed types, late.csv": [`y_true,y_pred\n${rows((row) => `${row / 7},${row / 8}`, "1.5,oops")}`, { code: "MIXED_TYPES", message: 'Column "y_pred" holds numbers, but "oops" stands on line 25002.', line: 25_002, hint: correct }],
  "ragged, late.csv": [`label,prediction\n${rows(() => "a,b", "a,b,c")}`, { code: "BAD_ROW", message: "Line 25002 has 3 cells where the header has 2.", line: 25_002, hint: correct }],
  "truncated.parquet": [parquet.subarray(0, parquet.length - 200), cutOff],
  "half.parquet": [parquet.subarray(0, parquet.length >> 1), cutOff],
  "csv.parquet": ["label,prediction\na,b\n", { code: "UNREADABLE", message: "This is not a Parquet file, whatever its name says.", hint: "CSV, TSV, Parquet and JSONL files can be evaluated." }],
  "latin1.csv": [Buffer.from(`label,prediction,name\n${rows(() => "a,b,x", "a,b,M\u00fcller", 12, 20)}`, "latin1"), { code: "ENCODING", message: "Line 14 is not UTF-8 text.", line: 14, hint: utf8 }],
  "latin1, late.csv": [Buffer.from(`label,prediction,name\n${rows(() => "a,b,x", "a,b,M\u00fcller")}`, "latin1"), { code: "ENCODING", message: "Line 25002 is not UTF-8 text.", line: 25_002, hint: utf8 }],
  "utf16.csv": [Buffer.from("\ufefflabel,prediction\na,b\nb,b\n", "utf16le"), { code: "ENCODING", message: "The file is UTF-16 text.", line: 1, hint: "Save it as UTF-8." }],
  "binary.csv": [Buffer.from([108, 0, 255, 254, 10]), { code: "ENCODING", message: "This is no text: byte 2 is zero.", line: 1, hint: "CSV, TSV, Parquet and JSONL files can be evaluated." }],
  "broken line.jsonl": ['{"label":"a","prediction":"b"}\n{"label":"a",\n{"label":"b","prediction":"b"}\n', { code: "BAD_ROW", message: "Line 2 is not a JSON object: unexpected character.", line: 2, hint: jsonl }],
  "broken line, late.jsonl": [rows(() => '{"label":"a","prediction":"b"}', '{"label":"a", oops}'), { code: "BAD_ROW", message: "Line 25001 is not a JSON object: unexpected character.", line: 25_001, hint: jsonl }],
  "cut off.jsonl": ['{"label":"a","prediction":"b"}\n{"label":"a","predi', { code: "BAD_ROW", message: "Line 2 is not a JSON object: unexpected end of data.", line: 2, hint: jsonl }],
  "model.pkl": ["x", { code: "UNKNOWN_FORMAT", message: 'A ".pkl" file cannot be evaluated.', hint: "Write the predictions as CSV, TSV, Parquet or JSONL." }],
};

for (const [name, [content, told]] of Object.entries(files)) {
  test(`${name}: ${told.message}`, async () => {
    const file = join(folder, name);
    writeFileSync(file, content);
    await assert.rejects(evaluations.run(name, null, null, {}), (error) => {
      assert.ok(error instanceof TouchstoneError, String(error));
      assert.deepEqual(error.shape, { ...told, file });
      return true;
    });
    await compute.quiet();
    assert.deepEqual(evaluations.list({}), []);
  });
}

test("a word among the numbers of a feature, far down, makes it a text column: every row is read, and it is said", async () => {
  writeFileSync(join(folder, "feature.csv"), `label,prediction,x\n${rows((row) => `a,b,${row}`, "a,b,oops")}`);
  const saved = new Promise<string>((resolve) => {
    evaluations = new Evaluations({ folder, store, compute, tagRules: () => [], mappings: () => [], remember: () => assert.fail(), log: () => undefined, saved: resolve });
  });
  const view = await evaluations.run("feature.csv", null, null, {});
  assert.equal(view.total, 30_000);
  assert.ok(view.notes.includes("“x” was read as text: words stand among its numbers."));
  assert.equal(await saved, "feature.csv");
  await compute.quiet();
});
