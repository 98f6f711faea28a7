// Against a real `mlflow server` over a database that MLflow's own client filled (test/fixtures/importers/make_mlflow.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort, startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { type ImportFixture, unpack, withImports } from "../importers/importers.fixture.ts";
import { saidTraces, sorted, storedRegistry, storedTraces } from "../importers/mlflow.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { until } from "../life/engines.fixture.ts";
import { runModels } from "../runs/models.ts";
import { coded } from "../runs/runs.fixture.ts";
import { RemoteServer } from "./client.ts";
import { type Gate, openGate } from "./gate.fixture.ts";
import { Mirror } from "./mirror.ts";
import { Push } from "./push.ts";

interface Registered {
  readonly name: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, string>>;
}
interface Version extends Omit<Registered, "aliases"> {
  readonly version: string;
  readonly run: string;
  readonly source: string;
  readonly stage: string;
  readonly aliases: readonly string[];
}

let reference: Side;
let gate: Gate;
let golden: { readonly registered: readonly Registered[]; readonly versions: readonly Version[]; readonly traces: Parameters<typeof saidTraces>[0]; readonly models: readonly { readonly id: string; readonly name: string }[]; readonly runs: readonly { readonly id: string; readonly name: string }[] };
const signal = new AbortController().signal;

before(async () => {
  const folder = unpack("mlflow-db.tar.gz", ownFolder());
  golden = JSON.parse(readFileSync(join(folder, "mlflow.db.json"), "utf8"));
  reference = await startReference(testPython(), { folder, port: await freePort() });
  gate = await openGate(reference.uri);
});
after(async () => {
  gate.close();
  await reference.stop();
});

interface Pulling extends ImportFixture {
  readonly mirror: Mirror;
  readonly log: string[];
  sync(): Promise<void>;
}

const server = (): RemoteServer => new RemoteServer({ uri: gate.uri, username: "ada", password: "pässwort" });

const withMirror = (body: (given: Pulling) => Promise<void>): Promise<void> =>
  withImports(async (fixture) => {
    const log: string[] = [];
    const mirror = new Mirror({ ...fixture, server: server(), log: (line) => void log.push(line), onStatus: () => undefined, watched: () => true });
    try {
      await body({ ...fixture, mirror, log, sync: () => mirror.sync(signal, () => undefined) });
    } finally {
      gate.fate = () => "pass";
      mirror.close();
    }
  });

