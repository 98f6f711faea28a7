import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { TouchstoneError } from "../api/tokens.ts";
import type { Committed } from "./committer.ts";
import type { LaunchEvents } from "./operations.ts";
import { openStore } from "./store.ts";
import { launchOf, temporaryFolder, withStore } from "./store.fixture.ts";

const batch = (runId: string) => ({ runId, metrics: [], params: [], tags: [] });
const coded = (code: string) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === code;

test("a launch begins with one run in the script's experiment", () =>
  withStore(async (store) => {
    const { experimentId } = await store.write("launch.create", launchOf("l1", "r1", { params: [{ key: "lr", value: "0.1", source: "argument" }] }));
    const run = store.read.runs.byId("r1");
    assert.equal(run?.experimentId, Number(experimentId));
    assert.equal(store.read.experiments.byName("train.py")?.script, "train.py");
    assert.deepEqual(store.read.runs.params(run?.runKey ?? 0).map(({ key, value, source }) => [key, value, source]), [["lr", "0.1", "argument"]]);
    assert.equal(readFileSync(join(store.dir, ".gitignore"), "utf8"), "*\n");
  }));

test("metrics keep NaN and infinities, and the newest value with its extremes", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const values = [3, Number.NaN, Number.POSITIVE_INFINITY, -0.5, 2];
    await store.write("run.logBatch", { ...batch("r1"), metrics: values.map((value, step) => ({ key: "loss", value, step, time: 10 + step })) });
    // The same points again, as a client that missed the answer sends them: they are stored once.
    await store.write("run.logBatch", { ...batch("r1"), metrics: values.map((value, step) => ({ key: "loss", value, step, time: 10 + step })) });
    const { runKey = 0 } = store.read.runs.byId("r1") ?? {};
    assert.deepEqual(store.read.metrics.points(runKey, "loss").map(({ value }) => value), values);
    const [latest] = store.read.runs.latest(runKey);
    assert.deepEqual(latest, { runKey, key: "loss", value: 2, step: 4, time: 14, min: -0.5, max: Number.POSITIVE_INFINITY, points: 5, origin: "client" });
  }));

test("a failed write leaves nothing behind and the ones beside it stand", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const results = await Promise.allSettled([
      store.write("run.logBatch", { ...batch("r1"), params: [{ key: "lr", value: "0.1" }] }),
      store.write("run.logBatch", { ...batch("r1"), metrics: [{ key: "never", value: 1, step: 0, time: 1 }], params: [{ key: "new", value: "x" }, { key: "lr", value: "0.2" }] }),
      store.write("run.logBatch", { ...batch("r1"), tags: [{ key: "team", value: "blue" }] }),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
    assert.ok(results[1]?.status === "rejected" && coded("PARAM_CHANGED")(results[1].reason));
    const { runKey = 0 } = store.read.runs.byId("r1") ?? {};
    assert.deepEqual(store.read.runs.params(runKey).map(({ key, value }) => [key, value]), [["lr", "0.1"]]);
    assert.deepEqual(store.read.runs.latest(runKey), []);
    assert.equal(store.read.runs.tag(runKey, "team").value, "blue");
  }));

test("a write that fails alone leaves nothing behind: not its key either, and the next one stands", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    await store.write("run.logBatch", { ...batch("r1"), params: [{ key: "lr", value: "0.1" }] });
    await assert.rejects(store.write("run.logBatch", { ...batch("r1"), params: [{ key: "new", value: "x" }, { key: "lr", value: "0.2" }] }), coded("PARAM_CHANGED"));
    const { runKey = 0 } = store.read.runs.byId("r1") ?? {};
    assert.deepEqual(store.read.runs.params(runKey).map(({ key, value }) => [key, value]), [["lr", "0.1"]]);
    await store.write("run.logBatch", { ...batch("r1"), params: [{ key: "new", value: "y" }] });
    assert.deepEqual(store.read.runs.params(runKey).map(({ key, value }) => [key, value]).sort(), [["lr", "0.1"], ["new", "y"]]);
  }));

test("a batch of many keys folds each into what was known of it, an older point and a new key too", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const some = (count: number, step: number, value: (k: number) => number) => Array.from({ length: count }, (_, k) => ({ key: `m${k}`, value: value(k), step, time: step }));
    await store.write("run.logBatch", { ...batch("r1"), metrics: some(40, 5, (k) => k) });
    await store.write("run.logBatch", { ...batch("r1"), metrics: some(41, 3, (k) => -k) });
    await store.write("run.logBatch", { ...batch("r1"), metrics: some(40, 9, (k) => (k === 7 ? Number.NaN : 100 + k)) });
    const latest = new Map(store.read.runs.latest(store.read.runs.byId("r1")?.runKey ?? 0).map((row) => [row.key, row]));
    const told = (key: string) => {
      const row = latest.get(key);
      return row && [row.value, row.step, row.min, row.max, row.points];
    };
    assert.deepEqual([told("m7"), told("m39"), told("m40")], [[Number.NaN, 9, -7, 7, 3], [139, 9, -39, 139, 3], [-40, 3, -40, -40, 1]]);
  }));

