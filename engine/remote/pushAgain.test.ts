// Against a real `mlflow server`: runs that are pushed more than once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { remoteConnect, remotePush, type PushResult } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import type { Handler } from "../rpc/server.ts";
import { coded } from "../runs/runs.fixture.ts";
import { ElsewhereRuns } from "../runs/elsewhere.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { RemoteServer } from "./client.ts";
import { Mirror } from "./mirror.ts";
import { Push } from "./push.ts";
import { PUSHED_TAG } from "./read.ts";
import { registerRemote } from "./register.ts";
import { fakePoints, fakeRun, fakeServer } from "./server.fixture.ts";

let reference: Side;
let server: RemoteServer;
const signal = new AbortController().signal;

before(async () => {
  reference = await startReference(testPython());
  server = new RemoteServer({ uri: reference.uri });
});
after(() => reference.stop());

/** What stands on the server of a run of ours, once for each time that it stands there. */
async function standing(runId: string) {
  const experiments = (await server.post("experiments/search", { max_results: 1_000 })).list("experiments", (one) => one.text("experiment_id"));
  const found = await server.post("runs/search", { experiment_ids: experiments, filter: `tags.\`${PUSHED_TAG}\` = '${runId}'`, max_results: 10 });
  return found.list("runs", (one) => {
    const [info, data] = [one.message("info"), one.message("data")];
    const values = (list: "params" | "tags") => Object.fromEntries(data.list(list, (value) => [value.text("key"), value.anyText("value")]));
    return { id: info.text("run_id"), status: info.text("status"), params: values("params"), tags: values("tags") };
  });
}

/** Steps and values of a curve there. */
async function curve(id: string, key: string): Promise<(readonly [number, number])[]> {
  const answer = await server.get("metrics/get-history", { run_id: id, metric_key: key, max_results: 1_000 });
  return answer.list("metrics", (one) => [one.integer("step"), one.double("value")] as const);
}

const push = (store: Store, ids: readonly string[], to = server) => new Push({ store, artifacts: createArtifacts(store), server: to, whole: async () => new Map(), signal, progress: () => undefined }).run(ids);

/** Asks an engine to push that no editor connected to a server. */
function engineOf(store: Store): (runIds: readonly string[], uri: string) => Promise<PushResult> {
  const handlers = new Map<string, Handler<never, unknown>>();
  registerRemote({ handle: (token, handler) => void handlers.set(token.method, handler), emit: () => undefined, clients: [] }, { store, artifacts: createArtifacts(store), elsewhere: new ElsewhereRuns(), log: () => undefined });
  const context = { signal, client: { id: 1, kind: "cli", version: "", protocol: 1, extension: "" }, progress: () => undefined };
  // SAFETY: the handler was registered under this token, whose types these are.
  return async (runIds, uri) => (await handlers.get(remotePush.method)?.({ runIds, address: { uri } } as never, context)) as PushResult;
}

test("a run that was resumed with another value of a param is sent on: the server keeps the first value, which is said, and takes all else", () =>
  withStore(async (store) => {
    const runId = `resumed-${Date.now()}`;
    const log = (step: number, value: number) => store.write("run.logBatch", { runId, metrics: [{ key: "loss", value, step, time: 5 + step }], params: [], tags: [] });
    await store.write("launch.create", launchOf("l1", runId, { params: [{ key: "lr", value: "0.1", source: "argument" }] }));
    await log(0, 1);
    await store.write("launch.update", { launchId: "l1", status: "failed", end: 2_000, exitCode: 1 });
    const first = await push(store, [runId]);
    assert.deepEqual([first.created, first.failed], [1, []]);
    await store.write("launch.create", launchOf("l2", runId, { resumes: true, params: [{ key: "lr", value: "0.01", source: "argument" }, { key: "depth", value: "3", source: "argument" }] }));
    await log(1, 0.5);
    await store.write("launch.update", { launchId: "l2", status: "finished", end: 3_000, exitCode: 0 });
    await store.write("run.update", { runIds: [runId], setTags: [{ key: "who", value: "me" }] });
    for (const updated of [1, 0]) {
      const again = await push(store, [runId]);
      assert.deepEqual([again.updated, again.same, again.failed], [updated, 1 - updated, []]);
      assert.ok(again.leftOut.includes("another value of the param lr: the server keeps the first (1 run)"), again.leftOut.join());
    }
    const [there, ...more] = await standing(runId);
    assert.ok(there && more.length === 0);
    assert.deepEqual([there.params, there.status, there.tags["who"], await curve(there.id, "loss")], [{ lr: "0.1", depth: "3" }, "FINISHED", "me", [[0, 1], [1, 0.5]]]);
  }));

