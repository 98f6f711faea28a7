import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import Database from "better-sqlite3";
import { seeded } from "../expressions/random.fixture.ts";
import { checkStore } from "./check.ts";
import { temporaryFolder, withStore } from "./store.fixture.ts";
import { openStore, type Store } from "./store.ts";
import type { Upkeep } from "./upkeep.ts";

const KILLS = process.env["TOUCHSTONE_LONG"] === "1" ? 30 : 4;
const size = (store: Store): number => statSync(store.file).size;

async function runOf(store: Store, runId: string, points: number): Promise<void> {
  await store.write("run.create", { runId, experimentId: "0", name: runId, named: true, user: null, start: 1, tags: [] });
  for (let from = 0; from < points; from += 1_000) {
    await store.write("run.logBatch", { runId, metrics: Array.from({ length: 1_000 }, (_, i) => ({ key: "loss", value: (from + i) / 8, time: 1, step: from + i })), params: [], tags: [] });
  }
}

const pointsOf = (store: Store, runId: string) => store.read.metrics.points(store.read.runs.byId(runId)?.runKey ?? 0, "loss");

async function remove(store: Store, runId: string): Promise<void> {
  await store.write("run.prune", { runIds: [runId], modelIds: [] });
}

test("what a removed run leaves free is given back in steps, others' writes between them; what stays, stays", () =>
  withStore(async (store) => {
    await runOf(store, "large", 60_000);
    await runOf(store, "kept", 3_000);
    await remove(store, "large");
    const { free, used, shrinks } = store.read.storage.database();
    assert.ok(shrinks && free > 1_000_000, `${free} bytes are free`);
    const before = used + free;
    const order: string[] = [];
    const steps = (async () => {
      while ((await store.upkeep("giveBack")) > 0) order.push("step");
    })();
    for (let i = 0; i < 3; i++) {
      await store.write("run.logBatch", { runId: "kept", metrics: [{ key: "meanwhile", value: i, time: 1, step: i }], params: [], tags: [] });
      order.push("write");
    }
    await steps;
    assert.ok(order.indexOf("write") < order.lastIndexOf("step"), `a write did not wait for the end: ${order.join(" ")}`);
    assert.ok(store.read.storage.database().free < 100_000);
    assert.ok(size(store) < before - free / 2, `the file: ${before} → ${size(store)}`);
    assert.deepEqual(pointsOf(store, "kept").map(({ value, step }) => [value, step]), Array.from({ length: 3_000 }, (_, step) => [step / 8, step]));
    assert.equal(store.read.metrics.points(store.read.runs.byId("kept")?.runKey ?? 0, "meanwhile").length, 3);
    assert.deepEqual(checkStore(store.file).damage, []);
  }));

test("a store from before files could shrink gives nothing in steps; written anew it is small, and shrinks in steps from then on", async () => {
  const { folder, dispose } = temporaryFolder();
  const made = await openStore({ folder });
  await made.close();
  const old = new Database(made.file);
  old.pragma("auto_vacuum = NONE");
  old.exec("VACUUM");
  old.close();
  const store = await openStore({ folder });
  try {
    await runOf(store, "large", 60_000);
    await runOf(store, "kept", 3_000);
    await remove(store, "large");
    const { free, used, shrinks } = store.read.storage.database();
    assert.deepEqual([shrinks, await store.upkeep("giveBack")], [false, 0]);
    const [given] = await Promise.all([store.upkeep("rewrite"), store.write("run.logBatch", { runId: "kept", metrics: [{ key: "meanwhile", value: 1, time: 1, step: 1 }], params: [], tags: [] })]);
    assert.ok(given >= free * 0.9, `${given} of ${free} were given back`);
    assert.ok(size(store) <= used + free * 0.1, `the file: ${used + free} → ${size(store)}`);
    assert.ok(statSync(`${store.file}-wal`).size < 1_000_000, "the log beside it is short again");
    assert.ok(store.read.storage.database().shrinks);
    assert.deepEqual(pointsOf(store, "kept").map(({ value, step }) => [value, step]), Array.from({ length: 3_000 }, (_, step) => [step / 8, step]));
    assert.equal(store.read.metrics.points(store.read.runs.byId("kept")?.runKey ?? 0, "meanwhile").length, 1);
    assert.deepEqual(checkStore(store.file).damage, []);
  } finally {
    await store.close();
    dispose();
  }
});

for (const what of ["giveBack", "rewrite"] satisfies Upkeep[]) {
  test(`${KILLS} kills while room is given back (${what}): nothing that was acknowledged is lost, the file is whole`, async () => {
    const random = seeded(what.length);
    const { folder, dispose } = temporaryFolder();
    try {
      const first = await openStore({ folder });
      await runOf(first, "r", 0);
      await first.close();
      let acknowledged = -1;
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(process.execPath, [join(import.meta.dirname, "upkeep.fixture.ts"), folder, what, String(acknowledged + 1)], { stdio: ["ignore", "pipe", "inherit"] });
        const ended = once(child, "exit");
        const until = acknowledged + 10 + Math.floor(random() * (what === "rewrite" ? 20 : 200));
        for await (const line of createInterface({ input: child.stdout })) {
          acknowledged = Number(line);
          if (acknowledged >= until) child.kill("SIGKILL");
        }
        assert.deepEqual(await ended, [null, "SIGKILL"]);
        assert.ok(existsSync(`${first.file}-wal`), "nobody closed it");
        const store = await openStore({ folder });
        const points = pointsOf(store, "r");
        await store.close();
        assert.ok(points.length > acknowledged, `${points.length} stored, ${acknowledged + 1} acknowledged`);
        assert.deepEqual(points.map(({ value, step }) => [value, step]), Array.from({ length: points.length }, (_, step) => [step / 8, step]));
        assert.deepEqual(checkStore(first.file).damage, []);
        acknowledged = points.length - 1;
      }
    } finally {
      dispose();
    }
  });
}
