import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSource } from "../importers/records.ts";
import { type ImportBatch, QUIET_MS } from "./operations/imports.ts";
import { launchOf, withStore } from "./store.fixture.ts";
import type { Store } from "./store.ts";

const nothing: ImportBatch = { experiments: [], runs: [], models: [], registered: [], versions: [], traces: [], own: [], values: [], places: [] };
const source = { path: "elsewhere", format: "mlruns", name: "elsewhere" };
const end = (store: Store, runId: string): number | null | undefined => store.read.runs.byId(runId)?.end;

test("no run ends before it began, whoever says so: its end is its start then", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l", "tracked", { start: 5_000 }));
    await store.write("run.update", { runIds: ["tracked"], status: "finished", end: 4_000 });
    assert.equal(end(store, "tracked"), 5_000);
    await store.write("run.update", { runIds: ["tracked"], end: 6_000 });
    assert.equal(end(store, "tracked"), 6_000);
    await store.write("run.update", { runIds: ["tracked"], status: "running", end: null });
    assert.equal(end(store, "tracked"), null);

    const id = "0123456789abcdef0123456789abcdef";
    const say = (run: Partial<RunSource>) => store.write("import.write", { source, time: 9_000, batch: { ...nothing, runs: [{ k: "run", run: id, id, experiment: "e", ...run }] } });
    await say({ status: "finished", start: 5_000, end: 4_000 });
    assert.equal(end(store, id), 5_000);
    await say({ status: "finished", start: 5_000, end: 7_000 });
    assert.equal(end(store, id), 7_000);
    await say({ status: "finished", start: 8_000, end: 7_000 });
    assert.equal(end(store, id), 8_000);
  }));

test("a run of a source that says no end: it runs while a followed one has new values, and ends with its last value", () =>
  withStore(async (store) => {
    const csv = { path: "log.csv", format: "csv", name: "log" };
    const now = 1_800_000_000_000;
    const say = (live: boolean, step: number, at: number) => {
      const points = { keys: ["loss"], origin: "client" as const, key: Uint32Array.of(0), value: Float64Array.of(0.5), step: Float64Array.of(step), time: Float64Array.of(at) };
      const values = { run: "a", params: [], tags: [], points: [points], modelPoints: [], datasets: [], links: [] };
      return store.write("import.write", { source: csv, time: now, live, batch: { ...nothing, runs: [{ k: "run", run: "a", start: now - 900_000 }], values: [values] } });
    };
    const fate = (): unknown[] => [...store.read.runs.all()].map(({ status, end: ended }) => [status, ended]);
    await say(false, 0, now - 5_000);
    assert.deepEqual(fate(), [["finished", now - 5_000]], "imported, not followed");
    await say(true, 1, now - 4_000);
    assert.deepEqual([fate(), store.read.sources.hasOpen("log.csv", "csv")], [[["running", null]], true], "it grows");
    await store.write("import.settle", { path: "log.csv", format: "csv", before: now - QUIET_MS });
    assert.deepEqual(fate(), [["running", null]]);
    await store.write("import.settle", { path: "log.csv", format: "csv", before: now });
    assert.deepEqual([fate(), store.read.sources.hasOpen("log.csv", "csv")], [[["finished", now - 4_000]], false], "silent since");
    await say(true, 2, now - 3_000);
    assert.deepEqual(fate(), [["running", null]], "it went on");
    await say(true, 3, now + 1);
    await say(false, 4, now + 2);
    assert.deepEqual(fate(), [["finished", now + 2]]);
  }));

test("a log of long ago that one begins to follow is over with its last value, and no run ends before it began", () =>
  withStore(async (store) => {
    const now = 1_800_000_000_000;
    const say = async (run: string, start: number, at: number): Promise<unknown[]> => {
      const points = { keys: ["loss"], origin: "client" as const, key: Uint32Array.of(0), value: Float64Array.of(0.5), step: Float64Array.of(0), time: Float64Array.of(at) };
      const values = { run, params: [], tags: [], points: [points], modelPoints: [], datasets: [], links: [] };
      await store.write("import.write", { source: { path: `${run}.csv`, format: "csv", name: run }, time: now, live: true, batch: { ...nothing, runs: [{ k: "run", run, start }], values: [values] } });
      const { status, end: ended } = [...store.read.runs.all()].at(-1) ?? assert.fail();
      return [status, ended];
    };
    assert.deepEqual(await say("old", now - 2 * QUIET_MS, now - QUIET_MS), ["finished", now - QUIET_MS]);
    assert.deepEqual(await say("young", now - 2 * QUIET_MS, now - QUIET_MS + 1), ["running", null]);
    // Its clock was wrong.
    assert.deepEqual(await say("odd", now - QUIET_MS, now - 2 * QUIET_MS), ["finished", now - QUIET_MS]);
  }));

test("a run that says that it is over and never when ends with its last value, without one where it began", () =>
  withStore(async (store) => {
    const at = { path: "logs", format: "tensorboard", name: "logs" };
    const say = (run: Partial<RunSource>) => store.write("import.write", { source: at, time: 9_000, live: true, batch: { ...nothing, runs: [{ k: "run", run: "a/1795295893.93", ...run }] } });
    const fate = (): unknown[] => [...store.read.runs.all()].map(({ status, end: ended }) => [status, ended]);
    await say({ start: 5_000 });
    await say({ status: "finished" });
    assert.deepEqual(fate(), [["finished", 5_000]]);
    await say({ status: "running" });
    assert.deepEqual(fate(), [["running", null]]);
    await say({ status: "failed", end: 6_000 });
    assert.deepEqual(fate(), [["failed", 6_000]]);
  }));