test("runs of the server itself are not pushed to it, whoever asks and by whichever of its names; those of another stay out, and that is said", () =>
  withStore(async (store) => {
    const experiment = (await server.post("experiments/create", { name: `theirs ${Date.now()}` })).text("experiment_id");
    const runId = (await server.post("runs/create", { experiment_id: experiment, run_name: "theirs", start_time: 5 })).message("run").message("info").text("run_id");
    const mirror = new Mirror({ store, artifacts: createArtifacts(store), server, log: () => undefined, onStatus: () => undefined, watched: () => false });
    await mirror.sync(signal, () => undefined);
    mirror.close();
    const { port } = new URL(reference.uri);
    const ask = engineOf(store);
    for (const uri of [reference.uri, `${reference.uri}/`, `http://LOCALHOST:${port}`]) {
      const { created, updated, theirs, failed, leftOut } = await ask([runId], uri);
      assert.deepEqual([created, updated, theirs, failed, leftOut], [0, 0, 1, [], []], uri);
    }
    assert.deepEqual((await server.post("runs/search", { experiment_ids: [experiment], max_results: 10 })).list("runs", (one) => one.message("info").text("run_id")), [runId]);
    const other = await ask([runId], "http://127.0.0.1:9");
    assert.deepEqual([other.created, other.theirs, other.failed, other.leftOut], [0, 0, [], [`runs that are not all here: files that were not read from ${reference.uri}, which is not connected (1 run)`]]);
  }));

test("a run of another server that is connected is fetched and pushed with its whole curve and its files", () =>
  withStore(async (store) => {
    const from = await fakeServer();
    const handlers = new Map<string, Handler<never, unknown>>();
    const remote = registerRemote({ handle: (token, handler) => void handlers.set(token.method, handler), emit: () => undefined, clients: [] }, { store, artifacts: createArtifacts(store), elsewhere: new ElsewhereRuns(), log: () => undefined });
    const context = { signal, client: { id: 1, kind: "cli", version: "", protocol: 1, extension: "" }, progress: () => undefined };
    try {
      const runId = `moved-${Date.now()}`;
      const run = fakeRun(runId, "FINISHED", fakePoints(0, 500));
      run.files["model.bin"] = { content: "weights", etag: null };
      from.runs.push(run);
      await handlers.get(remoteConnect.method)?.({ uri: from.uri } as never, context);
      // SAFETY: the handler was registered under this token, whose types these are.
      const pushed = (await handlers.get(remotePush.method)?.({ runIds: [runId], address: { uri: reference.uri } } as never, context)) as PushResult;
      assert.deepEqual([pushed.created, pushed.failed, pushed.leftOut], [1, [], []]);
      const [there] = await standing(runId);
      assert.deepEqual((await curve(there?.id ?? "", "loss")).map(([step]) => step), Array.from({ length: 500 }, (_, step) => step));
      assert.equal(await (await fetch(`${reference.uri}/get-artifact?run_uuid=${there?.id}&path=model.bin`)).text(), "weights");
    } finally {
      remote.close();
      from.close();
    }
  }));

test("two pushes at once send a run once: the second waits for its turn", () =>
  withStore(async (store) => {
    const runId = `twice-${Date.now()}`;
    await store.write("launch.create", launchOf("l1", runId));
    const ask = engineOf(store);
    const both = await Promise.all([ask([runId], reference.uri), ask([runId], `${reference.uri}/`)]);
    assert.deepEqual([both.map(({ created }) => created), both.map(({ same }) => same), both.map(({ failed }) => failed)], [[1, 0], [0, 1], [[], []]]);
    assert.equal((await standing(runId)).length, 1);
  }));

/** The server for two engines that do not know of one another: both have looked for the run, and made it, before either looks again. */
class Meeting extends RemoteServer {
  #waiting: (() => void)[] = [];

