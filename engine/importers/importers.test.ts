import assert from "node:assert/strict";
import { appendFileSync, cpSync, globSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import type { ImportResult } from "../api/importers.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { QUIET_MS } from "../store/operations/imports.ts";
import { launchOf } from "../store/store.fixture.ts";
import { findSources } from "./find.ts";
import { runJob } from "./job.ts";
import { neptune } from "./neptune.ts";
import { dateOf } from "./neptuneRun.ts";
import { type Packed, Packer } from "./pack.ts";
import { type ImportFixture, unpack, withImports } from "./importers.fixture.ts";
import { Importers } from "./importers.ts";
import { fixtures, ownFolder } from "./records.fixture.ts";
import { createImportThread } from "./thread.ts";

const signal = new AbortController().signal;
const quiet = (): void => undefined;

/** What a user's private folder remembers. */
function remembering() {
  let names: ReadonlySet<string> = new Set();
  return { followedOutside: () => names, keepFollowedOutside: (now: ReadonlySet<string>): void => void (names = now) };
}

/** The importers of a store; what a followed source brought is waited for with `next`. */
async function withImporters({ store, artifacts }: ImportFixture, body: (importers: Importers, next: () => Promise<ImportResult>) => Promise<void>, outside = remembering()): Promise<void> {
  const thread = createImportThread(assert.fail);
  const come: ImportResult[] = [];
  let wake = quiet;
  const importers = new Importers({ store, artifacts, thread, log: quiet, outside, onFollowed: (result) => (come.push(result), wake()) });
  const next = async (): Promise<ImportResult> => {
    while (come.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const [first] = come.splice(0, 1);
    assert.ok(first);
    return first;
  };
  try {
    await body(importers, next);
  } finally {
    importers.close();
    await thread.close();
  }
}

/** Looks with each change of the store whether something is so; throws when the test's time is up. */
function until(store: ImportFixture["store"], isSo: () => boolean, ended: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    ended.addEventListener("abort", () => reject(new Error(`Not so: ${isSo.toString()}`)), { once: true });
    const look = (): void => void (isSo() && resolve());
    store.onChange(look);
    look();
  });
}

function runNamed({ store }: ImportFixture, name: string) {
  const run = [...store.read.runs.all()].find((one) => one.name === name);
  assert.ok(run, name);
  return run;
}

test("followed: rows that a database gets, a file that is written anew, and after a restart without being asked", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlflow-db.tar.gz", ownFolder());
    const root = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    const file = join(folder, "mlflow.db");
    const log = (step: number, value: number): void => {
      const db = new Database(file);
      db.prepare("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) SELECT 'loss', ?, 1750000000500, run_uuid, ?, 0 FROM runs WHERE name = 'diverged'").run(value, step);
      db.close();
    };
    const outside = remembering();
    await withImporters(fixture, async (importers, next) => {
      assert.equal((await importers.import({ path: file, follow: true }, signal, quiet)).follow, true);
      log(50, 0.5);
      const { added } = await next();
      assert.deepEqual(added, { runs: 0, points: 1, params: 0, tags: 0, models: 0, versions: 0, traces: 0, artifacts: 0 });
    }, outside);
    log(51, 0.25);
    await withImporters(fixture, async (importers, next) => {
      importers.resume();
      assert.equal((await next()).added.points, 1);
      assert.deepEqual(importers.sources().map(({ format, path, runs, follow, present }) => [format, path, runs, follow, present]), [["mlflow-db", file, 6, true, true]]);
      await importers.follow({ path: file, format: "mlflow-db", follow: false });
      await importers.import({ path: root, follow: true }, signal, quiet);
      const [loss = ""] = globSync("*/*/metrics/loss", { cwd: root });
      // Another file in its place, longer than the one before: only its inode says so.
      writeFileSync(join(root, "..", "new"), Array.from({ length: 20 }, (_, step) => `1750000000000 7.5 ${100 + step}\n`).join(""));
      renameSync(join(root, "..", "new"), join(root, loss));
      assert.equal((await next()).added.points, 20);
    }, outside);
    const { store } = fixture;
    const diverged = [...store.read.runs.all()].filter(({ name }) => name === "diverged").map(({ runKey }) => store.read.metrics.points(runKey, "loss").at(-1)?.value);
    assert.deepEqual(diverged, [0.25, 7.5]);
  }));

