import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createHash } from "node:crypto";
import { type Zippable, zipSync } from "fflate";
import { BUNDLED, bundleOfRuns } from "./bundle.fixture.ts";
import { type ImportFixture, withImports } from "./importers.fixture.ts";
import { ownFolder } from "./records.fixture.ts";
import { exportRuns } from "../exporters/exporters.ts";
import { launchFiles } from "../launches/files.ts";
import { readLogThrough } from "../launches/logReader.ts";
import { launchOf } from "../store/store.fixture.ts";

// One run in several bundles: what is here stays, what was removed comes back.

const text = (words: string): Buffer => Buffer.from(words);
const [FIRST, SECOND] = BUNDLED;

/** A bundle as somebody made it by hand. */
function made(records: readonly object[], more: Zippable = {}): string {
  const file = join(ownFolder(), "stranger.touchstone-bundle");
  const lines = records.map((one) => `${JSON.stringify(one)}\n`).join("");
  writeFileSync(file, zipSync({ "records.jsonl": text(lines), ...more, "touchstone-bundle.json": text('{"format":"touchstone-bundle","version":1,"runs":1}') }));
  return file;
}

/** All that a page shows of a run. */
function shown({ store: { read } }: ImportFixture, runId: string): object {
  const run = read.runs.byId(runId);
  assert.ok(run);
  const launch = run.launchKey === null ? undefined : read.launches.byKey(run.launchKey);
  const { name, nameFrom, starred, status, error, end, deleted } = run;
  return {
    name, nameFrom, starred, status, error, end, deleted, words: read.runs.words(run.runKey),
    params: read.runs.params(run.runKey).map(({ key, value }) => [key, value]),
    points: read.runs.latest(run.runKey).map(({ key, value, points }) => [key, value, points]),
    artifacts: read.artifacts.under(`run:${runId}`, "").map(({ path, digest }) => [path, digest]),
    launch: launch && { id: launch.launchId, command: launch.command, status: launch.status, logBytes: launch.logBytes, packages: launch.packages, environment: launch.environment, first: launch.runId },
    blobs: launch && read.launches.blobs(launch.launchKey),
    evaluations: read.evaluations.whole(runId).map(({ evaluationId }) => evaluationId),
  };
}

test("a stranger's bundle changes nothing of a run that another source brought, and says so", () =>
  withImports(async (fixture) => {
    const own = join(ownFolder(), "all.touchstone-bundle");
    await bundleOfRuns(own);
    await fixture.take(own);
    const before = shown(fixture, FIRST);
    const evil = text("evil");
    const blob = createHash("sha256").update(evil).digest("hex");
    const stranger = made(
      [
        // Who knows the id may know when it began.
        { k: "run", run: FIRST, id: FIRST, name: "evil", start: 1_700_000_000_000, end: 1_700_000_000_006, status: "finished" },
        { k: "param", run: FIRST, key: "lr", value: "666", source: "argument" },
        { k: "tag", run: FIRST, key: "team", value: "evil" },
        { k: "points", run: FIRST, key: "loss", step: [99], time: [99], value: [0] },
        { k: "own", run: FIRST, name: "evil", nameFrom: "client", status: "running", launch: null, first: false, error: "hi", progress: null, exception: null, starred: true },
        { k: "file", run: FIRST, name: "notes/a.txt", blob },
      ],
      { [`blobs/${blob}`]: [evil, { level: 0 }] },
    );
    const { added, problems, here } = await fixture.take(stranger);
    assert.deepEqual(shown(fixture, FIRST), before);
    assert.deepEqual([here, added.params, added.points, added.artifacts], [1, 0, 0, 0]);
    assert.deepEqual(problems.map(({ reason }) => reason), [`The run evil (${FIRST}) stays as it is: another source brought it, and this one says otherwise of it.`]);
  }));

