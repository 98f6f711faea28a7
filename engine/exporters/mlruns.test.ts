import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testPython } from "../../test/fixtures/python.ts";
import { type ImportFixture, unpack, withImports } from "../importers/importers.fixture.ts";
import { inOrder, saidTraces, sorted, storedModels, storedRegistry, storedRuns, storedTraces } from "../importers/mlflow.fixture.ts";
import { fixtures, ownFolder } from "../importers/records.fixture.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { exportRuns } from "./exporters.ts";

interface Named {
  readonly id?: string;
  readonly name?: string;
}
interface Said {
  readonly runs: (Named & { readonly metrics: Readonly<Record<string, unknown[][]>>; readonly params: Readonly<Record<string, string>>; readonly tags: Readonly<Record<string, string>> })[];
  readonly models: Named[];
  readonly registered: Named[];
  readonly versions: Named[];
  readonly traces: Parameters<typeof saidTraces>[0];
}

/** What MLflow's own client reads of a folder (test/fixtures/importers/read_mlflow.py), in the shape of the golden file. */
function readBack(folder: string): Said {
  return JSON.parse(python(folder, [join(fixtures, "read_mlflow.py")]));
}

/** Runs a Python program with the folder's URI as its last word. */
function python(folder: string, words: readonly string[]): string {
  const uri = `file://${encodeURI(folder)}`;
  const env = { ...process.env, MLFLOW_TRACKING_URI: uri, MLFLOW_ALLOW_FILE_STORE: "true", MLFLOW_DISABLE_TELEMETRY: "true" };
  return execFileSync(testPython(), [...words, uri], { env, stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 }).toString();
}

const write = ({ store, artifacts }: ImportFixture, ids: readonly string[], path: string) =>
  exportRuns(ids, "mlruns", path, { store, artifacts, signal: new AbortController().signal, progress: () => undefined });

test("mlruns: logged models, registered versions and traces of the runs are what MLflow's own client first read, and import as what they were", () =>
  withImports(async (fixture) => {
    const source = unpack("mlruns.tar.gz", ownFolder());
    const expected: Said = JSON.parse(readFileSync(join(source, "mlruns.json"), "utf8"));
    await fixture.take(join(source, "mlruns"));
    const { store } = fixture;
    const sweep = expected.runs.find(({ name }) => name === "sweep λ");
    assert.ok(sweep?.id);
    // Its reader forgets the step of values that name a data set; the file had it.
    sweep.metrics["auc"]?.[0]?.splice(0, 1, 3);
    const first = store.read.traces.ofExperiments(store.read.experiments.all().map(({ experimentId }) => experimentId));
    for (const { traceId } of first) await store.write("trace.update", { traceId, setMetadata: [{ key: "mlflow.sourceRun", value: sweep.id }] });
    const path = join(ownFolder(), "ein Ordner", "mlruns");
    const ids = [...store.read.runs.all()].map(({ runId }) => runId);
    const { leftOut } = await write(fixture, ids, path);
    assert.deepEqual(leftOut, []);
    const said = readBack(path);
    assert.deepEqual(inOrder(said.runs), inOrder(expected.runs));
    // What belongs to none of the runs does not go along.
    const models = expected.models.filter(({ name }) => name !== "unready");
    const registered = expected.registered.filter(({ name }) => name !== "nobody's");
    assert.deepEqual([models.length, registered.length, expected.versions.length, first.length], [1, 1, 2, 2]);
    assert.deepEqual(sorted(said.models), sorted(models));
    assert.deepEqual([sorted(said.registered), sorted(said.versions)], [sorted(registered), sorted(expected.versions)]);
    assert.deepEqual(saidTraces(said.traces), storedTraces(fixture));

    await withImports(async (other) => {
      const taken = await other.take(path);
      assert.deepEqual(taken.problems, []);
      assert.deepEqual(inOrder(storedRuns(other)), inOrder(storedRuns(fixture)));
      assert.deepEqual(storedModels(other), sorted(storedModels(fixture)).filter((one) => "name" in one && one.name !== "unready"));
      assert.deepEqual(storedRegistry(other), { registered: storedRegistry(fixture).registered.filter((one) => "name" in one && one.name !== "nobody's"), versions: storedRegistry(fixture).versions });
      assert.deepEqual(storedTraces(other), storedTraces(fixture));
    });
  }));

