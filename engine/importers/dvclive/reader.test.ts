import assert from "node:assert/strict";
import { appendFileSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { curvesOf, fixtures, of, ownFolder, placesOf, recordsOf } from "../records.fixture.ts";
import { dvcliveReader } from "./reader.ts";

// What record.py logged: train/loss = 1 / (step + 1), with times; acc = step / 5; `final` and `best` without a curve.
const folder = join(fixtures, "dvclive");

test("curves, last values, params and pictures of a DVCLive folder", async () => {
  assert.deepEqual(await dvcliveReader.detect(folder), { path: folder });
  const records = await recordsOf(dvcliveReader, folder);
  const curves = curvesOf(records)["."] ?? {};
  const steps = [0, 1, 2, 3, 4];
  assert.deepEqual(curves["train/loss"]?.map(([step, value]) => [step, value]), steps.map((step) => [step, 1 / (step + 1)]));
  assert.equal(curves["train/loss"]?.[0]?.[2], 1_795_283_218_694);
  assert.deepEqual(curves["acc"]?.map(([step, value]) => [step, value]), steps.map((step) => [step, step / 5]));
  assert.deepEqual([curves["final"], curves["best"]].map((points) => points?.map(([step, value]) => [step, value])), [[[4, 0.5]], [[4, 0.9]]]);
  assert.deepEqual(Object.keys(curves).sort(), ["acc", "best", "final", "train/loss"]);
  assert.deepEqual(of(records, "param").map(({ key, value }) => `${key}=${value}`), ["lr=0.1", "model.depth=3"]);
  assert.deepEqual(of(records, "artifact").map(({ name }) => name), ["params.yaml", "plots/images/im.png"]);
  assert.deepEqual(of(records, "problem"), []);
});

test("followed, and damage is told with its file", async () => {
  const own = ownFolder();
  cpSync(folder, own, { recursive: true });
  const before = await recordsOf(dvcliveReader, own);
  appendFileSync(join(own, "plots/metrics/acc.tsv"), "5\t0.95\n");
  writeFileSync(join(own, "metrics.json"), '{"acc": 0.95, "odd": NaN, "step": 5}');
  writeFileSync(join(own, "params.yaml"), "lr: [1, 2\nx: }");
  const after = await recordsOf(dvcliveReader, own, placesOf(before));
  assert.deepEqual(of(after, "metric").map(({ key, step, value }) => [key, step, value]), [["acc", 5, 0.95], ["odd", 5, Number.NaN]]);
  assert.deepEqual(of(after, "problem").map(({ file, line }) => [file, line]), [["params.yaml", 2]]);
  writeFileSync(join(own, "metrics.json"), '{"acc": ');
  assert.match(of(await recordsOf(dvcliveReader, own), "problem").at(-1)?.reason ?? "", /^It cannot be read/);
});
