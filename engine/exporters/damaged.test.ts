import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ExportFormat } from "../api/exporters.ts";
import { createArtifacts, type Artifacts } from "../artifacts/artifacts.ts";
import { type ImportFixture, withImports } from "../importers/importers.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { coded, storeRuns } from "../runs/runs.fixture.ts";
import { exportRuns } from "./exporters.ts";

const RUN = "a".repeat(32);
const write = ({ store }: ImportFixture, format: ExportFormat, path: string, artifacts: Artifacts) => exportRuns([RUN], format, path, { store, artifacts, signal: new AbortController().signal, progress: () => undefined });

test("an artifact that is damaged or gone is said with its path and run, the rest is written; formats without contents read none", () =>
  withImports(async (fixture) => {
    await storeRuns(fixture.store, [{ id: RUN }]);
    const put = (name: string) => fixture.artifacts.put({ kind: "run", id: RUN }, name, Buffer.from(name));
    const [damaged, gone] = [await put("m.txt"), await put("gone.txt"), await put("whole.txt")];
    const file = fixture.artifacts.blobs.path(damaged.digest);
    chmodSync(file, 0o644);
    writeFileSync(file, "evil!");
    rmSync(fixture.artifacts.blobs.path(gone.digest));
    const said = [`artifact gone.txt of the run ${RUN}: its content is gone from the store`, `artifact m.txt of the run ${RUN}: its content is damaged`];
    for (const [format, artifacts] of [["bundle", 1], ["mlruns", 1], ["csv", 0], ["mlmd", 0]] as const) {
      const result = await write(fixture, format, join(ownFolder(), "x"), createArtifacts(fixture.store));
      assert.equal(result.artifacts, artifacts);
      assert.deepEqual(result.leftOut.filter((what) => what.startsWith("artifact ")).sort(), artifacts === 1 ? said : []);
      if (format === "csv") assert.ok(readFileSync(join(result.path, "artifacts.csv"), "utf8").includes(`m.txt,5,${damaged.digest}`));
    }
  }));

test("a damaged traces.json is said with its trace and reason; the trace goes along without spans, and so does everything else", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    await storeRuns(store, [{ id: RUN }]);
    const [bad, gone, good] = ["1", "2", "3"].map((digit) => `tr-${digit.repeat(32)}`);
    const spans = '{"spans": [{"name": "λ"}]}';
    for (const traceId of [bad, gone, good].map(String)) {
      await store.write("trace.start", { traceId, experimentId: "0", time: 11, duration: 5, state: "OK", clientRequestId: null, requestPreview: "q", responsePreview: null, tags: [], metadata: [{ key: "mlflow.sourceRun", value: RUN }], assessments: [] });
      const { digest } = await artifacts.put({ kind: "trace", id: traceId }, "traces.json", Buffer.from(traceId === good ? spans : `{"of": "${traceId}"}`));
      if (traceId === good) continue;
      const file = artifacts.blobs.path(digest);
      chmodSync(file, 0o644);
      if (traceId === bad) writeFileSync(file, "evil!");
      else rmSync(file);
    }
    const said = [`artifact traces.json of the trace ${bad}: its content is damaged`, `artifact traces.json of the trace ${gone}: its content is gone from the store`];
    const bundle = await write(fixture, "bundle", join(ownFolder(), "x"), createArtifacts(store));
    assert.deepEqual(bundle.leftOut.filter((what) => what.startsWith("artifact ")).sort(), said);
    await withImports(async (other) => {
      assert.deepEqual((await other.take(bundle.path)).problems, []);
      const traces = other.store.read.traces.ofRuns([RUN]).map(({ trace }) => trace);
      assert.deepEqual(traces.map(({ traceId, requestPreview }) => [traceId, requestPreview]).sort(), [bad, gone, good].map((id) => [id, "q"]));
    });
    const folder = await write(fixture, "mlruns", join(ownFolder(), "x"), createArtifacts(store));
    assert.deepEqual(folder.leftOut.filter((what) => what.startsWith("artifact ")).sort(), said);
    const written = (traceId: string): string => readFileSync(join(folder.path, "0", "traces", traceId, "artifacts", "traces.json"), "utf8");
    assert.deepEqual([bad, gone, good].map((id) => written(String(id))), ['{"spans": []}', '{"spans": []}', spans]);
  }));

test("of many artifacts eight are read at a time", () =>
  withImports(async (fixture) => {
    await storeRuns(fixture.store, [{ id: RUN }]);
    for (let at = 0; at < 30; at++) await fixture.artifacts.put({ kind: "run", id: RUN }, `f/${at}.txt`, Buffer.from(String(at)));
    let [now, most] = [0, 0];
    const counted: Artifacts = {
      ...fixture.artifacts,
      async locate(owner, path) {
        most = Math.max(most, ++now);
        try {
          return await fixture.artifacts.locate(owner, path);
        } finally {
          now--;
        }
      },
    };
    assert.equal((await write(fixture, "bundle", join(ownFolder(), "x"), counted)).artifacts, 30);
    assert.equal(most, 8);
  }));

for (const [format, name] of [["bundle", "x.touchstone-bundle"], ["mlmd", "x.json"]] as const) {
  test(`${format}: only an earlier export of the format is replaced`, () =>
    withImports(async (fixture) => {
      await storeRuns(fixture.store, [{ id: RUN }]);
      const folder = ownFolder();
      const path = join(folder, name);
      await write(fixture, format, path, fixture.artifacts);
      await write(fixture, format, path, fixture.artifacts);
      const place = (own: string): string => join(folder, own, name);
      for (const own of ["text", "link", "folder"]) mkdirSync(join(folder, own));
      writeFileSync(place("text"), "precious");
      symlinkSync(path, place("link"));
      mkdirSync(place("folder"));
      for (const own of ["text", "link", "folder"]) {
        await assert.rejects(write(fixture, format, place(own), fixture.artifacts), coded("EXPORT_EXISTS"));
        assert.deepEqual(readdirSync(join(folder, own)), [name]);
      }
      assert.equal(readFileSync(place("text"), "utf8"), "precious");
      // Saved there by somebody while the export was written.
      mkdirSync(join(folder, "late"));
      const { store, artifacts } = fixture;
      await assert.rejects(exportRuns([RUN], format, place("late"), { store, artifacts, signal: new AbortController().signal, progress: () => writeFileSync(place("late"), "precious") }), coded("EXPORT_EXISTS"));
      assert.deepEqual([readdirSync(join(folder, "late")), readFileSync(place("late"), "utf8")], [[name], "precious"]);
    }));
}