test("a store that came with a folder follows nothing outside of it: neither absolute, nor by .., nor through a link", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const elsewhere = unpack("mlflow-db.tar.gz", ownFolder());
    const file = join(elsewhere, "mlflow.db");
    symlinkSync(elsewhere, join(store.folder, "linked"));
    cpSync(file, join(store.folder, "mlflow.db"));
    const time = 1;
    for (const path of [file, relative(store.folder, file), "linked/mlflow.db", "mlflow.db"]) await store.write("import.follow", { path, format: "mlflow-db", follow: true, time });
    await withImporters(fixture, async (importers, next) => {
      importers.resume();
      assert.equal((await next()).path, join(store.folder, "mlflow.db"));
      assert.deepEqual(importers.sources().filter(({ follow }) => follow).map(({ path }) => path), [join(store.folder, "mlflow.db")]);
      // Each look of the others would have been over by now: they began with the one that is told.
      assert.deepEqual(store.read.sources.all().filter(({ runs }) => runs > 0).map(({ path }) => path), ["mlflow.db"]);
    });
  }));

const fateOf = ({ store }: ImportFixture): string[] => [...store.read.runs.all()].map(({ status }) => status);

test("a followed log that says no end runs until following ends, or until nothing came of it for ten minutes", { timeout: 60_000 }, (t) =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const file = join(store.folder, "log.csv");
    writeFileSync(file, "step,loss\n0,0.5\n");
    await withImporters(fixture, async (importers) => {
      await importers.import({ path: file, follow: true }, signal, quiet);
      assert.deepEqual(fateOf(fixture), ["running"]);
      await importers.follow({ path: file, format: "csv", follow: false });
      assert.deepEqual(fateOf(fixture), ["finished"], "nobody follows it any more");
      await importers.import({ path: file, follow: true }, signal, quiet);
      appendFileSync(file, "1,0.25\n");
      await until(store, () => fateOf(fixture)[0] === "running", t.signal);
      t.mock.timers.enable({ apis: ["Date"], now: Date.now() + QUIET_MS });
      await until(store, () => fateOf(fixture)[0] === "finished", t.signal);
    });
  }));

test("a followed source in the folder that becomes a link to one outside is not read any more", { timeout: 60_000 }, (t) =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const [file, outside] = [join(store.folder, "log.csv"), join(ownFolder(), "secret.csv")];
    writeFileSync(file, "step,loss\n0,0.5\n");
    writeFileSync(outside, "step,loss\n0,0.5\n1,7\n2,8\n");
    let looked = quiet;
    const outsiders = { ...remembering(), followedOutside: () => (looked(), new Set<string>()) };
    await withImporters(fixture, async (importers, next) => {
      await importers.import({ path: file, follow: true }, signal, quiet);
      unlinkSync(file);
      symlinkSync(outside, file);
      // The second look begins when the first is over.
      const looks = new Promise<string>((resolve, reject) => {
        t.signal.addEventListener("abort", () => reject(new Error("Nobody asked whether it may be followed.")), { once: true });
        let count = 0;
        looked = () => void (++count === 2 && resolve("two looks"));
      });
      assert.equal(await Promise.race([looks, next()]), "two looks");
    }, outsiders);
    const [run] = store.read.runs.all();
    assert.equal(store.read.metrics.points(run?.runKey ?? 0, "loss").length, 1);
  }));

