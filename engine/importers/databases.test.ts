import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type ImportFixture, everythingIn, unpack, withImports } from "./importers.fixture.ts";
import { of, ownFolder, placesOf, recordsOf } from "./records.fixture.ts";
import type { SourceRecord } from "./records.ts";
import { trackio } from "./trackio.ts";

const nothing = { runs: 0, points: 0, params: 0, tags: 0, models: 0, versions: 0, traces: 0, artifacts: 0 };

/** Runs by name, with what they hold. */
function runsOf({ store: { read } }: ImportFixture) {
  return Object.fromEntries([...read.runs.all()].map((run) => [run.name, {
    experiment: read.experiments.byId(run.experimentId)?.name,
    status: run.status,
    took: run.end === null ? null : run.end - run.start,
    note: read.runs.words(run.runKey).note,
    params: Object.fromEntries(read.runs.params(run.runKey).map(({ key, value }) => [key, value])),
    tags: Object.fromEntries(read.runs.tags(run.runKey).map(({ key, value }) => [key, value])),
    curves: Object.fromEntries(read.runs.latest(run.runKey).map(({ key }) => [key, read.metrics.points(run.runKey, key).map(({ step, value }) => [step, value])])),
    artifacts: read.artifacts.under(`run:${run.runId}`, "").map(({ path, bytes }) => [path.replace(/[0-9a-f-]{36}/, "<id>"), bytes]),
  }]));
}

test("Trackio: what its script logged, medias and infinities included, from a database with a write-ahead log", () =>
  withImports(async (fixture) => {
    // By trackio 0.43.0: test/fixtures/importers/make_trackio.py.
    const folder = unpack("trackio.tar.gz", ownFolder());
    const before = everythingIn(folder);
    const first = await fixture.take(join(folder, "store"));
    assert.deepEqual([first.runs, first.problems], [2, []]);
    const { wide, deep } = runsOf(fixture);
    assert.ok(wide && deep);
    const steps = Array.from({ length: 30 }, (_, step) => step);
    assert.deepEqual(wide.curves, {
      loss: steps.map((step) => [step, 1 / (step + 1)]),
      "val/acc": steps.map((step) => [step, step / 30]),
      odd: [[40, Number.NaN]],
      up: [[40, Number.POSITIVE_INFINITY]],
      down: [[40, Number.NEGATIVE_INFINITY]],
      gpu: [[1, 0.5]],
    });
    assert.deepEqual([wide.experiment, wide.status, wide.params], ["flowers", "finished", { lr: "0.1", "net.depth": "3", "net.act": "relu", seed: "null" }]);
    assert.deepEqual(wide.tags, { note: "text", "alert 1": "warn at step 41: Loss is high: 0.5" });
    assert.deepEqual(wide.artifacts.map(([path]) => path), ["picture/<id>.png"]);
    assert.deepEqual([deep.params, deep.tags, deep.curves], [{ lr: "0.2" }, { group: "sweep" }, { loss: [[7, 0.25]] }]);
    assert.deepEqual((await fixture.take(join(folder, "store", "flowers.db"))).added, nothing);
    assert.deepEqual(everythingIn(folder), before);
  }));

test("Trackio: of one run no other one's rows are read, and the next look goes on behind the last of all", async () => {
  const file = join(unpack("trackio.tar.gz", ownFolder()), "store", "flowers.db");
  const whole = await recordsOf(trackio, file);
  const run = of(whole, "metric").find(({ key, step }) => key === "loss" && step === 7)?.run ?? "";
  const said = async (from: ReturnType<typeof placesOf>): Promise<SourceRecord[]> => {
    const found: SourceRecord[] = [];
    for await (const record of trackio.read(file, from, { signal: new AbortController().signal, run })) found.push(record);
    return found;
  };
  const own = await said(new Map());
  assert.deepEqual([...new Set(own.flatMap((record) => ("run" in record ? [record.run] : [])))], [run]);
  assert.deepEqual(of(own, "metric"), of(whole, "metric").filter((record) => record.run === run));
  assert.deepEqual(placesOf(own), placesOf(whole));
  assert.deepEqual(of(await said(placesOf(own)), "metric"), []);
});

