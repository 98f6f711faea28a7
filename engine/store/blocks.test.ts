import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { seeded } from "../expressions/random.fixture.ts";
import { blockSample, readCurve } from "../runs/curves.ts";
import { openRunTable } from "../runs/openTable.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import type { CurvePoint } from "./blocks.ts";
import { createCommitter } from "./committer.ts";
import { type Db, openConnection } from "./connection.ts";
import { latestVersion, migrate, migrations } from "./migrations.ts";
import { metricReads } from "./read/metrics.ts";
import { openStore, type Store } from "./store.ts";
import { launchOf, temporaryFolder, withStore } from "./store.fixture.ts";

const LONG = process.env["TOUCHSTONE_LONG"] === "1";

/** As the store sorts them. */
const inOrder = (a: CurvePoint, b: CurvePoint): number => a.step - b.step || a.time - b.time || (Number.isNaN(a.value) ? 1 : Number.isNaN(b.value) ? -1 : a.value < b.value ? -1 : 1);

/** What a chart of at most `maxPoints` keeps, found by looking at every point: the definition in words, nothing clever. */
function naive(points: readonly CurvePoint[], maxPoints: number): CurvePoint[] {
  const sorted = [...points].sort(inOrder);
  const stretches = Math.floor((maxPoints - 2) / 3);
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  let width = 1;
  while (Math.floor(last.step / width) - Math.floor(first.step / width) >= stretches) width *= 2;
  const kept = new Set([first, last]);
  const stretch = ({ step }: CurvePoint): number => Math.floor(step / width);
  for (const place of new Set(sorted.map(stretch))) {
    const members = sorted.filter((point) => stretch(point) === place);
    const finite = members.filter(({ value }) => Number.isFinite(value));
    const [low, high] = [Math.min(...finite.map(({ value }) => value)), Math.max(...finite.map(({ value }) => value))];
    for (const point of [finite.find(({ value }) => value === low), finite.find(({ value }) => value === high), members.find(({ value }) => !Number.isFinite(value))]) if (point) kept.add(point);
  }
  return [...kept].sort(inOrder);
}

/** Steps that jump, repeat, go back and below zero; values with NaN, infinities and many equal ones. */
function randomPoints(random: () => number, n: number): CurvePoint[] {
  const wide = random() < 0.5 ? 1 : Math.floor(random() * 5_000) + 1;
  const value = (): number => (random() < 0.01 ? Number.NaN : random() < 0.01 ? Number.NEGATIVE_INFINITY : random() < 0.5 ? Math.floor(random() * 20) : (random() - 0.5) * 1e6);
  const points = new Map<string, CurvePoint>();
  for (let i = 0; i < n; i++) {
    const point = { step: Math.floor((random() < 0.1 ? random() * n * 2 - n / 2 : i) * wide * (random() < 0.001 ? 3 : 1)), time: 1_000 + Math.floor(random() * 50), value: value() };
    points.set(JSON.stringify([point.step, point.time, String(point.value)]), point);
  }
  return [...points.values()];
}

async function log(store: Store, runId: string, points: readonly CurvePoint[], sizes: () => number): Promise<void> {
  for (let from = 0; from < points.length; ) {
    const batch = points.slice(from, (from += sizes()));
    await store.write("run.logBatch", { runId, params: [], tags: [], metrics: batch.map((point) => ({ key: "loss", ...point })) });
  }
}

const sample = (store: Store, maxPoints: number): CurvePoint[] => {
  const blocked = store.read.metrics.blocked(1, "loss");
  assert.ok(blocked, "the curve has blocks");
  return blockSample(blocked, maxPoints);
};

test("blocks kept while points are written in any order, a few or many at a time, are what looking at every point gives", async () => {
  const random = seeded(29);
  for (let round = 0; round < (LONG ? 100 : 8); round++) {
    await withStore(async (store) => {
      await storeRuns(store, [{ id: "r" }]);
      const points = randomPoints(random, 2_100 + Math.floor(random() * 4_000));
      await log(store, "r", points, () => 1 + Math.floor(random() ** 3 * 1_500));
      // The same points again are no new ones.
      await log(store, "r", points.slice(-50), () => 50);
      for (const maxPoints of [1_000, 300, 11]) {
        const kept = sample(store, maxPoints);
        assert.deepEqual(kept, naive(points, maxPoints), `round ${round}, ${maxPoints}`);
        assert.ok(kept.length <= maxPoints);
      }
    });
  }
});

test("a curve over steps and over time comes from its blocks with the exact extremes; a part of it from its points", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "r", start: 1_000 }]);
    const random = seeded(5);
    const points = Array.from({ length: 20_000 }, (_, i) => ({ step: i, time: 2_000 + i * 10, value: i === 12_345 ? 1e9 : i === 777 ? -1e9 : i === 15_000 ? Number.NaN : random() }));
    await log(store, "r", points, () => 5_000);
    const table = openRunTable(store);
    const read = (x: "step" | "relative", from?: number, to?: number) => readCurve(table, store.read, 0, { key: "loss", x, maxPoints: 1_000, from, to });
    const { x, y, points: n } = await read("step");
    assert.deepEqual([n, x.length <= 1_000, x[0], x.at(-1), x[y.indexOf(1e9)], x[y.indexOf(-1e9)], x[y.findIndex(Number.isNaN)]], [20_000, true, 0, 19_999, 12_345, 777, 15_000]);
    const late = await read("relative");
    assert.deepEqual([late.x[0], late.x.at(-1), late.x[late.y.indexOf(1e9)], late.points], [1_000, 200_990, 1_000 + 123_450, 20_000]);
    assert.ok(late.x.every((at, i) => i === 0 || at > late.x[i - 1]!));
    const part = await read("step", 12_000, 12_500);
    assert.deepEqual([part.x.length, part.y[345]], [501, 1e9]);
  }));

