import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "./store.ts";
import { temporaryFolder } from "./store.fixture.ts";

const keys = ["loss", "auc", "f1"];
const point = (key: string, step: number) => ({ key, value: step / 8, step, time: 1000 + step });

test("a power cut may take the last commits, whole and from the end; what is left is what was written until then", async () => {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  try {
    const { runId } = await store.write("run.create", { runId: "r", experimentId: "0", name: "r", named: true, user: null, start: 1, tags: [] });
    for (let step = 0; step < 60; step++) await store.write("run.logBatch", { runId, metrics: keys.map((key) => point(key, step)), params: [{ key: `p${step}`, value: "x" }], tags: [] });

    // What the disk holds after a cut: the database file, and a log of which any part may have reached it.
    const whole = statSync(`${store.file}-wal`).size;
    let before = 0;
    for (let part = 0; part <= 6; part++) {
      const cut = join(folder, `cut ${part}`);
      mkdirSync(join(cut, ".touchstone"), { recursive: true });
      const file = join(cut, ".touchstone", "touchstone.db");
      copyFileSync(store.file, file);
      copyFileSync(`${store.file}-wal`, `${file}-wal`);
      truncateSync(`${file}-wal`, Math.floor((whole * part) / 6));
      const left = await openStore({ folder: cut });
      assert.deepEqual([left.readOnly, left.notes], [false, []], "it opens by itself, to be written on");
      const run = left.read.runs.byId(runId);
      const steps = keys.map((key) => (run ? left.read.metrics.points(run.runKey, key) : []));
      const params = run ? left.read.runs.params(run.runKey).length : 0;
      await left.close();
      const count = steps[0]?.length ?? 0;
      for (const [i, points] of steps.entries()) assert.deepEqual(points, Array.from({ length: count }, (_, step) => ({ step, time: 1000 + step, value: point(keys[i] ?? "", step).value })));
      assert.equal(params, count);
      assert.ok(count >= before, `${count} commits of the first ${part}/6, ${before} of less`);
      before = count;
    }
    assert.equal(before, 60);
  } finally {
    await store.close();
    dispose();
  }
});

test("calls that come together share a commit; none is acknowledged before what it changed was told", async () => {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  try {
    const { runId } = await store.write("run.create", { runId: "r", experimentId: "0", name: "r", named: true, user: null, start: 1, tags: [] });
    const told = new Set<number>();
    let commits = 0;
    store.onChange(({ latest }) => {
      commits++;
      for (const { step } of latest) told.add(step);
    });
    const writes = Array.from({ length: 400 }, async (_, step) => {
      await store.write("run.logBatch", { runId, metrics: [point(`m${step}`, step)], params: [], tags: [] });
      assert.ok(told.has(step));
    });
    await Promise.all(writes);
    assert.ok(commits <= 4, `${commits} commits for 400 calls of one turn`);
  } finally {
    await store.close();
    dispose();
  }
});
