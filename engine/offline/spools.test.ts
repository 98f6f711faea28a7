import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { launchFiles } from "../launches/files.ts";
import { openRunTable } from "../runs/openTable.ts";
import { launchOf, temporaryFolder } from "../store/store.fixture.ts";
import { openStore, type Store } from "../store/store.ts";
import { Spools } from "./spools.ts";

const RUN = "a".repeat(32);
const CHILD = "b".repeat(32);
const MODEL = `m-${"c".repeat(32)}`;

const call = (name: string, body: object, more: object = {}): string => `${JSON.stringify({ t: 1_700_000_000_000, call: name, body: JSON.stringify(body), ...more })}\n`;

interface Fixture {
  readonly temporary: { readonly folder: string };
  readonly store: Store;
  readonly spools: Spools;
}

/** A store with the launch `one` of the run `RUN`, and who takes in what its script kept. */
async function withSpools(body: (fixture: Fixture) => Promise<void>): Promise<void> {
  const temporary = temporaryFolder();
  const store = await openStore({ folder: temporary.folder });
  try {
    const spools = new Spools({ folder: temporary.folder, store, artifacts: createArtifacts(store), runTable: openRunTable(store) });
    await store.write("launch.create", launchOf("one", RUN));
    await body({ temporary, store, spools });
  } finally {
    await store.close();
    temporary.dispose();
  }
}

test("kept calls are stored in their order, each once, with the door's checks; what is refused costs itself and is told", () =>
  withSpools(async ({ temporary, store, spools }) => {
    await store.write("run.logBatch", { runId: RUN, metrics: [{ key: "loss", value: 1, step: 0, time: 5 }], params: [{ key: "lr", value: "0.1" }], tags: [] });
    const { spool, folder } = launchFiles(temporary.folder, "one");
    mkdirSync(join(dirname(spool), "spool"), { recursive: true });
    writeFileSync(join(folder, "spool", "d".repeat(32)), "content");
    const metric = (step: number): object => ({ run_id: RUN, key: "loss", value: 1 / (step + 1), step, timestamp: 5 });
    writeFileSync(
      spool,
      // The first was acknowledged before the engine died; only its answer was lost.
      call("POST runs/log-metric", metric(0)) +
        call("POST runs/set-tag", { run_id: RUN, key: "phase", value: "first" }) +
        call("POST runs/log-parameter", { run_id: RUN, key: "lr", value: "0.2" }) +
        call("POST runs/log-batch", { run_id: RUN, metrics: [{ key: "odd", value: "NaN", step: 3, timestamp: 5 }], params: [{ key: "late", value: "yes" }], tags: [{ key: "phase", value: "second" }] }) +
        call("POST runs/delete", { run_id: RUN }) +
        call("POST runs/log-metric", { run_id: RUN, key: "/bad", value: 1, timestamp: 5 }) +
        call("POST runs/create", { experiment_id: "0", run_name: "inner", start_time: 7, tags: [{ key: "mlflow.parentRunId", value: RUN }] }, { id: CHILD }) +
        call("POST runs/log-metric", { run_id: CHILD, key: "inner", value: 7, timestamp: 5 }) +
        call("POST runs/update", { run_id: CHILD, status: "FINISHED", end_time: 9 }) +
        call("PUT artifact", {}, { path: `0/${RUN}/artifacts/a%20b/c+d.txt`, file: `spool/${"d".repeat(32)}` }) +
        call("POST logged-models", { experiment_id: "0", name: "net", source_run_id: RUN }, { id: MODEL }) +
        call(`PATCH logged-models/${MODEL}`, { model_id: MODEL, status: "LOGGED_MODEL_READY" }) +
        "torn by a full disk\n" +
        call("POST runs/log-metric", metric(1)) +
        call("POST runs/log-metric", metric(2)).slice(0, 40),
    );
    await Promise.all([spools.catchUp("one"), spools.catchUp("one", 10)]);
    const key = store.read.runs.byId(RUN)?.runKey ?? 0;
    const loss = () => store.read.metrics.points(key, "loss").map(({ step, value }) => [step, value]);
    assert.deepEqual(loss(), [[0, 1], [1, 1 / 2]]);
    assert.deepEqual(store.read.metrics.points(key, "odd").map(({ step, value }) => [step, value]), [[3, Number.NaN]]);
    assert.deepEqual(store.read.runs.params(key).map((param) => [param.key, param.value]), [["late", "yes"], ["lr", "0.1"]]);
    assert.deepEqual(store.read.runs.tags(key).map((tag) => [tag.key, tag.value]), [["phase", "second"]]);
    const child = store.read.runs.byId(CHILD);
    assert.deepEqual([child?.status, child?.end, child?.parentKey, store.read.metrics.points(child?.runKey ?? 0, "inner").length], ["finished", 9, key, 1]);
    assert.deepEqual(store.read.artifacts.under(`run:${RUN}`, "").map(({ path, bytes }) => [path, bytes]), [["a b/c+d.txt", 7]]);
    assert.deepEqual([store.read.models.byId(MODEL)?.name, store.read.models.byId(MODEL)?.status], ["net", "LOGGED_MODEL_READY"]);
    assert.ok(!existsSync(join(folder, "spool", "d".repeat(32))), "its content is the artifact's now");
    const notes = store.read.launches.byId("one")?.notes ?? [];
    assert.equal(notes.length, 4, notes.join("\n"));
    for (const said of [/log-parameter .*Changing param values is not allowed/, /runs\/delete is not kept/, /log-metric .*Names may/, /could not be read/]) assert.ok(notes.some((note) => said.test(note)), String(said));

    appendFileSync(spool, call("POST runs/log-metric", metric(2)).slice(40));
    await spools.catchUp("one");
    await spools.catchUp("one");
    assert.deepEqual(loss(), [[0, 1], [1, 1 / 2], [2, 1 / 3]]);
    assert.equal(store.read.launches.byId("one")?.notes.length, 4);
    const again = await store.write("launch.replay", { launchId: "one", from: 0, to: 5, writes: [{ what: "x", op: "run.logBatch", input: { runId: RUN, metrics: [{ key: "loss", value: 9, step: 9, time: 9 }], params: [], tags: [] } }], notes: ["x"] });
    assert.equal(again.applied, false);
    assert.equal(loss().length, 3);
  }));

