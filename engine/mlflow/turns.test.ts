import assert from "node:assert/strict";
import { test } from "node:test";
import { caller } from "./model.fixture.ts";
import { at, listAt } from "./property/sequence.fixture.ts";
import { openDoor } from "./server.fixture.ts";

test("a search of versions reads some at a time, each with its tags, and says all of them in pieces", async () => {
  const door = await openDoor();
  try {
    const { store } = door;
    await store.write("registered.create", { name: "net", time: 1, description: null, tags: [] });
    const plain = { name: "net", source: "s3://a/b", location: "s3://a/b", runId: null, runLink: null, description: "", modelId: null };
    await Promise.all(Array.from({ length: 1_100 }, (_, i) => store.write("version.create", { ...plain, time: i, tags: [{ key: "n", value: String(i) }, { key: "a", value: "ü" }] })));
    const slices = [...store.read.registry.versionSlices()];
    assert.deepEqual(slices.map(({ items, tags }) => [items.length, tags.size]), [[500, 500], [500, 500], [100, 100]]);
    const answer = await caller(door)("GET", "/api/2.0/mlflow/model-versions/search");
    assert.equal(answer.headers["transfer-encoding"], "chunked");
    const found = listAt(answer.json, "model_versions");
    assert.deepEqual(found.map((one) => at(one, "version")), Array.from({ length: 1_100 }, (_, i) => String(1_100 - i)));
    assert.deepEqual(at(found[0], "tags"), [{ key: "a", value: "ü" }, { key: "n", value: String(Number(at(found[0], "version")) - 1) }]);
  } finally {
    await door.close();
  }
});

test("samples of a long curve are the same points as of the whole, and are found step by step", async () => {
  const door = await openDoor();
  try {
    const { store } = door;
    const { runId } = await store.write("run.create", { runId: "r".repeat(32), experimentId: "0", name: "a", named: true, user: null, start: 5, tags: [] });
    // Steps repeat, and NaN stands behind the numbers of its step and time.
    const point = (i: number) => ({ key: "m", value: i % 7 === 0 ? Number.NaN : i % 5, step: Math.floor(i / 3), time: i % 2 });
    for (let from = 0; from < 45_000; from += 1_000) await store.write("run.logBatch", { runId, metrics: Array.from({ length: 1_000 }, (_, i) => point(from + i)), params: [], tags: [] });
    const runKey = store.read.runs.byId(runId)?.runKey ?? assert.fail();
    const all = [...store.read.metrics.slices(runKey, "m")].flatMap(({ step, time, value }) => Array.from(step, (one, i) => ({ step: one, time: time[i], value: value[i] })));
    for (const range of [undefined, { from: 100, to: 12_000 }, { from: -5, to: -1 }]) {
      const wanted = range === undefined ? all : all.filter(({ step }) => step >= range.from && step <= range.to);
      const steps = store.read.metrics.sampled(runKey, "m", (count) => Array.from({ length: count }, (_, i) => i).filter((i) => i % 999 === 0 || i === count - 1), range);
      let turns = 0;
      let done = steps.next();
      for (; done.done !== true; turns++) done = steps.next();
      assert.deepEqual(done.value, wanted.filter((_, i) => i % 999 === 0 || i === wanted.length - 1));
      assert.ok(turns > wanted.length / 20_000, `${turns} turns for ${wanted.length} points`);
    }
  } finally {
    await door.close();
  }
});
