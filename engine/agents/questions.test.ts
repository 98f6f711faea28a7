import assert from "node:assert/strict";
import { test } from "node:test";
import { agentsQuestion } from "../api/agents.ts";
import { Packer } from "../importers/pack.ts";
import { SocketRpcServer } from "../rpc/server.ts";
import { openRunTable } from "../runs/openTable.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import { withStore } from "../store/store.fixture.ts";
import { registerAgents } from "./register.ts";

const SERVER = "https://mlflow.example.com";

test("a question about a server's run names the server that is written to, and the titles of up to five runs", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    const packer = new Packer();
    packer.add({ k: "experiment", experiment: "1", name: "team/churn" });
    for (const run of ["fox", "owl", "elk", "bee", "ant", "cat"]) packer.add({ k: "run", run: `theirs-${run}`, id: `theirs-${run}`, name: `quick ${run}`, experiment: "1", start: 1_000, end: 2_000, status: "finished" });
    await store.write("import.write", { source: { path: SERVER, format: SERVER_FORMAT, name: "mlflow.example.com" }, time: 1, batch: packer.take().batch });
    await storeRuns(store, [{ id: "own" }]);
    await store.write("run.update", { runIds: ["own"], name: "mine", nameFrom: "person" });
    const rpc = new SocketRpcServer({ key: "k", log: () => undefined, welcome: () => ({ version: "0.0.0", protocol: 1, pid: 1, folder: "/f", draining: false }) });
    registerAgents(rpc, { folder: "/project", runTable: table, store });
    const context = { signal: new AbortController().signal, client: { id: 1, kind: "cli" as const, version: "", protocol: 1, extension: "" }, progress: () => undefined };
    const question = async (tool: string, input: Record<string, unknown>) => (await rpc.ask(agentsQuestion, { tool, input, agent: "tester" }, context)).question;
    const tag = (...runs: string[]) => question("tag_run", { runs, set: { stage: "prod" } });

    assert.equal(await tag("own"), "Change tags (set stage = prod) of mine?");
    assert.equal(await tag("theirs-fox"), `Change tags (set stage = prod) of quick fox? It stands on ${SERVER} and is changed there, for everybody.`);
    assert.equal(await tag("own", "theirs-fox", "own"), `Change tags (set stage = prod) of 2 runs (mine, quick fox)? One of them stands on ${SERVER} and is changed there, for everybody.`);
    assert.equal(await tag("theirs-fox", "theirs-owl", "theirs-elk", "theirs-bee", "theirs-ant", "theirs-cat", "own"), `Change tags (set stage = prod) of 7 runs (quick fox, quick owl, quick elk, quick bee, quick ant and 2 more)? 6 of them stand on ${SERVER} and are changed there, for everybody.`);
    assert.equal(await question("note_run", { run: "theirs-owl", note: "good" }), `Replace the note of quick owl: “good”? It stands on ${SERVER} and is changed there, for everybody.`);
  }));