test("mlruns: what MLflow could not read is left out and named, and costs the rest nothing; files of versions are found by MLflow's client", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    await storeRuns(store, [{ id: "0123456789abcdef0123456789abcdef", params: { lr: "0.1", "optim[0]": "adam" }, tags: { a: "1", "a/b": "2", word: "yes" } }, { id: "other", metrics: { loss: 1 } }]);
    const runId = "0123456789abcdef0123456789abcdef";
    await store.write("run.update", { runIds: [runId], name: "2026-01-31", note: "mind **this**" });
    await artifacts.put({ kind: "run", id: runId }, "model/ä.txt", Buffer.from("weights"));
    const model = { modelId: "m-0123456789abcdef0123456789abcdef", experimentId: "1", name: "=", modelType: null, sourceRun: runId, time: 5, params: [{ key: "depth", value: "3" }], tags: [{ key: "no", value: "on\u2028\u007f" }] };
    await store.write("model.create", model);
    await store.write("run.logBatch", { runId, params: [], tags: [], metrics: [{ key: "f1", value: Number.NaN, step: 1, time: 9, modelId: model.modelId, datasetName: "my data", datasetDigest: "d" }] });
    await store.write("run.logBatch", { runId: "other", params: [], tags: [], metrics: [{ key: "f1", value: 0.5, step: 1, time: 9, modelId: model.modelId }] });
    await store.write("registered.create", { name: "clf", time: 7, description: "it: works", tags: [{ key: "team", value: "null" }] });
    const root = `${store.read.experiments.rootOf(1)}/${runId}/artifacts`;
    const of = { name: "clf", time: 8, runLink: null, description: null, tags: [] };
    await store.write("version.create", { ...of, source: `${root}/model`, location: `${root}/model`, runId, modelId: null });
    await store.write("version.create", { ...of, source: "models:/clf/7", location: "s3://bucket/model", runId: "other", modelId: null });
    const kept = `${store.read.experiments.rootOf(1)}/models/${model.modelId}/artifacts`;
    await store.write("version.create", { ...of, source: kept, location: kept, runId, modelId: model.modelId });
    await store.write("registered.update", { name: "clf", time: 9, setAliases: [{ alias: "champion", version: 1 }, { alias: "rival", version: 2 }] });
    const trace = { traceId: "tr-0123456789abcdef0123456789abcdef", experimentId: "1", time: 11, duration: null, state: "IN_PROGRESS" as const, clientRequestId: "12:30", requestPreview: "{a: 1}", responsePreview: null, tags: [], metadata: [], assessments: [] };
    await store.write("trace.start", trace);
    await store.write("trace.link", { traceIds: [trace.traceId], kind: "run", targets: [runId] });
    const path = join(ownFolder(), "mlruns");
    const { leftOut } = await write(fixture, [runId], path);
    assert.deepEqual(leftOut.toSorted(), [
      "aliases of registered models that stand on versions of other runs (1 run)",
      "links of traces to runs that did not make them (1 run)",
      "log, code, environment, inputs and outputs of the launch (1 run)",
      "on which data set a value of a logged model was measured, where the data set's name has a blank (1 run)",
      "params, tags and metrics whose names MLflow refuses (1 run)",
      "values that other runs measured with their logged models (1 run)",
    ]);
    const { runs, models, registered, versions, traces } = readBack(path);
    assert.deepEqual(runs.map(({ name, params, tags }) => [name, params, tags["a"], tags["word"], tags["mlflow.note.content"]]), [["2026-01-31", { lr: "0.1" }, "1", "yes", "mind **this**"]]);
    const [made] = models.map((one) => Object.entries(one).filter(([key]) => ["name", "params", "tags", "metrics", "status"].includes(key)));
    assert.deepEqual(Object.fromEntries(made ?? []), { name: "=", params: { depth: "3" }, tags: { no: "on\u2028\u007f", "mlflow.modelVersions": '[{"name": "clf", "version": 3}]' }, metrics: [["f1", 1, 9, "NaN", runId, null, null]], status: "PENDING" });
    assert.deepEqual(registered.map((one) => ({ ...one, created: 0, updated: 0 })), [{ name: "clf", description: "it: works", tags: { team: "null" }, aliases: { champion: "1" }, created: 0, updated: 0 }]);
    assert.deepEqual(versions.map((one) => Object.entries(one).filter(([key]) => ["version", "source", "run"].includes(key))), [[["version", "3"], ["source", kept], ["run", runId]], [["version", "1"], ["source", `${root}/model`], ["run", runId]]]);
    assert.deepEqual(traces.map(({ info }) => [info.trace_id, info["client_request_id"], info["request_preview"], info["state"]]), [[trace.traceId, "12:30", "{a: 1}", "IN_PROGRESS"]]);
    const load = "import mlflow; c = mlflow.MlflowClient(); print(open(mlflow.artifacts.download_artifacts(c.get_model_version_download_uri('clf', c.get_model_version_by_alias('clf', 'champion').version)) + '/ä.txt').read(), end='')";
    assert.equal(python(path, ["-c", load]), "weights");
    await withImports(async (other) => {
      const taken = await other.take(path);
      assert.deepEqual(taken.problems, []);
      const places = other.store.read.registry.versions().map(({ version, location, source }) => [version, location, source]);
      assert.deepEqual(places, [[1, `runs:/${runId}/model`, `${root}/model`], [3, `models:/${model.modelId}`, kept]]);
    });
  }));