async function call(path: string, body?: object, method = body === undefined ? "GET" : "POST"): Promise<{ [key: string]: never }> {
  const answer = await fetch(`${reference.uri}/api/${path.startsWith("3.0/") ? `3.0/mlflow/${path.slice(4)}` : `2.0/mlflow/${path}`}`, { method, ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

const shown = (fixture: ImportFixture) => {
  const { registered, versions } = storedRegistry(fixture) as unknown as { registered: Registered[]; versions: Version[] };
  const of = (name: string) => ({
    model: registered.filter((one) => one.name === name).map(({ description, tags, aliases }) => [description, tags, aliases]),
    versions: versions.filter((one) => one.name === name).map(({ version, stage, description, tags }) => `${version} ${stage} ${description ?? ""} ${JSON.stringify(tags)}`),
  });
  return { registered, versions, of };
};
const traceIds = ({ store: { read } }: ImportFixture): string[] => read.traces.ofExperiments(read.experiments.all().map(({ experimentId }) => experimentId)).map(({ traceId }) => traceId);

async function startTrace(experiment: string, id: number, state = "OK"): Promise<string> {
  const trace_id = `tr-${String(id).padStart(32, "0")}`;
  await call("3.0/traces", { trace: { trace_info: { trace_id, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }, request_time: new Date(1_600_000_000_000 + id).toISOString(), execution_duration: "0.5s", state } } });
  return trace_id;
}

test("registered models with their versions, stages, aliases and tags, and traces with spans and assessments stand here as the server's client reads them", () =>
  withMirror(async (given) => {
    const { store, mirror, sync } = given;
    await sync();
    assert.deepEqual(mirror.status.notShown, []);
    const { registered, versions } = storedRegistry(given);
    // What is empty there is null here.
    assert.deepEqual(sorted(registered), sorted(golden.registered.map((one) => ({ ...one, description: one.description || null }))));
    assert.deepEqual(sorted(versions), sorted(golden.versions.map((one) => ({ ...one, description: one.description || null, model: /^models:\/(m-.*)/.exec(one.source)?.[1] ?? null }))));
    assert.deepEqual(storedTraces(given), saidTraces(golden.traces));
    assert.ok(storedTraces(given).some((one) => "spans" in one && Array.isArray(one.spans) && one.spans.length === 2));
    // The page of the run that they were made of.
    const sweep = golden.runs.find(({ name }) => name === "sweep λ")?.id ?? "";
    const models = runModels(store.read, sweep, store.read.runs.byId(sweep)?.runKey ?? 0);
    assert.deepEqual(models.map(({ name, versions: own }) => [name, own]), [["tree", [{ name: "survivors", version: 1, stage: "None", aliases: ["champion"] }]], ["plots", [{ name: "survivors", version: 2, stage: "Staging", aliases: [] }]]]);
    const told: string[] = [];
    store.onChange(({ runs }) => told.push(...runs.map(({ runId }) => runId)));
    await sync();
    assert.deepEqual([storedRegistry(given), storedTraces(given).length, told.filter((id) => id === sweep)], [{ registered, versions }, 2, []]);
  }));

test("what is changed on the server is changed here, what is taken away there goes here, and what is new comes by itself", () =>
  withMirror(async (given) => {
    const { store, mirror, sync } = given;
    const { experiment_id: experiment } = await call("experiments/create", { name: "changes" });
    const { run } = (await call("runs/create", { experiment_id: experiment, run_name: "maker" })) as unknown as { run: { info: { run_id: string } } };
    const { model } = (await call("logged-models", { experiment_id: experiment, name: "forest", source_run_id: run.info.run_id, tags: [{ key: "a", value: "1" }, { key: "b", value: "2" }] })) as unknown as { model: { info: { model_id: string } } };
    const modelId = model.info.model_id;
    await call("registered-models/create", { name: "moving", description: "as it was", tags: [{ key: "a", value: "1" }, { key: "b", value: "2" }] });
    await call("registered-models/create", { name: "leaving" });
    for (const source of ["s3://bucket/one", "s3://bucket/two"]) for (const name of ["moving", "leaving"]) await call("model-versions/create", { name, source, run_id: run.info.run_id });
    await call("model-versions/set-tag", { name: "moving", version: "1", key: "ok", value: "yes" });
    await call("registered-models/alias", { name: "moving", alias: "best", version: "1" });
    await call("registered-models/alias", { name: "moving", alias: "old", version: "1" });
    const [kept, gone] = [await startTrace(experiment ?? "", 1, "IN_PROGRESS"), await startTrace(experiment ?? "", 2)];
    for (const key of ["a", "b"]) await call(`3.0/traces/${kept}/tags`, { key, value: "1" }, "PATCH");
    const judge = async (assessment_name: string): Promise<string> => {
      const { assessment } = (await call(`3.0/traces/${kept}/assessments`, { assessment: { assessment_name, trace_id: kept, source: { source_type: "HUMAN", source_id: "ada" }, feedback: { value: 3 } } })) as unknown as { assessment: { assessment_id: string } };
      return assessment.assessment_id;
    };
    const first = await judge("first");
    await judge("second");
    await sync();
    assert.deepEqual(shown(given).of("moving"), { model: [["as it was", { a: "1", b: "2" }, { best: "1", old: "1" }]], versions: ['1 None  {"ok":"yes"}', "2 None  {}"] });
    const trace = () => {
      const { traceKey, state } = store.read.traces.byId(kept) ?? assert.fail();
      return [state, store.read.traces.values(traceKey, "tag").map(({ key, value }) => `${key} ${value}`).filter((one) => !one.startsWith("mlflow.")), store.read.traces.assessments(traceKey).map(({ name, value }) => `${name} ${value}`)];
    };
    assert.deepEqual(trace(), ["IN_PROGRESS", ["a 1", "b 1"], ["first 3.0", "second 3.0"]]);

    await call("registered-models/update", { name: "moving", description: "as it is" }, "PATCH");
    await call("registered-models/delete-tag", { name: "moving", key: "a" }, "DELETE");
    await call("registered-models/alias", { name: "moving", alias: "best", version: "2" });
    await call("registered-models/alias", { name: "moving", alias: "old" }, "DELETE");
    await call("model-versions/delete-tag", { name: "moving", version: "1", key: "ok" }, "DELETE");
    await call("model-versions/transition-stage", { name: "moving", version: "2", stage: "Production", archive_existing_versions: false });
    await call(`3.0/traces/${kept}/tags`, { key: "a", value: "2" }, "PATCH");
    await call(`3.0/traces/${kept}/tags`, { key: "b" }, "DELETE");
    await call(`3.0/traces/${kept}/assessments/${first}`, undefined, "DELETE");
    await call(`logged-models/${modelId}/tags/a`, undefined, "DELETE");
    await sync();
    assert.deepEqual(shown(given).of("moving"), { model: [["as it is", { b: "2" }, { best: "2" }]], versions: ["1 None  {}", "2 Production  {}"] });
    assert.deepEqual(trace(), ["IN_PROGRESS", ["a 2"], ["second 3.0"]]);
    assert.deepEqual(store.read.models.values(store.read.models.byId(modelId)?.modelKey ?? 0, "tag"), [{ key: "b", value: "2" }]);

    await call("model-versions/delete", { name: "moving", version: "2" }, "DELETE");
    await call("registered-models/delete", { name: "leaving" }, "DELETE");
    await call("traces/delete-traces", { experiment_id: experiment, request_ids: [gone] });
    await call(`logged-models/${modelId}`, undefined, "DELETE");
    const others = shown(given).versions.filter(({ name }) => name === "survivors");
    await sync();
    assert.deepEqual(shown(given).of("moving"), { model: [["as it is", { b: "2" }, {}]], versions: ["1 None  {}"] });
    assert.deepEqual(shown(given).of("leaving"), { model: [], versions: [] });
    assert.deepEqual([store.read.traces.byId(gone), traceIds(given).includes(kept), store.read.models.byId(modelId)?.deleted === null], [undefined, true, false]);
    assert.deepEqual(shown(given).versions.filter(({ name }) => name === "survivors"), others);

    mirror.start();
    await until(() => mirror.status.state === "connected" && mirror.status.synced !== null);
    await call("model-versions/create", { name: "moving", source: "s3://bucket/three", run_id: run.info.run_id });
    const later = await startTrace(experiment ?? "", 3);
    await until(() => shown(given).of("moving").versions.includes("3 None  {}") && traceIds(given).includes(later));
    assert.deepEqual(mirror.status.notShown, []);
  }));

test("a name that is somebody's own here stays theirs, before and after, and that is said; what is the server's is not changed here", () =>
  withMirror(async (given) => {
    const { store, mirror, log, sync } = given;
    const { experiment_id: experiment } = await call("experiments/create", { name: "names" });
    for (const name of ["own", "later"]) {
      await call("registered-models/create", { name, description: "theirs" });
      await call("model-versions/create", { name, source: "s3://bucket/theirs" });
      await call("registered-models/alias", { name, alias: "champion", version: "1" });
    }
    const trace = await startTrace(experiment ?? "", 20);
    const register = async (name: string, isNew: boolean): Promise<void> => {
      if (isNew) await store.write("registered.create", { name, time: 5, description: "ours", tags: [] });
      await store.write("version.create", { name, time: 6, runLink: null, description: null, tags: [], source: "s3://bucket/ours", location: "s3://bucket/ours", runId: null, modelId: null });
    };
    await register("own", true);
    await sync();
    const ours = { model: [["ours", {}, {}]], versions: ["1 None  {}"] };
    const said = (name: string): string => `the registered model ${name} of the server: this folder has one of its own of that name`;
    assert.deepEqual([shown(given).of("own"), mirror.status.notShown], [ours, [said("own")]]);
    assert.ok(log.some((line) => line.endsWith(said("own"))), log.join("\n"));

    const later = { model: [["theirs", {}, { champion: "1" }]], versions: ["1 None  {}"] };
    assert.deepEqual(shown(given).of("later"), later);
    const experimentId = store.read.experiments.idOf(store.read.traces.byId(trace)?.experimentId ?? 0);
    const refused = [
      store.write("registered.update", { name: "later", time: 7, description: "mine" }),
      store.write("registered.update", { name: "later", time: 7, setAliases: [{ alias: "champion", version: 1 }] }),
      store.write("registered.delete", { name: "later" }),
      store.write("version.update", { name: "later", version: 1, time: 7, stage: "Production" }),
      store.write("version.delete", { name: "later", version: 1, time: 7 }),
      store.write("trace.update", { traceId: trace, setTags: [{ key: "a", value: "1" }] }),
      store.write("trace.delete", { experimentId, traceIds: [trace] }),
      store.write("assessment.delete", { traceId: trace, assessmentId: "a-1" }),
      store.write("model.update", { modelId: golden.models[0]?.id ?? "", time: 7, deleted: true }),
    ];
    for (const one of refused) await assert.rejects(one, coded("SERVERS_OWN"));
    // Deleting all old ones leaves those of the server.
    assert.deepEqual(await store.write("trace.delete", { experimentId, until: Date.now() }), { traceIds: [] });
    assert.deepEqual(shown(given).of("later"), later);

    // A script that registers under the name gets its version, the first of its own.
    await register("later", false);
    const own = { model: [[null, {}, {}]], versions: ["1 None  {}"] };
    assert.deepEqual([shown(given).of("later"), shown(given).versions.find(({ name }) => name === "later")?.source], [own, "s3://bucket/ours"]);
    await sync();
    assert.deepEqual([shown(given).of("later"), shown(given).of("own"), mirror.status.notShown.toSorted()], [own, ours, [said("later"), said("own")]]);
    await store.write("registered.delete", { name: "later" });
    await sync();
    assert.deepEqual([shown(given).of("later"), mirror.status.notShown], [later, [said("own")]]);
  }));

test("a server that does not know some calls gives its runs all the same, and one line says what it does not give; what came before stays", () =>
  withMirror(async (given) => {
    const { store, mirror, log, sync } = given;
    await sync();
    const before = [storedRegistry(given), storedTraces(given), traceIds(given).length];
    for (const status of [404, 501]) {
      gate.fate = (url) => (/registered-models|model-versions|traces|logged-models/.test(url) ? status : "pass");
      await sync();
      assert.deepEqual([mirror.status.state, mirror.status.notShown], ["connected", ["logged models", "registered models", "traces"].map((what) => `${what}: the server does not give them`)]);
      assert.deepEqual([storedRegistry(given), storedTraces(given), traceIds(given).length], before);
      assert.equal(store.read.models.byId(golden.models[0]?.id ?? "")?.deleted, null);
    }
    assert.equal(log.filter((line) => line.includes("traces: the server does not give them")).length, 1);
    gate.fate = () => "pass";
    await sync();
    assert.deepEqual([mirror.status.state, mirror.status.notShown], ["connected", []]);
  }));

test("a pull that breaks off anywhere is gone on with: nothing twice, nothing half, and a trace that is here is not fetched again", () =>
  withMirror(async (given) => {
    const { store, sync } = given;
    const { experiment_id: experiment } = await call("experiments/create", { name: "many" });
    await call("registered-models/create", { name: "many" });
    for (let version = 1; version <= 130; version++) await call("model-versions/create", { name: "many", source: `s3://bucket/${version}`, tags: [{ key: "n", value: String(version) }] });
    await call("registered-models/alias", { name: "many", alias: "last", version: "130" });
    const ids: string[] = [];
    for (let at = 0; at < 130; at++) ids.push(await startTrace(experiment ?? "", 1_000 + at));
    let fetched = 0;
    const breaks = [
      (url: string) => url.includes("model-versions/search") && url.includes("page_token"),
      (url: string) => url.includes("get-trace-artifact") && ++fetched === 50,
      (url: string) => url.includes("get-trace-artifact") && ++fetched === 110,
    ];
    for (const isHere of breaks) {
      fetched = 0;
      gate.fate = (url) => (isHere(url) ? "cut" : "pass");
      await assert.rejects(sync(), coded("REMOTE_OFFLINE"));
      const { of } = shown(given);
      assert.deepEqual([of("many").model.length, of("many").versions.length], isHere === breaks[0] ? [0, 0] : [1, 130]);
    }
    const already = traceIds(given).filter((id) => ids.includes(id)).length;
    assert.ok(already >= 90 && already < 130, String(already));
    fetched = 0;
    gate.fate = (url) => (url.includes("get-trace-artifact") && ids.some((id) => url.includes(id)) && ++fetched < 0 ? "cut" : "pass");
    await sync();
    assert.equal(fetched, 130 - already);
    assert.deepEqual(traceIds(given).filter((id) => ids.includes(id)).toSorted(), ids);
    const { registry } = store.read;
    const many = registry.versionsOf(registry.byName("many")?.registeredKey ?? 0);
    assert.deepEqual(many.map((one) => [one.version, one.source, registry.versionTags(one.versionKey).map(({ value }) => value)]), Array.from({ length: 130 }, (_, at) => [at + 1, `s3://bucket/${at + 1}`, [String(at + 1)]]));
    assert.deepEqual(registry.aliases(registry.byName("many")?.registeredKey ?? 0), [{ alias: "last", version: 130 }]);
  }));

test("what was pushed from here is not doubled by a pull; what others register there of it is shown with the run here, and not pushed back", () =>
  withMirror(async (given) => {
    const { store, artifacts, mirror, sync } = given;
    const { experimentId } = await store.write("experiment.create", { name: "round", time: 1, tags: [] });
    const [runId, modelId, traceId] = ["round-run", `m-${"round".padEnd(32, "0")}`, `tr-${"5".padEnd(32, "0")}`];
    await store.write("run.create", { runId, experimentId, name: "round", named: true, user: null, start: 5, tags: [] });
    await store.write("model.create", { modelId, experimentId: String(experimentId), name: "net", modelType: null, sourceRun: runId, time: 5, params: [], tags: [] });
    await store.write("model.update", { modelId, time: 6, status: "LOGGED_MODEL_READY" });
    await store.write("run.logOutputs", { runId, models: [{ modelId, step: 0 }] });
    await store.write("registered.create", { name: "round", time: 7, description: null, tags: [] });
    await store.write("version.create", { name: "round", time: 8, runLink: null, description: null, tags: [], source: `models:/${modelId}`, location: `models:/${modelId}`, runId, modelId });
    await store.write("trace.start", { traceId, experimentId: String(experimentId), time: 11, duration: 3, state: "OK", clientRequestId: null, requestPreview: null, responsePreview: null, tags: [], metadata: [{ key: "mlflow.sourceRun", value: runId }], assessments: [] });
    const push = () => new Push({ store, artifacts, server: server(), whole: async () => new Map(), signal, progress: () => undefined }).run([runId]);
    const [one, none] = [{ created: 1, updated: 0, same: 0 }, { created: 0, updated: 0, same: 1 }];
    const first = await push();
    assert.deepEqual([first.created, first.models, first.versions, first.traces, first.failed, first.leftOut], [1, one, one, one, [], []]);
    const counts = () => [[...store.read.runs.all()].filter(({ name }) => name === "round").length, shown(given).of("round").versions.length, traceIds(given).filter((id) => id === traceId).length];
    await sync();
    assert.deepEqual([counts(), mirror.status.notShown], [[1, 1, 1], []]);

    const { experiment } = (await call("experiments/get-by-name?experiment_name=round")) as unknown as { experiment: { experiment_id: string } };
    const { runs } = (await call("runs/search", { experiment_ids: [experiment.experiment_id] })) as unknown as { runs: { info: { run_id: string }; outputs: { model_outputs: { model_id: string }[] } }[] };
    const there = runs[0] ?? assert.fail();
    const modelThere = there.outputs.model_outputs[0]?.model_id ?? "";
    await call("registered-models/create", { name: "chosen" });
    await call("model-versions/create", { name: "chosen", source: `models:/${modelThere}`, run_id: there.info.run_id, model_id: modelThere });
    await call("registered-models/alias", { name: "chosen", alias: "live", version: "1" });
    await sync();
    assert.deepEqual(runModels(store.read, runId, store.read.runs.byId(runId)?.runKey ?? 0), [{ modelId, name: "net", status: "ready", step: 0, versions: [{ name: "chosen", version: 1, stage: "None", aliases: ["live"] }, { name: "round", version: 1, stage: "None", aliases: [] }] }]);
    const again = await push();
    assert.deepEqual([again.same, again.models, again.versions, again.traces, again.failed, again.leftOut], [1, none, none, none, [], []]);
    // Somebody registers one more under the name that was pushed: it is not ours, and our name is taken by ours.
    await call("model-versions/create", { name: "round", source: "s3://bucket/theirs" });
    await sync();
    assert.deepEqual([shown(given).of("round").versions, mirror.status.notShown], [["1 None  {}"], ["versions of the registered model round that others made on the server: it was sent there from here"]]);
  }));
