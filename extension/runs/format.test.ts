import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunHead } from "../../engine/api/runs.ts";
import { describeRun, formatAge, formatCell, formatDuration, formatSize } from "./format.ts";

const head: RunHead = {
  runId: "a", launchId: "l", title: "lr 0.1", status: "finished", start: 0, end: 1000, color: 0, starred: false,
  deleted: false, children: 0, parent: null, script: "train.py", error: null, progress: null,
};

test("numbers show four significant digits and keep what is not a number apart", () => {
  assert.equal(formatCell(0.934_26), "0.9343");
  assert.equal(formatCell(-0.5), "−0.5");
  assert.equal(formatCell(1_234_567), "1\u202f234\u202f567");
  assert.equal(formatCell(0.000_012_3), "1.230e−5");
  assert.equal(formatCell("NaN"), "NaN");
  assert.equal(formatCell("-Infinity"), "−∞");
  assert.equal(formatCell(null), "—");
});

test("durations and ages use the unit that matters", () => {
  assert.deepEqual([400, 12_000, 192_000, 3_900_000].map(formatDuration), ["0.4s", "12s", "3m 12s", "1h 05m"]);
  assert.deepEqual([0, 300_000, 7_200_000, 260_000_000].map((ms) => formatAge(0, ms)), ["now", "5 min", "2 h", "3 d"]);
});

test("sizes have one decimal from a thousand bytes on", () => {
  assert.deepEqual([0, 999, 1000, 999_960, 1_400_000, 2.5e15].map(formatSize), ["0 B", "999 B", "1.0 kB", "1.0 MB", "1.4 MB", "2500.0 TB"]);
});

test("the tree says what a run does, how well it did, or why it ended", () => {
  const metric = { key: "val_f1", value: 0.934 };
  assert.equal(describeRun({ ...head, starred: true }, metric, 7_200_000), "★  val_f1 0.934  2 h");
  assert.equal(describeRun({ ...head, status: "running", progress: "340/1000" }, metric, 5000), "step 340/1000  val_f1 0.934");
  const since = new Date(2026, 4, 3, 14, 2).getTime();
  assert.equal(describeRun({ ...head, status: "running", silentSince: since }, metric, since + 3_600_000), "no sign of life since 14:02  val_f1 0.934");
  assert.equal(describeRun({ ...head, status: "running", silentSince: since }, null, since + 86_400_000), "no sign of life since 2026-05-03 14:02");
  assert.equal(describeRun({ ...head, status: "failed", error: "ValueError: NaN loss" }, null, 10_800_000), "ValueError: NaN loss  3 h");
  assert.equal(describeRun({ ...head, server: "http://mlflow.example.com:5000" }, metric, 7_200_000), "val_f1 0.934  2 h  mlflow.example.com:5000");
});
