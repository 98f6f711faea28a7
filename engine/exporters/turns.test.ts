import assert from "node:assert/strict";
import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { recordsOf } from "../importers/bundle.fixture.ts";
import { bundleParts } from "../importers/bundleFile.ts";
import { type ImportFixture, withImports } from "../importers/importers.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { exportRuns } from "./exporters.ts";
import { LeftOut } from "./leftOut.ts";
import { exportedRun } from "./source.ts";

const POINTS = 11_000;

async function curve({ store }: ImportFixture): Promise<void> {
  await storeRuns(store, [{ id: "one" }, { id: "two" }]);
  await store.write("run.logBatch", { runId: "one", params: [], tags: [], metrics: Array.from({ length: POINTS }, (_, step) => ({ key: "loss", value: step === 7 ? Number.NaN : 1 / (step + 1), step, time: 5 + step })) });
}

test("a curve is read in slices, between which others have their turn, and ends with the signal", () =>
  withImports(async (fixture) => {
    await curve(fixture);
    const { store, artifacts } = fixture;
    const run = store.read.runs.byId("one");
    assert.ok(run);
    const ended = new AbortController();
    const [metric] = exportedRun({ store, artifacts, signal: ended.signal }, run, new LeftOut()).metrics;
    assert.ok(metric);
    let turns = 0;
    const sizes: number[] = [];
    for await (const slice of metric.slices()) {
      assert.equal(turns, sizes.length);
      sizes.push(slice.length);
      setImmediate(() => turns++);
    }
    assert.deepEqual(sizes, [2_000, 2_000, 2_000, 2_000, 2_000, 1_000]);
    assert.deepEqual(metric.last, { value: 1 / POINTS, step: POINTS - 1 });
    await assert.rejects(async () => {
      for await (const _ of metric.slices()) ended.abort();
    }, { name: "AbortError" });
  }));

test("a bundle has the points of a slice in a line, deflated", () =>
  withImports(async (fixture) => {
    await curve(fixture);
    const { store, artifacts } = fixture;
    const { path, points } = await exportRuns(["one"], "bundle", join(ownFolder(), "x"), { store, artifacts, signal: new AbortController().signal, progress: () => undefined });
    assert.equal((await bundleParts(path)).records.deflated, true);
    const curves = (await recordsOf(path)).flatMap(({ k, value }) => (k === "points" && Array.isArray(value) ? [value] : []));
    assert.deepEqual([points, curves.map(({ length }) => length)], [POINTS, [2_000, 2_000, 2_000, 2_000, 2_000, 1_000]]);
    assert.deepEqual(curves[0]?.slice(6, 9), [1 / 7, "NaN", 1 / 9]);
  }));

/** Files below a folder that this process has open; told on Linux only. */
function openBelow(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const file = readlinkSync(join("/proc/self/fd", fd));
      return file.startsWith(folder) ? [file] : [];
    } catch {
      return [];
    }
  });
}

for (const format of ["bundle", "mlruns", "csv", "parquet", "mlmd"] as const) {
  for (const [when, at] of [["after its first run", 1], ["after its last run", 2]] as const) {
    test(`${format}: an export that is cancelled ${when} reads and writes nothing more, leaves nothing, and holds no file open`, () =>
      withImports(async (fixture) => {
        await curve(fixture);
        const { store, artifacts } = fixture;
        const { digest } = await artifacts.put({ kind: "run", id: "one" }, "weights.bin", Buffer.alloc(100_000));
        const folder = ownFolder();
        const cancelled = new AbortController();
        const progress = ({ done }: { readonly done: number }): void => {
          if (done < at) return;
          assert.equal(cancelled.signal.aborted, false, "it went on");
          cancelled.abort();
          // Whoever goes on to the contents finds none.
          rmSync(artifacts.blobs.path(digest), { force: true });
        };
        await assert.rejects(exportRuns(["one", "two"], format, join(folder, "x"), { store, artifacts, signal: cancelled.signal, progress }), { name: "AbortError" });
        assert.deepEqual([readdirSync(folder), openBelow(folder)], [[], []]);
      }));
  }
}
