import fs from "node:fs/promises";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { openExclusiveStore } from "../life/exclusiveStore.ts";
import { openRunTable } from "../runs/openTable.ts";
import type { Store } from "../store/store.ts";
import { launchOf } from "../store/store.fixture.ts";
import type { PruneServices } from "./prune.ts";

const bytes = (count: number, fill: number): Uint8Array => new Uint8Array(count).fill(fill);

/** Three ended launches and a live one, with logs, metrics, code, and artifacts of which one is shared. */
export async function fillStore(store: Store): Promise<PruneServices> {
  const services = { store, runTable: openRunTable(store), artifacts: createArtifacts(store) };
  const { artifacts } = services;
  for (const [i, id] of ["one", "two", "three", "live"].entries()) {
    await store.write("launch.create", launchOf(id, `run-${id}`, { start: 1_000 + i }));
    const folder = join(store.dir, "launches", id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "log"), bytes(1_000 * (i + 1), 65));
    await store.write("run.logBatch", { runId: `run-${id}`, metrics: [0, 1, 2, 3].slice(0, i + 1).map((step) => ({ key: "loss", value: i / 10, time: step, step })), params: [{ key: "lr", value: String(i) }], tags: [] });
    await artifacts.put({ kind: "run", id: `run-${id}` }, "own/w.bin", bytes(10_000 * (i + 1), i + 1));
    await artifacts.put({ kind: "run", id: `run-${id}` }, "shared.bin", bytes(500, 99));
    if (id !== "live") await store.write("launch.update", { launchId: id, status: "finished", exitCode: 0, end: 5_000 });
  }
  const source = await artifacts.blobs.put(bytes(70, 7));
  await store.write("launch.update", { launchId: "two", blobs: [{ kind: "source", path: "train.py", ...source }] });
  await store.write("model.create", { modelId: "m-1", experimentId: "1", name: "clf", modelType: null, sourceRun: "run-two", time: 1, params: [], tags: [], request: "q" });
  await artifacts.put({ kind: "model", id: "m-1" }, "model.pkl", bytes(4_000, 42));
  // Old enough for a collection.
  const blobs = join(artifacts.root, "blobs");
  for (const shelf of readdirSync(blobs)) for (const name of readdirSync(join(blobs, shelf))) utimesSync(join(blobs, shelf, name), 1, 1);
  return services;
}

/** `node prune.fixture.ts FOLDER N`: removes two of such a store's runs as an engine does, and is killed before it removes the `N`th thing from the disk. */
if (import.meta.main) {
  const [folder = "", removals = "0"] = process.argv.slice(2);
  const { store } = await openExclusiveStore(folder);
  const services = { store, runTable: openRunTable(store), artifacts: createArtifacts(store) };
  let left = Number(removals);
  const rm = fs.rm;
  fs.rm = async (...args) => {
    if (left-- === 0) process.kill(process.pid, "SIGKILL");
    await rm(...args);
  };
  syncBuiltinESMExports();
  const { previewPrune, prune } = await import("./prune.ts");
  const query = { filter: "metrics.loss > 0.05" };
  await prune(services, query, (await previewPrune(services, query)).digest, new AbortController().signal);
}