test("the effects of a launch's file are stored exactly once", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const point = (value: number) => ({ key: "loss", value, step: null, time: 5, origin: "script" as const, file: "train.py", line: 41 });
    const events: LaunchEvents = { launchId: "l1", stream: "events", from: 0, to: 120, metrics: [point(3), point(2)], notes: ["no PTY"] };
    assert.deepEqual(await store.write("launch.events", events), { applied: true, offset: 120 });
    assert.deepEqual(await store.write("launch.events", events), { applied: false, offset: 120 });
    assert.deepEqual(await store.write("launch.events", { ...events, from: 120, to: 200, metrics: [point(1)] }), { applied: true, offset: 200 });
    const launch = store.read.launches.byId("l1");
    assert.deepEqual(store.read.metrics.points(launch?.runKey ?? 0, "loss"), [3, 2, 1].map((value, step) => ({ step, time: 5, value })));
    assert.deepEqual(launch?.notes, ["no PTY"]);
    assert.deepEqual(store.read.launches.sites(launch?.launchKey ?? 0).get("loss"), { file: "train.py", line: 41 });
  }));

test("a value that the store refuses costs itself only: its stream goes on, and a note says so", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const point = (key: string, step: number) => ({ key, value: 1, step, time: 5, origin: "script" as const });
    const events: LaunchEvents = {
      launchId: "l1", stream: "events", from: 0, to: 120,
      metrics: [point("new", 0.5), point("loss", 1), point("loss", 1.5), point("loss", 2)], tags: [{ key: "team", value: "blue" }], notes: ["no PTY"], progress: "2/3",
    };
    assert.deepEqual(await store.write("launch.events", events), { applied: true, offset: 120 });
    assert.deepEqual(await store.write("launch.events", { ...events, from: 120, to: 140, metrics: [point("new", 3)] }), { applied: true, offset: 140 });
    const launch = store.read.launches.byId("l1");
    const runKey = launch?.runKey ?? 0;
    assert.deepEqual(["loss", "new"].map((key) => store.read.metrics.points(runKey, key).map(({ step }) => step)), [[1, 2], [3]]);
    assert.equal(store.read.runs.tag(runKey, "team").value, "blue");
    assert.equal(launch?.notes[0], "no PTY");
    assert.deepEqual(launch?.notes.slice(1).map((note) => note.split(" could not be stored: ")[0]), ["A value of the metric new", "A value of the metric loss"]);
  }));

test("a printed value yields to what code logs, in whichever order they come", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const printed = (from: number, value: number): LaunchEvents => ({
      launchId: "l1", stream: "log", from, to: from + 10,
      metrics: ["loss", "speed"].map((key) => ({ key, value, step: from, time: from, origin: "printed" })),
    });
    await store.write("launch.events", printed(0, 0.9));
    await store.write("run.logBatch", { ...batch("r1"), metrics: [{ key: "loss", value: 0.12345, step: 1, time: 9 }] });
    await store.write("launch.events", printed(10, 0.1));
    const { runKey = 0 } = store.read.runs.byId("r1") ?? {};
    assert.deepEqual(store.read.metrics.points(runKey, "loss").map(({ value }) => value), [0.12345]);
    assert.deepEqual(store.read.metrics.points(runKey, "speed").map(({ value }) => value), [0.9, 0.1]);
  }));

test("the end of a launch closes what its client left open, with the truth", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    await store.write("run.create", { runId: "own", experimentId: "0", launchId: "l1", name: "x", named: false, user: null, start: 2_000, tags: [] });
    await store.write("run.create", { runId: "r2", experimentId: "0", launchId: "l1", name: "y", named: false, user: null, start: 2_100, tags: [] });
    await store.write("run.update", { runIds: ["r2"], status: "finished", end: 2_200 });
    await store.write("launch.update", { launchId: "l1", status: "failed", exitCode: 3, end: 3_000, lastLine: "bye" });
    const [first, second] = ["r1", "r2"].map((id) => store.read.runs.byId(id));
    assert.deepEqual([first?.status, first?.end, first?.error], ["failed", 3_000, "exit code 3: bye"]);
    assert.deepEqual([second?.status, second?.end, second?.error], ["finished", 2_200, null]);
    assert.equal(store.read.runs.byId("own"), undefined, "the launch's own run was adopted");
  }));

test("a run that the unwinding interpreter called finished did not finish", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    await store.write("run.update", { runIds: ["r1"], status: "finished", end: 2_005 });
    const exception = { type: "ValueError", message: "NaN loss\nmore", site: null, traceback: "", time: 2_000 };
    await store.write("launch.events", { launchId: "l1", stream: "events", from: 0, to: 10, exception });
    await store.write("launch.update", { launchId: "l1", status: "failed", exitCode: 1, end: 2_100 });
    const run = store.read.runs.byId("r1");
    assert.deepEqual([run?.status, run?.error], ["failed", "ValueError: NaN loss"]);
  }));