test("what a person changed here since stays when the source is read again, and when it says something new", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const root = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    await fixture.take(root);
    const [sweep, gone] = [runNamed(fixture, "sweep λ"), runNamed(fixture, "diverged")];
    await store.write("run.update", { runIds: [sweep.runId], name: "my best", note: "mine", setTags: [{ key: "deep/tag", value: "mine" }, { key: "own", value: "1" }] });
    await store.write("run.update", { runIds: [gone.runId], deleted: true });
    const meta = join(root, globSync(`*/${sweep.runId}/meta.yaml`, { cwd: root })[0] ?? "");
    writeFileSync(meta, readFileSync(meta, "utf8").replace("run_name: sweep λ", "run_name: renamed there").replace("status: 3", "status: 4"));
    writeFileSync(join(meta, "..", "tags", "mlflow.source.name"), "other.py");
    writeFileSync(join(meta, "..", "tags", "deep", "tag"), "said anew");
    await fixture.take(root);
    const now = store.read.runs.byId(sweep.runId);
    assert.deepEqual([now?.name, now?.status, store.read.runs.words(sweep.runKey).note], ["my best", "failed", "mine"]);
    assert.notEqual(store.read.runs.byId(gone.runId)?.deleted, null);
    const tags = Object.fromEntries(store.read.runs.tags(sweep.runKey).map(({ key, value }) => [key, value]));
    assert.deepEqual([tags["deep/tag"], tags["own"], tags["mlflow.source.name"]], ["mine", "1", "other.py"]);
  }));

test("runs that were pruned stay gone while their source is followed, and come back whole when a person imports it again", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    const root = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    await fixture.take(root);
    const runs = [...store.read.runs.all()];
    const said = (run: (typeof runs)[number] | undefined) => run && { ...run, runKey: 0, color: 0, metrics: store.read.runs.latest(run.runKey).map(({ key, points, value }) => ({ key, points, value })), params: store.read.runs.params(run.runKey).map(({ key, value }) => [key, value]), artifacts: store.read.artifacts.under(`run:${run.runId}`, "").map(({ path }) => path) };
    // One in the middle goes with its row, the newest one leaves its row.
    const diverged = runNamed(fixture, "diverged");
    const newest = runs.toSorted((a, b) => b.runKey - a.runKey)[0];
    const pruned = [diverged, newest].filter((run) => run !== undefined);
    const before = pruned.map(said);
    await store.write("run.prune", { runIds: pruned.map(({ runId }) => runId), modelIds: [] });
    const thread = createImportThread(assert.fail);
    const [found] = (await findSources(root)).sources;
    assert.ok(found);
    const [loss = ""] = globSync(`*/${diverged.runId}/metrics/loss`, { cwd: root });
    appendFileSync(join(root, loss), "1750000000500 0.5 900\n");
    const { added } = await runJob({ store, artifacts, thread, ...found, follow: true, live: true, signal, progress: quiet });
    await thread.close();
    assert.deepEqual([added.runs, added.points, store.read.runs.byId(diverged.runId)], [0, 0, undefined]);
    writeFileSync(join(root, loss), readFileSync(join(root, loss), "utf8").replace("1750000000500 0.5 900\n", ""));
    assert.equal((await fixture.take(root)).added.runs, pruned.length);
    assert.deepEqual(pruned.map(({ runId }) => said(store.read.runs.byId(runId))), before);
  }));

test("a reader that breaks off: what it said before is stored with its files; one odd date of Neptune's is no reason to", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    const folder = ownFolder();
    writeFileSync(join(folder, "notes.txt"), "kept");
    const packer = new Packer();
    packer.add({ k: "run", run: "a", name: "half" });
    packer.add({ k: "artifact", run: "a", name: "notes.txt", file: join(folder, "notes.txt") });
    const broken = new TouchstoneError({ code: "IMPORT_FAILED", message: "Broke off." });
    const thread = { read: async (_what: unknown, take: (pack: Packed) => Promise<void>) => { await take(packer.take()); throw broken; }, close: async () => undefined };
    await assert.rejects(runJob({ store, artifacts, thread, reader: neptune, detected: { path: folder }, follow: false, live: false, signal, progress: quiet }), broken);
    assert.deepEqual(store.read.artifacts.under(`run:${runNamed(fixture, "half").runId}`, "").map(({ path }) => path), ["notes.txt"]);
    assert.deepEqual([dateOf(0), dateOf(9e15), dateOf(null)], ["1970-01-01T00:00:00.000Z", "9000000000000000", ""]);
  }));