/** A store with a run and these points as it was before there were blocks, brought up to date. */
async function older(folder: string, points: readonly CurvePoint[]): Promise<Db> {
  const store = await openStore({ folder });
  await storeRuns(store, [{ id: "r" }]);
  await log(store, "r", points, () => 2_500);
  await store.close();
  const db = openConnection(join(folder, ".touchstone", "touchstone.db"), "write");
  db.exec("DROP TABLE curve_blocks; DROP TABLE curve_backlog; ALTER TABLE latest DROP COLUMN block_level");
  db.pragma("user_version = 2");
  migrate(db, migrations.slice(0, 3));
  // The later steps were done when it was made.
  db.pragma(`user_version = ${latestVersion()}`);
  return db;
}

test("a store from before there were blocks gets them after it was opened", async () => {
  const { folder, dispose } = temporaryFolder();
  const points = randomPoints(seeded(7), 12_000);
  (await older(folder, points)).close();
  const store = await openStore({ folder });
  while (!(await store.write("metric.index", null)).done);
  assert.deepEqual(sample(store, 1_000), naive(points, 1_000));
  assert.equal(store.read.metrics.backlog(), 0);
  await store.close();
  dispose();
});

test("an older curve becomes blocks in several writes, and what is logged into it meanwhile, before and behind them, is in them", async () => {
  for (let round = 0; round < (LONG ? 30 : 3); round++) {
    const { folder, dispose } = temporaryFolder();
    const random = seeded(40 + round);
    const all = randomPoints(random, 16_000 + round).toSorted(() => random() - 0.5);
    const [before, meanwhile] = [all.slice(0, 14_000), all.slice(14_000)];
    const db = await older(folder, before);
    const commit = createCommitter(db);
    const reads = metricReads(db);
    const write = (op: "metric.index" | "run.logBatch", input: unknown): unknown => {
      const [result] = commit([{ id: 1, op, input }]).results;
      assert.ok(result && "output" in result);
      return result.output;
    };
    let writes = 0;
    for (let done = false; !done; writes++) {
      assert.equal(reads.blocked(1, "loss") === null, reads.backlog() > 0, "blocks are shown once they are whole");
      done = isDeepStrictEqual(write("metric.index", null), { done: true });
      write("run.logBatch", { runId: "r", params: [], tags: [], metrics: meanwhile.splice(0, 300).map((point) => ({ key: "loss", ...point })) });
    }
    assert.ok(writes > 3, `${writes} writes`);
    const logged = new Set(meanwhile);
    const blocked = reads.blocked(1, "loss");
    assert.ok(blocked);
    assert.deepEqual(blockSample(blocked, 1_000), naive(all.filter((point) => !logged.has(point)), 1_000), `round ${round}`);
    db.close();
    dispose();
  }
});

test("a writer that is killed in the middle leaves blocks that fit the points that are there", async () => {
  for (let round = 0; round < (LONG ? 20 : 2); round++) {
    const { folder, dispose } = temporaryFolder();
    const child = spawn(process.execPath, [join(import.meta.dirname, "blocks.fixture.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    let told = "";
    await new Promise<void>((resolve) => child.stdout.on("data", (text: Buffer) => (told += text.toString()).split("\n").length > 60 + round && resolve()));
    child.kill("SIGKILL");
    assert.equal(await ended, "SIGKILL", "it was still at it");
    const store = await openStore({ folder });
    const points = store.read.metrics.points(1, "loss");
    assert.ok(points.length >= told.trim().split("\n").length * 70, "what was acknowledged is there");
    assert.deepEqual(sample(store, 1_000), naive(points, 1_000));
    await store.close();
    dispose();
  }
});

test("a metric that was printed and is then logged by code loses its blocks with its points", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l", "r"));
    const printed = Array.from({ length: 3_000 }, (_, step) => ({ key: "loss", value: step, step, time: step, origin: "printed" as const }));
    await store.write("launch.events", { launchId: "l", stream: "log", from: 0, to: 1, metrics: printed });
    assert.ok(store.read.metrics.blocked(1, "loss"));
    await log(store, "r", [{ step: 0, time: 1, value: 5 }], () => 1);
    assert.equal(store.read.metrics.blocked(1, "loss"), null);
    await log(store, "r", Array.from({ length: 3_000 }, (_, i) => ({ step: i + 1, time: 1, value: 1 })), () => 3_000);
    assert.equal(sample(store, 1_000)[0]?.value, 5);
    assert.ok(sample(store, 1_000).every(({ value }) => value <= 5), "nothing of the printed copy is left");
  }));
