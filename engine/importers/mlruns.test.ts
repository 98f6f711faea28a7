import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { everythingIn, unpack, withImports } from "./importers.fixture.ts";
import { inOrder, sorted, storedExperiments, saidTraces, storedModels, storedRegistry, storedRuns, storedTraces } from "./mlflow.fixture.ts";
import { ownFolder } from "./records.fixture.ts";

// Written and read back by mlflow 3.17.2 (test/fixtures/importers/make_mlflow.py).

test("mlruns: every value is what MLflow's own client reads back; again, nothing changes, and nothing is written beside the source", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlruns.tar.gz", join(ownFolder(), "mein Ordner"));
    const expected = JSON.parse(readFileSync(join(folder, "mlruns.json"), "utf8"));
    // Its reader forgets the step of values that name a data set; the file has it.
    const forgotten: unknown[][] = expected.runs.find(({ name }: { name: string }) => name === "sweep λ").metrics.auc;
    assert.deepEqual(forgotten, [[0, 1_750_000_000_007, 0.9], [4, 1_750_000_000_008, 0.95]]);
    forgotten[0]?.splice(0, 1, 3);
    const before = everythingIn(folder);
    const first = await fixture.take(join(folder, "mlruns"));
    assert.deepEqual(first.problems.map(({ reason }) => reason), []);
    assert.deepEqual(inOrder(storedRuns(fixture)), inOrder(expected.runs));
    assert.deepEqual(sorted(storedModels(fixture)), sorted(expected.models));
    assert.deepEqual([first.added.traces, storedTraces(fixture)], [2, saidTraces(expected.traces)]);
    const registry = storedRegistry(fixture);
    assert.deepEqual(sorted(registry.registered), sorted(expected.registered));
    assert.deepEqual(sorted(registry.versions), sorted(expected.versions));
    const { store } = fixture;
    const version = [...store.read.runs.all()];
    const again = await fixture.take(join(folder, "mlruns"));
    assert.deepEqual([again.added, again.runs], [{ runs: 0, points: 0, params: 0, tags: 0, models: 0, versions: 0, traces: 0, artifacts: 0 }, 6]);
    assert.deepEqual([...store.read.runs.all()], version);
    assert.deepEqual(everythingIn(folder), before);
    assert.deepEqual(sorted(storedExperiments(fixture)), sorted(expected.experiments.filter(({ name }: { name: string }) => name !== "Default")));
  }));

test("mlruns: a run whose meta.yaml was cut off is named with its file and what is missing, and is no run here; whole again, it comes", () =>
  withImports(async (fixture) => {
    const folder = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    const meta = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) => /^[0-9]+.[0-9a-f]{32}.meta\.yaml$/.test(name));
    assert.ok(meta);
    const whole = readFileSync(join(folder, meta), "utf8");
    writeFileSync(join(folder, meta), "artifact_uri: file:/\n");
    const first = await fixture.take(folder);
    assert.deepEqual(first.problems, [{ file: meta, reason: "It is cut off or damaged, so the run is not taken in: `start_time`, `status` are missing." }]);
    const runs = [...fixture.store.read.runs.all()];
    assert.deepEqual([runs.length, runs.some(({ start, end }) => end !== null && end < start)], [5, false]);
    writeFileSync(join(folder, meta), whole);
    assert.equal((await fixture.take(folder)).added.runs, 1);
  }));

test("mlruns: artifacts of runs, models and traces that a database beside it describes are no damage; without the database one line names them", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlflow-db.tar.gz", unpack("mlruns.tar.gz", ownFolder()));
    // The database's first experiment may have the number of the folder's.
    mkdirSync(join(folder, "mlruns", "0", "0123456789abcdef0123456789abcdef", "artifacts"), { recursive: true });
    const { problems, runs } = await fixture.take(join(folder, "mlruns"));
    assert.deepEqual([problems, runs], [[], 6]);
    assert.ok(fixture.store.read.experiments.all().every(({ name }) => name !== "1"));
    renameSync(join(folder, "mlflow.db"), join(ownFolder(), "mlflow.db"));
    const { problems: alone } = await fixture.take(join(folder, "mlruns"));
    assert.deepEqual(alone, [{ file: "0/0123456789abcdef0123456789abcdef", reason: `It and 3 more hold artifacts and no meta.yaml, as MLflow keeps what a database describes; such a database is not beside ${join(folder, "mlruns")}.` }]);
    // A run of the folder's own has more than artifacts.
    const meta = readdirSync(join(folder, "mlruns"), { recursive: true, encoding: "utf8" }).find((name) => /^0.[0-9a-f]{32}.meta\.yaml$/.test(name)) ?? "";
    rmSync(join(folder, "mlruns", meta));
    const { problems: lost } = await fixture.take(join(folder, "mlruns"));
    assert.deepEqual(lost.slice(1), [{ file: meta, reason: "It is missing." }]);
  }));
