// Against a real `mlflow server`, through a gate that says what this user may not do, as MLflow's basic auth does.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { coded } from "../runs/runs.fixture.ts";
import { withStore } from "../store/store.fixture.ts";
import { RemoteServer } from "./client.ts";
import { type Gate, openGate } from "./gate.fixture.ts";
import { Mirror } from "./mirror.ts";
import { Push } from "./push.ts";

let reference: Side;
let gate: Gate;
let server: RemoteServer;
const signal = new AbortController().signal;

before(async () => {
  reference = await startReference(testPython());
  gate = await openGate(reference.uri);
  server = new RemoteServer({ uri: gate.uri, username: "ada", password: "pässwort" });
});
after(async () => {
  gate.close();
  await reference.stop();
});

test("a push into an experiment that is not the person's to write costs that run; the others are sent", () =>
  withStore(async (store) => {
    const made = async (id: string): Promise<string> => {
      const runId = `${id}-${Date.now()}`;
      const { experimentId } = await store.write("experiment.create", { name: runId, time: 1, tags: [] });
      return (await store.write("run.create", { runId, experimentId, name: id, named: true, user: null, start: 5, tags: [] })).runId;
    };
    const ids = [await made("before"), await made("denied"), await made("after")];
    gate.fate = (call) => (call.includes("experiment_name=denied") ? 403 : "pass");
    const push = () => new Push({ store, artifacts: createArtifacts(store), server, whole: async () => new Map(), signal, progress: () => undefined }).run(ids);
    const first = await push();
    assert.deepEqual([first.created, first.failed], [2, [{ runId: ids[1], reason: `${gate.uri}: Permission denied (403)` }]]);
    gate.fate = () => "pass";
    const second = await push();
    assert.deepEqual([second.created, second.same, second.failed], [1, 2, []]);
  }));

test("a run that is no longer the person's to read is not asked for any more, and the connection stays; other credentials are asked for only where these are refused", () =>
  withStore(async (store) => {
    const run = { info: { run_id: "theirs", experiment_id: "1", run_name: "theirs", status: "RUNNING", start_time: 5 }, data: {} };
    const asked: string[] = [];
    const answers: Readonly<Record<string, object>> = { "experiments/search": { experiments: [{ experiment_id: "1", name: "theirs", lifecycle_stage: "active" }] }, "logged-models/search": {} };
    let runs = [run];
    const looks: (() => void)[] = [];
    const own = createServer((incoming, outgoing) => {
      const path = new URL(incoming.url ?? "", "http://host").pathname.slice("/api/2.0/mlflow/".length);
      asked.push(path);
      if (path === "runs/get") return void outgoing.writeHead(403).end("Permission denied");
      incoming.resume().on("end", () => outgoing.end(JSON.stringify(path === "runs/search" ? { runs } : (answers[path] ?? {}))));
      if (path === "runs/search") looks.shift()?.();
    }).listen(0, "127.0.0.1");
    await once(own, "listening");
    const at = own.address();
    const look = () => new Promise<void>((done) => void looks.push(done));
    const uri = `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}`;
    const mirror = new Mirror({ store, artifacts: createArtifacts(store), server: new RemoteServer({ uri }), log: () => undefined, onStatus: () => undefined, watched: () => true });
    try {
      await mirror.sync(signal, () => undefined);
      assert.equal(store.read.runs.byId("theirs")?.name, "theirs");
      // Others are newer: it is asked for by itself.
      runs = [];
      const three = Promise.all([look(), look(), look()]);
      mirror.start();
      await three;
      assert.deepEqual([asked.filter((path) => path === "runs/get").length, mirror.status.state], [1, "connected"]);
    } finally {
      mirror.close();
      own.closeAllConnections();
      own.close();
    }
    await assert.rejects(new RemoteServer({ uri: gate.uri, username: "ada", password: "wrong" }).get("runs/get", { run_id: "theirs" }), coded("REMOTE_REFUSED"));
  }));