test("exptrack: runs with params, notes, words, curves and outputs, as far as its log that is not folded in yet says", () =>
  withImports(async (fixture) => {
    // By exptrack 2.1.0: test/fixtures/importers/make_exptrack.py.
    const folder = unpack("exptrack.tar.gz", ownFolder());
    const before = everythingIn(folder);
    const first = await fixture.take(folder);
    assert.deepEqual([first.runs, first.problems], [3, []]);
    const { baseline, broken, running } = runsOf(fixture);
    assert.ok(baseline && broken && running);
    const steps = Array.from({ length: 20 }, (_, index) => index + 1);
    assert.deepEqual(baseline.curves, {
      loss: steps.map((step) => [step, 3 / step]),
      "val/acc": steps.map((step) => [step, 1 - 1 / (step + 1)]),
      "no step": [[0, 0.5], [1, 0.5], [2, 0.5]],
    });
    assert.deepEqual([baseline.experiment, baseline.status, baseline.note], ["make_exptrack.py", "finished", "Small learning rate\nsecond line"]);
    assert.deepEqual(baseline.params, { lr: "0.01", "optim.name": "sgd", "optim.nesterov": "true" });
    assert.deepEqual([baseline.tags["baseline"], baseline.tags["v 2"], baseline.tags["exptrack.code_status"]], ["", "", "no_git"]);
    assert.deepEqual(baseline.artifacts, [["results.txt", 6]]);
    assert.deepEqual([broken.status, broken.params, running.status, running.took], ["failed", { lr: "10", error: "ValueError: diverged" }, "running", null]);
    assert.deepEqual((await fixture.take(folder)).added, nothing);
    assert.deepEqual(everythingIn(folder), before);
  }));

test("Neptune's export: params of every type, curves at their steps, series and files as artifacts; paths that lead out and runs that are not whole are left", () =>
  withImports(async (fixture) => {
    // In the documented schema of neptune-exporter: test/fixtures/importers/make_neptune.py.
    const folder = unpack("neptune.tar.gz", join(ownFolder(), "exports"));
    const before = everythingIn(folder);
    const first = await fixture.take(folder);
    assert.deepEqual([first.runs, first.added.points], [2, 33]);
    assert.deepEqual(first.problems.map(({ file, reason }) => `${file}: ${reason}`), [
      "../../outside.txt: The path leads out of the folder, so it is not taken in.",
      "FLO-1/files/gone: The file is not where the export says.",
      "ada_flowers_1f2e/FLO-1: 1 values stand at steps that are no whole numbers; these are counted in millionths.",
    ]);
    const { wide, "FLO-2": second } = runsOf(fixture);
    assert.ok(wide && second);
    assert.deepEqual([wide.experiment, wide.status, wide.took], ["ada/flowers", "failed", 29_000]);
    assert.deepEqual(wide.params, { "config/lr": "0.1", "config/depth": "1152921504606846976", "config/fast": "false", "config/classes": '["a","b"]' });
    assert.deepEqual(wide.tags, { baseline: "", "v 2": "", "sys/id": "FLO-1" });
    assert.deepEqual(wide.curves, { "metrics/loss": Array.from({ length: 30 }, (_, step) => [step, 1 / (step + 1)]), "metrics/odd": [[2, Number.POSITIVE_INFINITY], [500_000, Number.NaN]] });
    assert.deepEqual(wide.artifacts.map(([path]) => path), ["files/model.txt", "log.txt", "shots/3-3.png", "weights.jsonl"]);
    assert.deepEqual(second.curves, { "metrics/loss": [[7, 0.25]] });
    assert.deepEqual((await fixture.take(join(folder, "data"))).added, nothing);
    assert.deepEqual(everythingIn(folder), before);
  }));
