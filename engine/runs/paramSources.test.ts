import assert from "node:assert/strict";
import { test } from "node:test";
import { LeftOut } from "../exporters/leftOut.ts";
import { chosenParams } from "../exporters/source.ts";
import { runWriter } from "../mlflow/runJson.ts";
import { runShape } from "../mlflow/shapes.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { RunTable } from "./columns/runTable.ts";
import { runDetail } from "./detail.ts";

type Values = Record<string, string>;

/** What every door says of the params of the one run `r`. */
function doors(store: Store, live: RunTable): Record<string, Values> {
  const run = store.read.runs.byId("r");
  assert.ok(run);
  const fresh = new RunTable();
  fresh.load(store.read);
  const column = (table: RunTable): Values => Object.fromEntries([...table.params].flatMap(([key, values]) => (values.get(0) === null ? [] : [[key, values.get(0) ?? ""]])));
  const pairs = (list: readonly { readonly key: string; readonly value: string }[]): Values => Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return {
    columns: column(live),
    reopened: column(fresh),
    detail: pairs(runDetail(live, store.read, "r", []).params.filter(({ shown }) => shown)),
    export: pairs(chosenParams(store, run, new LeftOut())),
    // SAFETY: the door's own shapes of MLflow's answers.
    get: pairs((runShape(run, store.read).data as { params: { key: string; value: string }[] }).params),
    search: pairs((JSON.parse(runWriter(store.read)(run, false)) as { data: { params: { key: string; value: string }[] } }).data.params),
  };
}

function agree(store: Store, table: RunTable, expected: Values): void {
  for (const [door, values] of Object.entries(doors(store, table))) assert.deepEqual(values, expected, door);
}

/** A run whose first session had arguments, a config value and what its client logged, and has ended. */
async function withEnded(body: (store: Store, table: RunTable) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    const table = new RunTable();
    store.onChange((change) => table.apply(change));
    await store.write("launch.create", launchOf("l1", "r", { params: [{ key: "epochs", value: "10", source: "argument" }, { key: "sleep", value: "1", source: "argument" }, { key: "lr", value: "0.1", source: "config" }] }));
    await store.write("launch.captured", { launchId: "l1", params: [{ key: "epochs", value: "4", source: "default" }, { key: "depth", value: "6", source: "default" }] });
    await store.write("run.logBatch", { runId: "r", metrics: [], params: [{ key: "epochs", value: "10" }, { key: "optimizer", value: "sgd" }], tags: [] });
    agree(store, table, { epochs: "10", sleep: "1", lr: "0.1", depth: "6", optimizer: "sgd" });
    await store.write("launch.update", { launchId: "l1", status: "finished", exitCode: 0, end: 2_000 });
    await body(store, table);
  });
}

test("of several sources of a param every door says the same one: the client, the script, arguments, config, defaults, what was printed", () =>
  withStore(async (store) => {
    const table = new RunTable();
    store.onChange((change) => table.apply(change));
    await store.write("launch.create", launchOf("l1", "r"));
    const sources = ["printed", "default", "config", "argument", "script"] as const;
    for (const source of sources) {
      await store.write("launch.captured", { launchId: "l1", params: [{ key: "lr", value: source, source }] });
      agree(store, table, { lr: source });
    }
    await store.write("run.logBatch", { runId: "r", metrics: [], params: [{ key: "lr", value: "client" }], tags: [] });
    agree(store, table, { lr: "client" });
  }));

test("a resumed run has the values of its newest session on every door; what only an earlier one said stays until that", () =>
  withEnded(async (store, table) => {
    await store.write("launch.create", launchOf("l2", "r", { resumes: true, start: 3_000, params: [{ key: "epochs", value: "3", source: "argument" }] }));
    agree(store, table, { epochs: "3", sleep: "1", lr: "0.1", depth: "6", optimizer: "sgd" });
    await store.write("launch.captured", { launchId: "l2", params: [{ key: "sleep", value: "0", source: "default" }] });
    agree(store, table, { epochs: "3", sleep: "0", lr: "0.1", depth: "6", optimizer: "sgd" });
    await store.write("run.logBatch", { runId: "r", metrics: [], params: [{ key: "epochs", value: "3" }, { key: "optimizer", value: "adam" }], tags: [] });
    agree(store, table, { epochs: "3", sleep: "0", lr: "0.1", depth: "6", optimizer: "adam" });
    const rows = runDetail(table, store.read, "r", []).params.map(({ key, value, source }) => `${key} ${value} ${source}`);
    assert.deepEqual(rows, ["depth 6 earlier", "epochs 3 argument", "epochs 3 client", "epochs 10 earlier", "lr 0.1 earlier", "optimizer adam client", "optimizer sgd earlier", "sleep 0 default", "sleep 1 earlier"]);

    // Also what is only printed is of this session.
    await store.write("launch.captured", { launchId: "l2", params: [{ key: "lr", value: "0.3", source: "printed" }] });
    agree(store, table, { epochs: "3", sleep: "0", lr: "0.3", depth: "6", optimizer: "adam" });

    await store.write("launch.update", { launchId: "l2", status: "failed", exitCode: 1, end: 4_000, lastLine: "Killed" });
    await store.write("run.update", { runIds: ["r"], end: 4_000 });
    assert.equal(store.read.runs.byId("r")?.error, "exit code 1: Killed");
    await store.write("launch.create", launchOf("l3", "r", { resumes: true, start: 5_000 }));
    agree(store, table, { epochs: "3", sleep: "0", lr: "0.3", depth: "6", optimizer: "adam" });
    const { status, end, error } = store.read.runs.byId("r") ?? assert.fail();
    assert.deepEqual([status, end, error], ["running", null, null], "what went wrong before is over");
  }));

test("a script that goes on with a run by its id: what its client logged stays, what was seen from outside is the new session's", () =>
  withEnded(async (store, table) => {
    await store.write("launch.create", launchOf("l2", "other", { start: 3_000, params: [{ key: "epochs", value: "3", source: "argument" }, { key: "sleep", value: "0", source: "default" }] }));
    await store.write("run.resume", { launchId: "l2", runId: "r" });
    agree(store, table, { epochs: "10", sleep: "0", lr: "0.1", depth: "6", optimizer: "sgd" });
    assert.ok(store.read.runs.params(store.read.runs.byId("r")?.runKey ?? 0).some(({ key, source, value }) => key === "sleep" && source === "earlier" && value === "1"));
  }));
