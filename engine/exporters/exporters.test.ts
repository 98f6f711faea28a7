import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testPython } from "../../test/fixtures/python.ts";
import type { ExportFormat } from "../api/exporters.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { type ImportFixture, unpack, withImports } from "../importers/importers.fixture.ts";
import { inOrder, storedRuns } from "../importers/mlflow.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { coded } from "../runs/runs.fixture.ts";
import { exportRuns } from "./exporters.ts";

/** A store with the runs that mlflow 3.17.2 wrote (test/fixtures/importers/make_mlflow.py), all kinds of values among them. */
const withRuns = (body: (fixture: ImportFixture, write: (format: ExportFormat, path: string) => ReturnType<typeof exportRuns>) => Promise<void>): Promise<void> =>
  withImports(async (fixture) => {
    await fixture.take(join(unpack("mlruns.tar.gz", ownFolder()), "mlruns"));
    const { store, artifacts } = fixture;
    const ids = [...store.read.runs.all()].map(({ runId }) => runId);
    await body(fixture, (format, path) => exportRuns(ids, format, path, { store, artifacts, signal: new AbortController().signal, progress: () => undefined }));
  });

/** Links to models and data sets have ids of their own; what the client made of names stays. */
const comparable = (fixture: ImportFixture): object[] => inOrder(storedRuns(fixture));

/** A bundle is of its time: whether a run that ran then still runs nobody knows, so that it is lost, and ended when the bundle was made. */
function ended(run: object, taken: object | undefined, since: number): object {
  if (!("status" in run) || run.status !== "RUNNING") return run;
  assert.ok(taken !== undefined && "end" in taken && typeof taken.end === "number" && taken.end >= since && taken.end <= Date.now());
  return { ...run, status: undefined, end: taken.end };
}

for (const [format, name] of [["mlruns", "mlruns"], ["bundle", "all runs.touchstone-bundle"]] as const) {
  test(`${format}: what was written and taken in again is what was there, value by value, with every artifact`, () =>
    withRuns(async (fixture, write) => {
      const path = join(ownFolder(), name);
      const since = Date.now();
      const result = await write(format, path);
      assert.equal(result.runs, 6);
      await withImports(async (other) => {
        const taken = await other.take(path);
        assert.deepEqual(taken.problems, []);
        const there = comparable(other);
        assert.deepEqual(there, format === "bundle" ? comparable(fixture).map((run, i) => ended(run, there[i], since)) : comparable(fixture));
        const again = await other.take(path);
        assert.deepEqual([again.added.runs, again.added.points, again.added.artifacts], [0, 0, 0]);
      });
    }));
}

test("mlruns: MLflow's own client reads the folder", () =>
  withRuns(async ({ store }, write) => {
    const path = join(ownFolder(), "mlruns");
    await write("mlruns", path);
    const program = `import json, sys, mlflow
c = mlflow.MlflowClient(tracking_uri=sys.argv[1])
runs = [r for e in c.search_experiments(view_type=3) if e.lifecycle_stage == "active" for r in c.search_runs([e.experiment_id], run_view_type=3)]
print(json.dumps({r.info.run_id: [r.info.run_name, r.info.status, len(r.data.params), r.data.params.get("optim/lr"), [[m.step, m.value] for m in (c.get_metric_history(r.info.run_id, "val/loss") if "val/loss" in r.data.metrics else [])][:3], sorted(f.path for f in (c.list_artifacts(r.info.run_id) if r.info.lifecycle_stage == "active" else []))] for r in runs}))`;
    const said: Record<string, unknown[]> = JSON.parse(execFileSync(testPython(), ["-c", program, `file://${path}`], { env: { ...process.env, MLFLOW_ALLOW_FILE_STORE: "true", MLFLOW_DISABLE_TELEMETRY: "true" }, stdio: ["ignore", "pipe", "inherit"] }).toString());
    const runs = [...store.read.runs.all()];
    // Its client does not look into experiments that are deleted.
    assert.deepEqual(Object.keys(said).sort(), runs.filter(({ experimentId }) => store.read.experiments.byId(experimentId)?.deleted === null).map(({ runId }) => runId).sort());
    const sweep = runs.find(({ name }) => name === "sweep λ");
    assert.deepEqual(said[sweep?.runId ?? ""], ["sweep λ", "FINISHED", 4, "0.1", [[0, 1], [1, 0.5], [2, 1 / 3]], ["a b+c.txt", "empty.bin", "größe.json", "plots"]]);
  }));

