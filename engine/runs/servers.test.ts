import assert from "node:assert/strict";
import { test } from "node:test";
import { Packer } from "../importers/pack.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { runHead } from "./cells.ts";
import { runDetail } from "./detail.ts";
import { listExperiments } from "./experiments.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { previewPrune } from "../storage/prune.ts";
import { openRunTable } from "./openTable.ts";
import { runQuery } from "./query.ts";

const SERVER = "http://mlflow.example.com:5000";
const LOOKED = 1_700_000_000_000;

async function take(store: Store, source: { path: string; format: string }, experiment: string, runs: readonly string[]): Promise<void> {
  const packer = new Packer();
  packer.add({ k: "experiment", experiment, name: experiment });
  for (const run of runs) packer.add({ k: "run", run, id: run, experiment, start: 1_000, end: 2_000, status: "finished" });
  await store.write("import.write", { source: { ...source, name: experiment }, time: LOOKED, batch: packer.take().batch });
}

test("a run of a server is told apart from the folder's own: in its head, its page, its experiment, filters and orders", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    await take(store, { path: SERVER, format: SERVER_FORMAT }, "team/churn", ["theirs", "theirs-too"]);
    await store.write("launch.create", launchOf("l", "own"));
    await take(store, { path: "mlruns", format: "mlruns" }, "both", ["own-beside"]);
    await take(store, { path: SERVER, format: SERVER_FORMAT }, "both", ["theirs-beside", "own"]);
    // As the commits tell it, and as the store is read anew.
    for (const seen of [table, openRunTable(store)]) {
      const server = (runId: string) => runHead(seen, seen.row(runId) ?? -1).server;
      assert.deepEqual(["theirs", "own", "theirs-beside", "own-beside"].map(server), [SERVER, undefined, SERVER, undefined]);
      const experiments = listExperiments(seen, "active", []).map(({ name, server: of }) => [name, of]);
      assert.deepEqual(Object.fromEntries(experiments), { "team/churn": SERVER, both: undefined, "train.py": undefined });
      const ids = (filter: string) => [...runQuery(seen, { filter }).rows].map((row) => seen.run(row).runId).sort();
      assert.deepEqual(ids(`server = "${SERVER}"`), ["theirs", "theirs-beside", "theirs-too"]);
      assert.deepEqual([...runQuery(seen, { sort: [{ column: "server", descending: false }] }).rows].slice(0, 3).map((row) => seen.server(row)), [SERVER, SERVER, SERVER]);
      assert.deepEqual([runDetail(seen, store.read, "theirs", []).serverSeen, runDetail(seen, store.read, "own", []).serverSeen], [LOOKED, undefined]);
    }
    const { runs, servers } = await previewPrune({ store, runTable: table, artifacts: createArtifacts(store) }, { filter: 'experiment in ("team/churn", "both")' });
    assert.deepEqual([runs, servers], [4, { [SERVER]: 3 }]);
  }));