  override async post(...call: Parameters<RemoteServer["post"]>): ReturnType<RemoteServer["post"]> {
    if (call[0] !== "runs/create") return super.post(...call);
    const answer = await super.post(...call);
    await new Promise<void>((done) => {
      this.#waiting.push(done);
      if (this.#waiting.length === 2) for (const both of this.#waiting) both();
    });
    return answer;
  }
}

/** Notes which files come; while it is away, one of them does not. */
class Files extends RemoteServer {
  readonly paths: string[] = [];
  away = "";

  override async upload(...call: Parameters<RemoteServer["upload"]>): Promise<void> {
    if (call[1] === this.away) throw new TouchstoneError({ code: "REMOTE_OFFLINE", message: "away" });
    this.paths.push(call[1]);
    await super.upload(...call);
  }

  taken(): string[] {
    return this.paths.splice(0);
  }
}

test("a file is sent once for each content that it has, of runs and of logged models; where a push breaks off, what was sent is not sent again", () =>
  withStore(async (store) => {
    const [runId, modelId] = [`files-${Date.now()}`, `m-${String(Date.now()).padStart(32, "0")}`];
    const artifacts = createArtifacts(store);
    const { experimentId } = await store.write("experiment.create", { name: runId, time: 1, tags: [] });
    await store.write("run.create", { runId, experimentId, name: "files", named: true, user: null, start: 5, tags: [] });
    await store.write("model.create", { modelId, experimentId: String(experimentId), name: "net", modelType: null, sourceRun: runId, time: 5, params: [], tags: [] });
    await store.write("run.logOutputs", { runId, models: [{ modelId, step: 0 }] });
    const put = (path: string, content: Uint8Array | string, kind: "run" | "model" = "run") => artifacts.put({ kind, id: kind === "run" ? runId : modelId }, path, Buffer.from(content));
    await put("a/large.bin", Buffer.alloc(17 << 20, 7));
    await put("b.txt", "one");
    await put("MLmodel", "flavors: {}", "model");
    const files = new Files({ uri: reference.uri });
    files.away = "b.txt";
    await assert.rejects(push(store, [runId], files), coded("REMOTE_OFFLINE"));
    assert.deepEqual(files.taken(), ["a/large.bin"]);
    files.away = "";
    assert.deepEqual([(await push(store, [runId], files)).failed, files.taken()], [[], ["b.txt", "MLmodel"]]);
    // What is new is a value, a file, and another content of the same length.
    await store.write("run.logBatch", { runId, metrics: [{ key: "loss", value: 1, step: 0, time: 5 }], params: [], tags: [] });
    await put("b.txt", "two");
    await put("c.txt", "new");
    await put("weights.bin", "w", "model");
    assert.deepEqual([(await push(store, [runId], files)).updated, files.taken()], [1, ["b.txt", "c.txt", "weights.bin"]]);
    assert.deepEqual([(await push(store, [runId], files)).same, files.taken()], [1, []]);
    const [there] = await standing(runId);
    let text = "";
    for await (const piece of (await server.download(there?.id ?? "", "b.txt"))?.content ?? []) text += Buffer.from(piece).toString();
    assert.equal(text, "two");
  }));

test("two engines that push copies of a run at once make one of it, and later pushes go on with that one", () =>
  withStore(async (store) => {
    const runId = `copied-${Date.now()}`;
    await store.write("launch.create", launchOf("l1", runId));
    await store.write("run.logBatch", { runId, metrics: [{ key: "loss", value: 1, step: 0, time: 5 }], params: [{ key: "lr", value: "0.1" }], tags: [] });
    const meeting = new Meeting({ uri: reference.uri });
    const both = await Promise.all([push(store, [runId], meeting), push(store, [runId], meeting)]);
    assert.deepEqual([both.map(({ created }) => created).toSorted(), both.map(({ failed }) => failed)], [[0, 1], [[], []]]);
    const [there, ...more] = await standing(runId);
    assert.ok(there && more.length === 0);
    assert.deepEqual([there.params, await curve(there.id, "loss")], [{ lr: "0.1" }, [[0, 1]]]);
    const later = await push(store, [runId]);
    assert.deepEqual([later.created, later.updated, later.same], [0, 0, 1]);
  }));
