import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSource } from "../importers/records.ts";
import type { ImportBatch } from "./operations/imports.ts";
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