test("tables: every point stands in CSV, JSON lines and Parquet alike; what is left out is said", () =>
  withRuns(async ({ store }, write) => {
    const folder = ownFolder();
    const points = [...store.read.runs.all()].reduce((sum, { runKey }) => sum + store.read.runs.latest(runKey).reduce((n, one) => n + one.points, 0), 0);
    for (const format of ["csv", "jsonl", "parquet"] as const) {
      const result = await write(format, join(folder, format));
      assert.deepEqual([result.runs, result.points], [6, points]);
      assert.ok(result.leftOut.some((text) => /^contents of artifacts: paths and digests are kept \(1 run\)$/.test(text)), result.leftOut.join("; "));
      assert.deepEqual(readdirSync(join(folder, format)).sort(), ["artifacts", "datasets", "metrics", "params", "runs", "tags"].map((name) => `${name}.${format}`));
    }
    const program = `import sys, json, pandas as pd
d = sys.argv[1]
kw = dict(keep_default_na=False, na_values=[])
a = pd.read_parquet(d + "/parquet/metrics.parquet")
b = pd.read_csv(d + "/csv/metrics.csv", dtype={"run_id": str, "key": str, "value": str}, **kw)
c = pd.DataFrame([json.loads(line) for line in open(d + "/jsonl/metrics.jsonl", encoding="utf-8")])
k = ["run_id", "key", "step", "time"]
a, b, c = [x.assign(value=x.value.astype(float)).sort_values(k + ["value"]).reset_index(drop=True) for x in (a, b, c)]
pd.testing.assert_frame_equal(a, b, check_dtype=False)
pd.testing.assert_frame_equal(a, c, check_dtype=False)
p = pd.read_csv(d + "/csv/params.csv", dtype=str, **kw)
print(json.dumps([len(a), int(a.value.isna().sum()), sorted(p.key)]))`;
    const [count, missing, keys] = JSON.parse(execFileSync(testPython(), ["-c", program, folder]).toString());
    assert.deepEqual([count, missing, keys], [points, 2, ["a.b", "depth", "empty", "long", "optim/lr"]]);
  }));

test("ML Metadata: executions, contexts, data sets and events, tied by their ids", () =>
  withRuns(async ({ store }, write) => {
    const path = join(ownFolder(), "runs.json");
    const { leftOut } = await write("mlmd", path);
    assert.ok(leftOut.some((text) => text.startsWith("all but the last point of each metric")));
    const said = JSON.parse(readFileSync(path, "utf8"));
    assert.deepEqual([said.schema, said.executions.length, said.contexts.map(({ name }: { name: string }) => name).sort()], ["touchstone-mlmd-1", 6, ["Default", "old idea", "titanic"]]);
    const sweep = said.executions.find(({ properties }: { properties: { run_name: { stringValue: string } } }) => properties.run_name.stringValue === "sweep λ");
    assert.deepEqual([sweep.lastKnownState, sweep.customProperties["param/optim/lr"], sweep.customProperties["metric/val/loss"], sweep.customProperties["metric/val/loss/step"]], ["COMPLETE", { stringValue: "0.1" }, { doubleValue: 1 / 300 }, { intValue: 299 }]);
    const tied = (type: string): string[] => said.events.flatMap((one: { executionId: number; artifactId: number; type: string }) => (one.executionId === sweep.id && one.type === type ? [said.artifacts[one.artifactId - 1].name] : []));
    assert.deepEqual([tied("INPUT"), tied("OUTPUT").sort()], [["train"], ["a b+c.txt", "empty.bin", "größe.json", "plots/deep/x.svg"]]);
    assert.equal(said.associations.length, [...store.read.runs.all()].length);
  }));

test("a target that is not empty is left alone; a failed export leaves nothing", () =>
  withRuns(async (_, write) => {
    const folder = ownFolder();
    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "mine.txt"), "mine");
    await assert.rejects(write("csv", full), coded("EXPORT_NOT_EMPTY"));
    assert.deepEqual(readdirSync(full), ["mine.txt"]);
    writeFileSync(join(folder, "a file"), "");
    await assert.rejects(write("bundle", join(folder, "a file", "b.touchstone-bundle")), coded("EXPORT_FAILED"));
    assert.deepEqual(readdirSync(folder).sort(), ["a file", "full"]);
  }));

test("a place where nothing can be made is said, for a folder and for a file, and for one below a folder that is missing", { timeout: 60_000 }, () =>
  withRuns(async (_, write) => {
    for (const [format, path] of [["csv", "/proc/x"], ["mlruns", "/proc/a/b"], ["bundle", "/proc/x.touchstone-bundle"]] as const) {
      const error: unknown = await write(format, path).then(() => null, (thrown: unknown) => thrown);
      assert.ok(error instanceof TouchstoneError);
      assert.deepEqual([error.shape.code, error.shape.file, error.shape.hint], ["EXPORT_FAILED", path, "Choose another folder; nothing was written."]);
      assert.match(error.shape.message, /^The runs cannot be written: E[A-Z]+: /);
    }
    const deep = join(ownFolder(), "nightly", "today");
    assert.equal((await write("csv", deep)).path, deep);
  }));

test("a content of a bundle that was changed is told, the rest is taken in", () =>
  withRuns(async (_, write) => {
    const folder = ownFolder();
    const { path } = await write("bundle", join(folder, "cut"));
    assert.equal(path, join(folder, "cut.touchstone-bundle"));
    const whole = readFileSync(path);
    // A content is stored as it is: change one byte of it.
    const at = whole.indexOf(Buffer.from("blank\n"));
    assert.ok(at > 0);
    whole[at] = 0x42;
    const changed = join(folder, "changed.touchstone-bundle");
    writeFileSync(changed, whole);
    await withImports(async (other) => {
      const taken = await other.take(changed);
      assert.match(taken.problems.map(({ file, reason }) => `${file}: ${reason}`).join("\n"), /a b\+c\.txt: Its content is damaged/);
      assert.equal(other.store.read.runs.count() > 0, true);
    });
  }));