test("the same bundle under another name changes nothing: what a person changed here since stays", () =>
  withImports(async (fixture) => {
    const folder = ownFolder();
    const path = join(folder, "all.touchstone-bundle");
    await bundleOfRuns(path);
    await fixture.take(path);
    await fixture.store.write("run.update", { runIds: [FIRST], starred: true, name: "mine", nameFrom: "person" });
    const before = [shown(fixture, FIRST), shown(fixture, SECOND)];
    cpSync(path, join(folder, "copy.touchstone-bundle"));
    const { problems, here } = await fixture.take(join(folder, "copy.touchstone-bundle"));
    assert.deepEqual([problems, here, [shown(fixture, FIRST), shown(fixture, SECOND)]], [[], 2, before]);
  }));

/** A launch of two runs, in three bundles: of both, of the first, of the second. */
async function ofOneLaunch({ store, artifacts }: ImportFixture): Promise<readonly [string, string, string]> {
  const { digest, bytes } = await artifacts.blobs.put(text("print(1)\n"));
  await store.write("launch.create", launchOf("l1", FIRST));
  await store.write("launch.update", { launchId: "l1", logBytes: 6, environment: { A: "b" }, packages: [{ name: "numpy", version: "2.1" }], blobs: [{ kind: "source", path: "train.py", digest, bytes }] });
  await store.write("run.create", { runId: "f".repeat(32), experimentId: "0", launchId: "l1", name: "", named: false, user: null, start: 1_001, tags: [] });
  await store.write("run.create", { runId: SECOND, experimentId: "0", launchId: "l1", name: "beside", named: true, user: null, start: 1_002, tags: [] });
  await store.write("run.logBatch", { runId: FIRST, metrics: [{ key: "loss", value: 1, step: 1, time: 2_000 }], params: [{ key: "lr", value: "0.1" }], tags: [] });
  await store.write("launch.update", { launchId: "l1", status: "failed", exitCode: 1, end: 3_000, lastLine: "ValueError: x" });
  await store.write("run.update", { runIds: [FIRST], name: "the good one", nameFrom: "person", starred: true });
  mkdirSync(launchFiles(store.folder, "l1").folder, { recursive: true });
  writeFileSync(launchFiles(store.folder, "l1").log, "hello\n");
  await artifacts.put({ kind: "run", id: FIRST }, "m.txt", text("mine"));
  const folder = ownFolder();
  const write = async (name: string, ids: readonly string[]): Promise<string> => {
    const path = join(folder, `${name}.touchstone-bundle`);
    await exportRuns(ids, "bundle", path, { store, artifacts, signal: new AbortController().signal, progress: () => undefined });
    return path;
  };
  return [await write("both", [FIRST, SECOND]), await write("first", [FIRST]), await write("second", [SECOND])];
}

const logOf = ({ store }: ImportFixture): string => Buffer.from(readLogThrough(launchFiles(store.folder, "l1"), 0, 1e6).data).toString();

test("what was pruned comes back whole from its bundle, and from the same one under another name: launch, log, code, name, star, error", () =>
  withImports(async (fixture) => {
    const [both] = await ofOneLaunch(fixture);
    await withImports(async (other) => {
      await other.take(both);
      const all = (): unknown => [shown(other, FIRST), shown(other, SECOND), logOf(other)];
      const before = all();
      const copy = join(ownFolder(), "copy.touchstone-bundle");
      cpSync(both, copy);
      for (const path of [both, copy, both]) {
        const { launches } = await other.store.write("run.prune", { runIds: [FIRST, SECOND], modelIds: [] });
        assert.deepEqual([launches, [...other.store.read.runs.all()].length], [["l1"], 0]);
        const { problems, added } = await other.take(path);
        assert.deepEqual([problems, added.runs, all()], [[], 2, before]);
      }
    });
  }));

test("two bundles with one run each of the same launch: both runs stand under it, in any order", () =>
  withImports(async (fixture) => {
    const [both, first, second] = await ofOneLaunch(fixture);
    await withImports(async (whole) => {
      await whole.take(both);
      for (const order of [[first, second], [second, first]]) {
        await withImports(async (other) => {
          for (const path of order) assert.deepEqual((await other.take(path)).problems, []);
          for (const id of [FIRST, SECOND]) assert.deepEqual(shown(other, id), shown(whole, id));
          assert.equal(logOf(other), "hello\n");
        });
      }
    });
  }));