test("a kept artifact that is not what was kept is refused with a sentence: cut off by a power cut, changed, not there; the one after it is taken in", () =>
  withSpools(async ({ temporary, store, spools }) => {
    const { spool, folder } = launchFiles(temporary.folder, "one");
    mkdirSync(join(folder, "spool"), { recursive: true });
    const kept = (digit: string, name: string, logged: string, there: string | null): string => {
      const file = `spool/${digit.repeat(32)}`;
      if (there !== null) writeFileSync(join(folder, file), there);
      return call("PUT artifact", {}, { path: `0/${RUN}/artifacts/${name}`, file, bytes: logged.length, sha256: createHash("sha256").update(logged).digest("hex") });
    };
    writeFileSync(spool, kept("1", "torn.bin", "weights", "wei") + kept("2", "empty.bin", "weights", "") + kept("3", "changed.bin", "weights", "WEIGHTS") + kept("4", "gone.bin", "weights", null) + kept("5", "whole.bin", "weights", "weights"));
    await spools.catchUp("one");
    assert.deepEqual(store.read.artifacts.under(`run:${RUN}`, "").map(({ path, bytes }) => [path, bytes]), [["whole.bin", 7]]);
    const said = "PUT artifact was kept while the engine was away and could not be stored: The content of the artifact";
    assert.deepEqual(store.read.launches.byId("one")?.notes, [
      `${said} torn.bin is not whole: 3 of its 7 bytes are there.`,
      `${said} empty.bin is not whole: 0 of its 7 bytes are there.`,
      `${said} changed.bin was changed since it was kept.`,
      `${said} gone.bin is not there.`,
    ]);
    assert.deepEqual(["1", "3", "5"].map((digit) => existsSync(join(folder, "spool", digit.repeat(32)))), [true, true, false], "what was not stored stays where it lies");
  }));