test("a reader hears of each commit with the rows as they are after it", () =>
  withStore(async (store) => {
    const seen: unknown[] = [];
    store.onChange(({ runs, latest, tags }) => seen.push([runs.map((run) => run.runId), latest.map((row) => [row.key, row.value]), tags.map((tag) => [tag.key, tag.value])]));
    await store.write("launch.create", launchOf("l1", "r1"));
    await store.write("run.logBatch", { ...batch("r1"), metrics: [{ key: "loss", value: 2, step: 0, time: 1 }], tags: [{ key: "a", value: "b" }] });
    await store.write("run.update", { runIds: ["r1"], deleteTags: ["a"] });
    assert.deepEqual(seen, [[["r1"], [], []], [[], [["loss", 2]], [["a", "b"]]], [["r1"], [], [["a", null]]]]);
  }));

test("what was acknowledged is there when the store is opened again", async () => {
  const { folder, dispose } = temporaryFolder();
  const first = await openStore({ folder });
  await first.write("launch.create", launchOf("l1", "r1"));
  await first.close();
  const again = await openStore({ folder, readOnly: true });
  assert.equal(again.read.runs.byId("r1")?.user, "ada");
  await assert.rejects(again.write("run.update", { runIds: ["r1"], starred: true }), coded("STORE_READ_ONLY"));
  await again.close();
  dispose();
});

test("a writer that ends by itself is told, with what it left undone; one that is closed is not", async () => {
  const { folder, dispose } = temporaryFolder();
  const [one, other] = [join(folder, "a"), join(folder, "b")];
  for (const path of [one, other]) mkdirSync(path);
  const workers: Worker[] = [];
  const collect = (worker: Worker): void => void workers.push(worker);
  process.on("worker", collect);
  const [broken, closed] = [await openStore({ folder: one }), await openStore({ folder: other })];
  process.off("worker", collect);
  const told: string[] = [];
  const failed = new Promise<void>((resolve) => broken.onFailed(({ shape }) => (told.push(shape.code), resolve())));
  closed.onFailed(() => told.push("closed"));
  await closed.close();
  await workers[0]?.terminate();
  await failed;
  await assert.rejects(broken.write("launch.create", launchOf("l1", "r1")), coded("STORE_FAILED"));
  broken.onFailed(() => told.push("late"));
  await broken.close();
  assert.deepEqual(told, ["STORE_FAILED", "late"]);
  dispose();
});

test("a writer that cannot tell what it stored acknowledges it and counts as failed", async () => {
  const { folder, dispose } = temporaryFolder();
  const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
  const store = await openStore({ folder });
  const worker = await started;
  const failed = new Promise<string>((resolve) => store.onFailed(({ message }) => resolve(message)));
  const committed: Committed = { results: [{ id: 1, output: { experimentId: "5" } }], change: null, fault: "disk I/O error" };
  const written = store.write("experiment.create", { name: "own", time: 1, tags: [] });
  worker.emit("message", committed);
  assert.deepEqual(await written, { experimentId: "5" });
  assert.match(await failed, /disk I\/O error/);
  await assert.rejects(store.write("experiment.create", { name: "next", time: 1, tags: [] }), coded("STORE_FAILED"));
  await worker.terminate();
  await store.close();
  dispose();
});

test("a clock that jumps: no run ends before it began, the newest value is the one of the last step, nothing is lost", () =>
  withStore(async (store) => {
    const hour = 3_600_000;
    await store.write("launch.create", launchOf("l1", "r1", { start: 10 * hour }));
    const point = (step: number | null, time: number, value: number) => ({ key: "loss", value, step, time, origin: "script" as const });
    // Back by nine hours after the first point, then forward by a year.
    const times = [10 * hour + 1, hour, hour + 5, hour + 10, 9_000 * hour];
    const points = times.map((time, step) => point(step === 2 ? null : step, time, 1 / (step + 1)));
    await store.write("launch.events", { launchId: "l1", stream: "events", from: 0, to: 50, metrics: points.slice(0, 4) });
    await store.write("launch.events", { launchId: "l1", stream: "events", from: 50, to: 60, metrics: points.slice(4) });
    await store.write("launch.update", { launchId: "l1", status: "finished", exitCode: 0, end: hour });
    const run = store.read.runs.byId("r1");
    assert.deepEqual([run?.status, run?.start, run?.end, store.read.launches.byId("l1")?.end], ["finished", 10 * hour, 10 * hour, 10 * hour]);
    const [latest] = store.read.runs.latest(run?.runKey ?? 0);
    assert.deepEqual([latest?.value, latest?.step, latest?.points], [0.2, 4, 5]);
    assert.deepEqual(store.read.metrics.points(run?.runKey ?? 0, "loss").map(({ step, time }) => [step, time]), times.map((time, step) => [step, time]));
  }));
