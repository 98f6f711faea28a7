import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { everythingIn, unpack, withImports } from "./importers.fixture.ts";
import { inOrder, sorted, storedExperiments, saidTraces, storedModels, storedRuns, storedTraces } from "./mlflow.fixture.ts";
import { ownFolder } from "./records.fixture.ts";

// Written and read back by mlflow 3.17.2 (test/fixtures/importers/make_mlflow.py).

test("mlflow.db: every value is what MLflow's own client reads back; again, nothing changes, and nothing is written beside the source", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlflow-db.tar.gz", join(ownFolder(), "mein Ordner"));
    const expected = JSON.parse(readFileSync(join(folder, "mlflow.db.json"), "utf8"));
    // A search in a database leaves out which models a run read.
    const child = expected.runs.find(({ params }: { params: { depth?: string } }) => params.depth === "6");
    assert.deepEqual(child.modelInputs, []);
    child.modelInputs.push(expected.models.find(({ name }: { name: string }) => name === "tree").id);
    const before = everythingIn(folder);
    await fixture.take(join(folder, "mlflow.db"));
    assert.deepEqual(inOrder(storedRuns(fixture)), inOrder(expected.runs));
    assert.deepEqual(sorted(storedModels(fixture)), sorted(expected.models));
    assert.deepEqual(storedTraces(fixture), saidTraces(expected.traces));
    const again = await fixture.take(join(folder, "mlflow.db"));
    assert.deepEqual([again.added, again.runs], [{ runs: 0, points: 0, params: 0, tags: 0, models: 0, versions: 0, traces: 0, artifacts: 0 }, 6]);
    assert.deepEqual(everythingIn(folder), before);
    const named = (list: readonly object[]) => list.map((one) => ({ ...one, id: "name" in one ? one.name : null }));
    assert.deepEqual(sorted(named(storedExperiments(fixture))), sorted(named(expected.experiments.filter(({ name }: { name: string }) => name !== "Default"))));
  }));
