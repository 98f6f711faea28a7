import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../store/store.fixture.ts";
import { openSource, plainScanError, scan } from "./source.ts";

test("a file whose name or folder looks like a pattern is the one that is read, not what the pattern matches", async () => {
  const { folder, dispose } = temporaryFolder();
  for (const inner of ["fold[2]", "fold2"]) mkdirSync(join(folder, inner));
  for (const name of ["pred[1].csv", "a*b.csv", "a?b.csv", "fold[2]/pred.csv", "fold[2]/pred[1].csv"]) {
    // What the pattern would match, and must not be read.
    writeFileSync(join(folder, name.replace("[1]", "1").replace("[2]", "2").replace(/[*?]/, "c")), "label,score\nwrong,0\n");
    writeFileSync(join(folder, name), "label,score\nright,1\n");
    const source = await openSource(join(folder, name));
    const rows = await source.connection.runAndReadAll(`SELECT label FROM ${scan(source)}`);
    assert.deepEqual(rows.getRows(), [["right"]], name);
    assert.equal(await plainScanError(source), null);
    source.close();
  }
  writeFileSync(join(folder, "items[1].jsonl"), '{"id": "a"}\n');
  const source = await openSource(join(folder, "items[1].jsonl"));
  const rows = await source.connection.runAndReadAll(`SELECT id FROM ${scan(source)}`);
  assert.deepEqual(rows.getRows(), [["a"]]);
  source.close();
  dispose();
});
