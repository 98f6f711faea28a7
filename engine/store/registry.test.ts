import assert from "node:assert/strict";
import { test } from "node:test";
import type { RegisteredModelSource, VersionSource } from "../importers/records.ts";
import { openConnection } from "./connection.ts";
import { migrate, migrations } from "./migrations.ts";
import type { ImportBatch } from "./operations/imports.ts";
import { evaluationDatasetReads } from "./read/evaluationDatasets.ts";
import { registryReads } from "./read/registry.ts";
import { withStore } from "./store.fixture.ts";
import type { Store } from "./store.ts";

const model = (more: Partial<RegisteredModelSource> = {}): RegisteredModelSource => ({ k: "registeredModel", name: "churn", created: 5, updated: 9, description: "who leaves", tags: [{ key: "team", value: "blue" }], aliases: [{ alias: "best", version: "3" }], ...more });
const version = (number: string, more: Partial<VersionSource> = {}): VersionSource => ({
  k: "version", name: "churn", version: number, created: 6, updated: 7, stage: "Staging", description: null, user: "ada", source: "/elsewhere/mlruns/0/r1/artifacts/net", storage: null, run: "r1", runLink: null,
  model: null, status: "READY", statusMessage: null, tags: [{ key: "ok", value: "1" }], ...more,
});

async function importing(store: Store, registered: readonly RegisteredModelSource[], versions: readonly VersionSource[]): Promise<number> {
  const batch: ImportBatch = { experiments: [], runs: [{ k: "run", run: "r1", experiment: "0" }], models: [], registered, versions, traces: [], own: [], values: [], places: [] };
  const { added, refused } = await store.write("import.write", { source: { path: "mlruns", format: "mlruns", name: "mlruns" }, time: 100, batch });
  assert.deepEqual(refused, []);
  return added.versions;
}

const shown = ({ read }: Store) => {
  const found = read.registry.byName("churn") ?? assert.fail();
  const versions = read.registry.versionsOf(found.registeredKey);
  return {
    model: [found.created, found.updated, found.description, read.registry.tags(found.registeredKey).map(({ value }) => value), read.registry.aliases(found.registeredKey)],
    versions: versions.map((one) => [one.version, one.stage, one.created, one.updated, one.user, read.registry.versionTags(one.versionKey).length]),
    places: versions.map(({ location }) => location),
  };
};

test("a registry that is taken over keeps its numbers, times and stages; the same again changes nothing, something new is followed", async () => {
  await withStore(async (store) => {
    assert.equal(await importing(store, [model()], [version("1"), version("3")]), 2);
    const runId = [...store.read.runs.all()][0]?.runId ?? "";
    const first = shown(store);
    assert.deepEqual(first, {
      model: [5, 9, "who leaves", ["blue"], [{ alias: "best", version: 3 }]],
      versions: [[1, "Staging", 6, 7, "ada", 1], [3, "Staging", 6, 7, "ada", 1]],
      places: [`runs:/${runId}/net`, `runs:/${runId}/net`],
    });
    // What was changed here stays while the source says nothing new of it.
    await store.write("version.update", { name: "churn", version: 1, time: 50, stage: "Production" });
    const own = shown(store);
    assert.equal(await importing(store, [model()], [version("1"), version("3")]), 0);
    assert.deepEqual(shown(store), own);
    assert.equal(await importing(store, [model({ aliases: [{ alias: "best", version: "4" }] })], [version("1"), version("3", { stage: "Archived", updated: 8 }), version("4")]), 2);
    const { versions, model: followed } = shown(store);
    assert.deepEqual([versions.map(([n, stage]) => `${n} ${stage}`), followed[4]], [["1 Production", "3 Archived", "4 Staging"], [{ alias: "best", version: 4 }]]);
    // The next version of one's own stands behind those that came.
    const { version: next } = await store.write("version.create", { name: "churn", time: 60, source: "s3://b/c", location: "s3://b/c", runId: null, runLink: null, description: null, modelId: null, tags: [] });
    assert.equal(next, 5);
  });
});

test("a deleted version holds nothing any more, keeps its number, and is not brought back by its source", async () => {
  await withStore(async (store) => {
    await importing(store, [model()], [version("3")]);
    await store.write("version.delete", { name: "churn", version: 3, time: 70 });
    assert.deepEqual(shown(store), { model: [5, 70, "who leaves", ["blue"], []], versions: [], places: [] });
    await importing(store, [], [version("3", { updated: 80 })]);
    assert.deepEqual(shown(store).versions, []);
    const db = openConnection(store.file, "read");
    try {
      assert.deepEqual(db.prepare("SELECT source, location, run_id, user, description FROM model_versions").raw().all(), [["", "", null, null, null]]);
      assert.equal(db.prepare("SELECT count(*) FROM model_version_tags").pluck().get(), 0);
      assert.equal(db.prepare("SELECT count(*) FROM v_model_versions").pluck().get(), 0);
    } finally {
      db.close();
    }
    const { version: next } = await store.write("version.create", { name: "churn", time: 90, source: "s3://b/c", location: "s3://b/c", runId: null, runLink: null, description: null, modelId: null, tags: [] });
    assert.equal(next, 4);
  });
});

test("an older store, read where it must not be brought up to date, has no registry and no evaluation datasets", () => {
  const db = openConnection(":memory:", "write");
  migrate(db, migrations.slice(0, 3));
  const registry = registryReads(db);
  const datasets = evaluationDatasetReads(db);
  assert.deepEqual([registry.all(), registry.versions(), registry.byName("x"), registry.latest(1), datasets.all(), datasets.records(1, 10)], [[], [], undefined, [], [], []]);
  db.close();
});
