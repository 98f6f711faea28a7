import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { curvesOf, fixtures, of, ownFolder, placesOf, recordsOf } from "../records.fixture.ts";
import { csvReader, kerasReader, wandbCsvReader } from "./files.ts";
import { lightningReader } from "./lightning.ts";
import { cellsOf } from "./rows.ts";

const folder = join(fixtures, "csv");
const modified = new Date("2026-11-01T10:00:00Z");

/** A file of a test's own, last written long ago. */
function written(name: string, text: string, age = modified): string {
  const path = join(ownFolder(), name);
  writeFileSync(path, text);
  utimesSync(path, age, age);
  return path;
}

test("Keras' CSV log: epoch is the step, every other column a metric", async () => {
  const path = join(ownFolder(), "digits.csv");
  copyFileSync(join(folder, "keras.csv"), path);
  assert.deepEqual(await kerasReader.detect(path), { path, confines: join(path, "..") });
  const records = await recordsOf(kerasReader, path);
  const curves = curvesOf(records)["."] ?? {};
  const [header = "", ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const columns = header.split(",").slice(1);
  assert.deepEqual(Object.keys(curves).sort(), [...columns].sort());
  for (const [index, key] of columns.entries()) assert.deepEqual(curves[key]?.map(([step, value]) => [step, value]), lines.map((line, epoch) => [epoch, Number(line.split(",")[index + 1])]), key);
  assert.equal(of(records, "run")[0]?.name, "digits");
});

test("Lightning's log, written anew with one column more, goes on where it was", async () => {
  const root = ownFolder();
  const version = join(root, "lightning_logs", "version_0");
  mkdirSync(version, { recursive: true });
  writeFileSync(join(version, "hparams.yaml"), "lr: 0.1\nmodel:\n  layers: [64, 32]\nact: !!python/object:torch.nn.ReLU {}\n");
  copyFileSync(join(folder, "lightning_logs", "before.csv"), join(version, "metrics.csv"));
  const before = await recordsOf(lightningReader, root);
  copyFileSync(join(folder, "lightning_logs", "version_0", "metrics.csv"), join(version, "metrics.csv"));
  const after = await recordsOf(lightningReader, root, placesOf(before));
  const run = "lightning_logs/version_0";
  const points = (records: typeof before, key: string): unknown => curvesOf(records)[run]?.[key]?.map(([step, value]) => [step, value]);
  assert.deepEqual(points(before, "train_loss"), [0, 1, 2, 3, 4, 5].map((step) => [step, 1 / (step + 1)]));
  assert.deepEqual(points(after, "train_loss"), [[6, 0.1]]);
  assert.deepEqual(points(after, "val_acc"), [[5, 0.75]]);
  assert.deepEqual(points(before, "epoch"), [0, 0, 0, 1, 1, 1].map((epoch, step) => [step, epoch]));
  assert.deepEqual(of(before, "param").map(({ key, value }) => `${key}=${value}`), ["lr=0.1", "model.layers=[64,32]"]);
  assert.deepEqual(of([...before, ...after], "problem"), []);
  assert.deepEqual(of(await recordsOf(lightningReader, root, placesOf(after)), "metric"), []);
  assert.deepEqual(await lightningReader.detect(root), { path: root });
  assert.equal(await lightningReader.detect(fixtures + "/dvclive"), null);
});

test("a log that another training wrote in the same place is said from its beginning, and told", async () => {
  const path = written("progress.csv", "step,loss\n0,1\n1,0.5\n");
  const before = await recordsOf(csvReader, path);
  writeFileSync(path, "step,loss\n0,7\n1,6\n2,5\n");
  const after = await recordsOf(csvReader, path, placesOf(before));
  assert.deepEqual(curvesOf(after)["."]?.["loss"]?.map(([, value]) => value), [7, 6, 5]);
  assert.match(of(after, "problem")[0]?.reason ?? "", /^Another training was written in its place/);
});

test("a half-written last line waits; once the file rested, it counts", async () => {
  const path = written("train.csv", "step,loss\n0,1\n1,0.1", new Date());
  const before = await recordsOf(csvReader, path);
  assert.deepEqual(curvesOf(before)["."]?.["loss"]?.map(([, value]) => value), [1]);
  appendFileSync(path, "25\n2,0.01");
  utimesSync(path, modified, modified);
  const after = await recordsOf(csvReader, path, placesOf(before));
  assert.deepEqual(curvesOf(after)["."]?.["loss"], [[1, 0.125, modified.getTime()], [2, 0.01, modified.getTime()]]);
});

test("plain CSV: separators, decimal commas, missing values, NaN and infinities, times, several runs", async () => {
  const german = written("a.csv", "Epoch;Verlust;Zeit\n1;0,5;x\n2;NaN;\n3;-inf;\n4;;\n");
  const records = await recordsOf(csvReader, german);
  assert.deepEqual(curvesOf(records)["."]?.["Verlust"]?.map(([step, value]) => [step, value]), [[1, 0.5], [2, Number.NaN], [3, Number.NEGATIVE_INFINITY]]);
  assert.deepEqual(of(records, "problem").map(({ line, reason }) => [line, reason]), [[2, '"Zeit" holds text ("x"): only numbers are taken in.']]);
  const times = written("b.tsv", "\uFEFFstep\ttimestamp\tloss\n0\t1700000000.5\t1\n1\t2023-11-14T22:13:21Z\t2\n2\t2023-11-14 22:13:22\t3\n");
  assert.deepEqual(curvesOf(await recordsOf(csvReader, times))["."], { loss: [[0, 1, 1_700_000_000_500], [1, 2, 1_700_000_001_000], [2, 3, 1_700_000_002_000]] });
  const long = written("c.csv", 'run_id,metric,step,value\na,loss,0,1\nb,loss,0,2\na,"odd ""name"", too",3,4\n');
  const said = await recordsOf(csvReader, long);
  assert.deepEqual(curvesOf(said), { a: { loss: [[0, 1, modified.getTime()]], 'odd "name", too': [[3, 4, modified.getTime()]] }, b: { loss: [[0, 2, modified.getTime()]] } });
  assert.deepEqual(of(said, "run").map(({ run, start }) => [run, start]), [["a", modified.getTime()], ["b", modified.getTime()]]);
});

test("W&B's CSV of a chart: each run's own column, without its extremes", async () => {
  const path = join(folder, "wandb-chart.csv");
  assert.equal((await wandbCsvReader.detect(path))?.path, path);
  const curves = curvesOf(await recordsOf(wandbCsvReader, path));
  const points = (run: string): unknown => curves[run]?.["val/loss"]?.map(([step, value]) => [step, value]);
  assert.deepEqual(Object.keys(curves), ["brisk-sun-3", "calm - lake-2"]);
  assert.deepEqual([points("brisk-sun-3"), points("calm - lake-2")], [[[0, 0.9], [1, 0.5]], [[0, 1.1], [1, Number.NaN], [3, 0.25]]]);
  const history = written("history.csv", ",_step,_runtime,_timestamp,loss\n0,0,0.1,1700000000.25,0.5\n1,1,0.2,1700000001,0.25\n");
  assert.equal(await kerasReader.detect(history), null);
  assert.equal((await wandbCsvReader.detect(history))?.path, history);
  assert.deepEqual(curvesOf(await recordsOf(wandbCsvReader, history))["."], { loss: [[0, 0.5, 1_700_000_000_250], [1, 0.25, 1_700_000_001_000]] });
});

test("other tables and links are not recognised; absurd lines are passed over", async () => {
  assert.equal(await csvReader.detect(written("people.csv", "name,age\nann,3\n")), null);
  for (const file of ["keras.csv", "wandb-chart.csv", "lightning_logs/version_0/metrics.csv"]) assert.equal(await csvReader.detect(join(folder, file)), null, `${file} has a reader of its own`);
  assert.equal(await csvReader.detect(written("image.csv", "\u0000\u0001step,loss\n")), null);
  const link = join(ownFolder(), "link.csv");
  symlinkSync(join(folder, "keras.csv"), link);
  assert.match(of(await recordsOf(csvReader, link), "problem")[0]?.reason ?? "", /no plain file/);
  const path = written("long.csv", `step,loss\n0,1\n1,${"9".repeat(3_000_000)}\n2,0.5\n"3,4\n`);
  const records = await recordsOf(csvReader, path);
  assert.deepEqual(of(records, "problem").map(({ line, reason }) => [line, reason]), [[3, "The line is too long for one of metrics: it was passed over."], [5, "The line has 1 cells, the header 2."]]);
  assert.deepEqual(curvesOf(records)["."]?.["loss"]?.map(([step]) => step), [0, 2]);
});

test("cells as RFC 4180 has them", () => {
  assert.deepEqual(cellsOf('a,"b ""c"", d",,"",e', ","), ["a", 'b "c", d', "", "", "e"]);
  assert.deepEqual(cellsOf('"never closed, b', ","), ["never closed, b"]);
  assert.deepEqual(cellsOf("", ","), [""]);
});

test("what the folder of another tool holds too is left alone", async () => {
  const root = ownFolder();
  cpSync(join(fixtures, "wandb"), root, { recursive: true });
  assert.equal(await lightningReader.detect(root), null);
});
