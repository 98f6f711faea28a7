import assert from "node:assert/strict";
import { test } from "node:test";
import { freeName, targets, withEnding } from "./formats.ts";

test("the proposed name is one that nothing has yet, its ending stays last", () => {
  const there = new Set(["runs-csv", "runs.touchstone-bundle", "runs-2.touchstone-bundle"]);
  const name = (format: keyof typeof targets): string => freeName(targets[format], (one) => there.has(one));
  assert.deepEqual([name("csv"), name("parquet"), name("bundle"), name("mlmd")], ["runs-csv-2", "runs-parquet", "runs-3.touchstone-bundle", "runs.json"]);
});

test("a bundle is known by its ending, a folder has none", () => {
  assert.equal(withEnding("/out/may", targets.bundle), "/out/may.touchstone-bundle");
  assert.equal(withEnding("/out/may.Touchstone-Bundle", targets.bundle), "/out/may.Touchstone-Bundle");
  assert.equal(withEnding("/out/v1.2", targets.csv), "/out/v1.2");
});