test("a run that was tracked here is not touched by a source that holds it too", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const root = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    const id = (globSync("*/*/metrics/loss", { cwd: root })[0] ?? "").split(/[\\/]/)[1] ?? "";
    await store.write("launch.create", launchOf("l1", id));
    const { runs, here } = await fixture.take(root);
    assert.deepEqual([runs, here], [6, 1]);
    const run = store.read.runs.byId(id);
    assert.deepEqual([run?.status, store.read.runs.latest(run?.runKey ?? 0)], ["running", []]);
  }));

test("cancelled half-way, what came until then stays, and the next import brings the rest, nothing twice", () =>
  withImports(async (fixture) => {
    const root = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    const [loss = ""] = globSync("*/*/metrics/loss", { cwd: root });
    writeFileSync(join(root, loss), Array.from({ length: 200_000 }, (_, step) => `${1_750_000_000_000 + step} ${step} ${step}\n`).join(""));
    await withImporters(fixture, async (importers) => {
      const controller = new AbortController();
      const off = fixture.store.onChange(({ latest }) => {
        if (latest.some(({ points }) => points >= 20_000)) controller.abort();
      });
      await assert.rejects(importers.import({ path: root }, controller.signal, quiet), (error) => error instanceof TouchstoneError && error.shape.code === "CANCELLED");
      off();
      const { runKey } = runNamed(fixture, "diverged");
      const before = fixture.store.read.metrics.count(runKey, "loss");
      assert.ok(before >= 20_000 && before < 200_000, String(before));
      await importers.import({ path: root }, signal, quiet);
      assert.equal(fixture.store.read.metrics.count(runKey, "loss"), 200_000);
    });
  }));

test("several sources at one path are named; one of them is meant by its format", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlruns.tar.gz", ownFolder());
    cpSync(join(fixtures, "tensorboard", "runs", "torchlike"), join(folder, "logs"), { recursive: true });
    await withImporters(fixture, async (importers) => {
      await assert.rejects(importers.import({ path: folder }, signal, quiet), (error) => error instanceof TouchstoneError && error.shape.code === "IMPORT_AMBIGUOUS");
      assert.equal((await importers.import({ path: folder, format: "mlruns" }, signal, quiet)).runs, 6);
      await assert.rejects(importers.import({ path: join(folder, "mlruns.json") }, signal, quiet), (error) => error instanceof TouchstoneError && error.shape.code === "IMPORT_NOTHING");
    });
  }));

test("a CSV file that was passed over in a folder is not named once it was imported, nor is one that a launch wrote", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const folder = ownFolder();
    const [mine, other, launchs] = ["a.csv", "b.csv", "c.csv"].map((name) => join(folder, name));
    for (const file of [mine, other, launchs]) writeFileSync(file ?? "", "step,loss\n0,1\n");
    await store.write("launch.create", launchOf("l1", "r1"));
    await store.write("launch.events", { launchId: "l1", stream: "events", from: 0, to: 10, sources: [{ path: launchs ?? "", start: 0 }] });
    await withImporters(fixture, async (importers) => {
      assert.deepEqual(await importers.find(folder), { sources: [], passedOver: [mine, other] });
      await assert.rejects(importers.import({ path: folder }, signal, quiet), (error) => error instanceof TouchstoneError && error.shape.hint === "2 CSV files that look like logs of metrics were passed over: a.csv, b.csv; to import one, point at it.");
      await importers.import({ path: mine ?? "" }, signal, quiet);
      assert.deepEqual(await importers.find(folder), { sources: [], passedOver: [other] });
    });
  }));
