// Against a real `mlflow server`: runs that are pushed more than once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { RemoteServer } from "./client.ts";
import { Push } from "./push.ts";
import { PUSHED_TAG } from "./read.ts";

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

const push = (store: Store, ids: readonly string[], artifacts = createArtifacts(store)) => new Push({ store, artifacts, server, theirs: () => false, signal, progress: () => undefined }).run(ids);

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
