import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import type { LaunchRecord } from "../store/records.ts";
import { EndedLaunches } from "./ended.ts";
import { compareSnapshots } from "./slices.ts";
import { readSnapshot, type Snapshot, type SnapshotGroup, writeSnapshot } from "./snapshot.ts";

const keys = (n: number): BigUint64Array => BigUint64Array.from({ length: n }, (_, i) => BigInt(i + 1));
const snapshot = (errors: Float64Array | Uint8Array, groups: readonly SnapshotGroup[] = [], measure: Snapshot["measure"] = "loss"): Snapshot => ({ version: 1, measure, lossName: "squared error", keys: keys(errors.length), errors, groups });
const where = (n: number, fits: (row: number) => boolean): Uint32Array => Uint32Array.from(Array.from({ length: n }, (_, row) => row).filter(fits));

test("an item whose loss is not finite in some run is left out and counted, and takes no verdict with it", () => {
  const [a, b] = [0, 0.5].map((more) => Float64Array.from({ length: 40 }, (_, i) => (i % 7) + more + (i % 3) / 10));
  b![4] = Number.NaN;
  a![9] = Number.POSITIVE_INFINITY;
  const tag = { kind: "tag" as const, name: "first", rows: where(40, (row) => row < 20) };
  const paired = compareSnapshots([snapshot(a!, [tag]), snapshot(b!)], 0);
  assert.deepEqual([paired.paired, paired.left], [true, 4]);
  assert.deepEqual(paired.rows.map(({ n }) => n), [[38, 38], [18, 18]]);
  for (const { changes } of paired.rows) assert.ok(Math.abs(Number(changes[1]?.difference.value) - 0.5) < 1e-12);
  const other = compareSnapshots([snapshot(a!, [tag]), { ...snapshot(b!, [tag]), keys: new BigUint64Array(0) }], 0);
  assert.deepEqual([other.paired, other.left, other.rows.map(({ n }) => n)], [false, 2, [[39, 39], [19, 19]]]);
  assert.ok(other.rows.every(({ rates }) => rates.every((rate) => Number.isFinite(rate?.value))));
});

test("nothing but losses that are not finite: no verdict", () => {
  const none = snapshot(new Float64Array(30).fill(Number.NaN));
  assert.equal(compareSnapshots([snapshot(new Float64Array(30).fill(1)), none], 0).rows[0]?.changes[1]?.verdict, "unknown");
});

test("equal models: the worst slices of one's own errors are no finding, in 100 simulations", () => {
  const random = seeded(7);
  const n = 200;
  let claimed = 0;
  for (let round = 0; round < 100; round++) {
    const errors = (): Uint8Array => Uint8Array.from({ length: n }, () => Number(random() < 0.2));
    const [a, b] = [errors(), errors()];
    const features = Array.from({ length: 10 }, () => Uint8Array.from({ length: n }, () => Math.floor(random() * 8)));
    // What a search does: of all cells those in which this run errs most.
    const rate = (of: Uint8Array, rows: Uint32Array): number => rows.reduce((sum, row) => sum + (of[row] ?? 0), 0) / rows.length;
    const cells = features.flatMap((values, feature) => Array.from({ length: 8 }, (_, value): SnapshotGroup => ({ kind: "slice", name: `f${feature} = ${value}`, rows: where(n, (row) => values[row] === value) })));
    const worst = (of: Uint8Array): SnapshotGroup[] => cells.toSorted((x, y) => rate(of, y.rows) - rate(of, x.rows)).slice(0, 12);
    const { rows } = compareSnapshots([snapshot(a, worst(a), "errors"), snapshot(b, worst(b), "errors")], 0);
    const slices = rows.filter(({ kind }) => kind === "slice");
    assert.ok(slices.length > 0);
    if (slices.some(({ changes }) => changes[1]?.verdict !== "unknown" || changes[1].p !== null)) claimed++;
  }
  assert.equal(claimed, 0);
});

test("counted errors are kept as bytes, and of many snapshots the newest", async () => {
  const { folder, dispose } = temporaryFolder();
  try {
    const files = ["a", "b", "c"].map((name) => join(folder, "evaluations", `${name}.bin`));
    for (const [i, file] of files.entries()) {
      await writeSnapshot(file, snapshot(Uint8Array.of(0, 1, 1), [], "errors"), 2);
      utimesSync(file, i, i);
    }
    assert.deepEqual(files.map(existsSync), [false, true, true]);
    assert.deepEqual((await readSnapshot(files[2] ?? ""))?.errors, Uint8Array.of(0, 1, 1));
  } finally {
    dispose();
  }
});

test("a link in the cache, put there after the store was opened, is not followed", async () => {
  const { folder, dispose } = temporaryFolder();
  try {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    mkdirSync(join(folder, "cache", "data"), { recursive: true });
    symlinkSync(outside, join(folder, "cache", "evaluations"), "junction");
    writeFileSync(join(outside, "mine"), "mine");
    symlinkSync(join(outside, "mine"), join(folder, "cache", "data", "a.bin"));
    for (const kind of ["evaluations", "data"]) {
      await assert.rejects(writeSnapshot(join(folder, "cache", kind, "a.bin"), snapshot(Uint8Array.of(0), [], "errors")), (error) => error instanceof TouchstoneError && error.shape.code === "INVALID_PATH");
    }
    assert.deepEqual([readdirSync(outside), readFileSync(join(outside, "mine"), "utf8")], [["mine"], "mine"]);
  } finally {
    dispose();
  }
});

test("the end of a launch is told once, however often it changes afterwards", () => {
  const launch = (launchKey: number, status: LaunchRecord["status"]): LaunchRecord => ({ launchKey, launchId: `l${launchKey}`, runKey: launchKey, experimentId: 1, script: null, status, commit: null, added: null, removed: null });
  const ended = new EndedLaunches([launch(1, "finished"), launch(2, "running")]);
  const changes = [[launch(1, "finished")], [launch(2, "running"), launch(3, "running")], [launch(2, "finished")], [launch(2, "finished"), launch(3, "failed"), launch(4, "lost")], [launch(4, "finished")]];
  assert.deepEqual(changes.map((change) => ended.take(change)), [[], [], ["l2"], ["l3", "l4"], []]);
});
