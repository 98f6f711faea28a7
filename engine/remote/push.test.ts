// Against a real `mlflow server`, which is killed and started again; read by MLflow's own client.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort, startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { type ImportFixture, unpack, withImports } from "../importers/importers.fixture.ts";
import { inOrder, saidTraces, sorted, storedModels, storedRegistry, storedRuns, storedTraces } from "../importers/mlflow.fixture.ts";
import { fixtures, ownFolder } from "../importers/records.fixture.ts";
import { coded } from "../runs/runs.fixture.ts";
import { RemoteServer } from "./client.ts";
import { Push } from "./push.ts";

let place: { readonly folder: string; readonly port: number };
let reference: Side;
let gate: { readonly uri: string; close(): void };
/** What happens to a call: its answer does not come back, the server is killed once it answered, or it is refused as a busy server does. */
let fate: (path: string, body: string) => "pass" | "cut" | "kill" | "refuse" = () => "pass";
const signal = new AbortController().signal;

before(async () => {
  place = { folder: mkdtempSync(join(tmpdir(), "touchstone-push-")), port: await freePort() };
  reference = await startReference(testPython(), place);
  gate = await openGate();
});
after(async () => {
  gate.close();
  await reference.stop();
  rmSync(place.folder, { recursive: true, force: true, maxRetries: 5 });
});

async function openGate(): Promise<typeof gate> {
  const server = createServer((incoming, outgoing) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const body = Buffer.concat(pieces);
      const decided = fate(incoming.url ?? "", body.toString("latin1"));
      if (decided === "refuse") return void outgoing.writeHead(400).end(JSON.stringify({ error_code: "BAD_REQUEST", message: "QueuePool limit of size 5 overflow 10 reached" }));
      const { host: _, ...headers } = incoming.headers;
      const call = httpRequest(`http://127.0.0.1:${place.port}${incoming.url}`, { method: incoming.method, headers, agent: false }, (answer) => {
        if (decided === "pass") return void answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
        answer.resume().on("end", () => void (decided === "kill" ? reference.stop() : Promise.resolve()).then(() => incoming.socket.destroy()));
      });
      call.on("error", () => incoming.socket.destroy());
      call.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  return { uri: `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}`, close: () => (server.closeAllConnections(), server.close()) };
}

const push = ({ store, artifacts }: Pick<ImportFixture, "store" | "artifacts">, ids: readonly string[]) => new Push({ store, artifacts, server: new RemoteServer({ uri: gate.uri }), whole: async () => new Map(), signal, progress: () => undefined }).run(ids);

/** What the tests look at of the server's answers. */
interface Answer {
  readonly experiments: readonly { readonly experiment_id: string }[];
  readonly runs: readonly RunThere[];
  readonly run: RunThere;
  readonly registered_model: { readonly latest_versions?: readonly unknown[] };
  readonly model_version: { readonly version: string };
  readonly model: { readonly info: { readonly tags: readonly { readonly key: string; readonly value: string }[] } };
  readonly files: readonly { readonly path: string }[];
}

async function call(path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${reference.uri}/api/2.0/mlflow/${path}`, body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

type Texts = Readonly<Record<string, string>>;
interface Run {
  readonly id: string;
  readonly name: string;
  readonly tags: Texts;
  readonly metrics: Readonly<Record<string, readonly (readonly [step: number, time: number, value: number | string])[]>>;
  readonly [key: string]: unknown;
}
interface Model {
  readonly id: string;
  readonly name: string;
  readonly run: string | null;
  readonly tags: Texts;
  readonly metrics: readonly (readonly unknown[])[];
  readonly [key: string]: unknown;
}
interface Said {
  readonly runs: Run[];
  readonly models: Model[];
  readonly registered: { readonly name: string; readonly tags: Texts; readonly [key: string]: unknown }[];
  readonly versions: { readonly name: string; readonly run: string; readonly source: string; readonly tags: Texts; readonly [key: string]: unknown }[];
  readonly traces: Parameters<typeof saidTraces>[0];
}

/** What MLflow's own client reads of the server (test/fixtures/importers/read_mlflow.py). */
function readBack(): Said {
  return JSON.parse(execFileSync(testPython(), [join(fixtures, "read_mlflow.py"), reference.uri], { env: { ...process.env, MLFLOW_TRACKING_URI: reference.uri, MLFLOW_DISABLE_TELEMETRY: "true" }, stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 }).toString());
}

const without = (tags: Texts, own = /^touchstone\./): Texts => Object.fromEntries(Object.entries(tags).filter(([key]) => !own.test(key)));

test("logged models, registered versions and traces stand on the server as they are here, under the ids there; a second push adds nothing", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    await fixture.take(join(unpack("mlruns.tar.gz", ownFolder()), "mlruns"));
    const here = storedRuns(fixture) as unknown as Run[];
    const sweep = here.find(({ name }) => name === "sweep λ");
    assert.ok(sweep);
    const [, broken] = store.read.traces.ofExperiments(store.read.experiments.all().map(({ experimentId }) => experimentId)).map(({ traceId }, at) => {
      void store.write("trace.update", { traceId, setMetadata: [{ key: "mlflow.sourceRun", value: sweep.id }] });
      return at === 1 ? traceId : "";
    });
    const other = here.find(({ name }) => name === "diverged");
    await store.write("trace.link", { traceIds: [broken ?? ""], kind: "run", targets: [other?.id ?? ""] });
    const ids = here.filter(({ deleted, experiment }) => deleted === false && experiment === "titanic").map(({ id }) => id);
    const first = await push(fixture, ids);
    assert.deepEqual([first.created, first.failed, first.leftOut], [3, [], []]);
    const [count, all] = [(created: number) => ({ created, updated: 0, same: 0 }), (same: number) => ({ created: 0, updated: 0, same })];
    assert.deepEqual([first.models, first.versions, first.traces], [count(1), count(2), count(2)]);
    const second = await push(fixture, ids);
    assert.deepEqual([second.created, second.updated, second.same, second.failed], [0, 0, 3, []]);
    assert.deepEqual([second.models, second.versions, second.traces], [all(1), all(2), all(2)]);

    const said = readBack();
    const ours = new Map(said.runs.map(({ id, tags }) => [id, tags["touchstone.run_id"] ?? id]));
    const ourModels = new Map(said.models.map(({ id, tags }) => [id, tags["touchstone.model_id"] ?? id]));
    // Released servers keep ±∞ as the largest number there is.
    const number = (key: string, value: number | string): number | string => (Math.abs(Number(value)) === Number.MAX_VALUE && key !== "odd" ? (Number(value) > 0 ? "Infinity" : "-Infinity") : value);
    const comparable = ({ tags, metrics, modelInputs, modelOutputs, datasets, params, artifacts, status, start, end, name }: Run, from = ours) => ({
      id: "", name, status, start, end, params, artifacts, datasets,
      tags: Object.fromEntries(Object.entries({ ...without(tags), ...(tags["mlflow.parentRunId"] === undefined ? {} : { "mlflow.parentRunId": from.get(tags["mlflow.parentRunId"]) ?? tags["mlflow.parentRunId"] }) }).filter(([key]) => key !== "mlflow.runName")),
      metrics: Object.fromEntries(Object.entries(metrics).map(([key, points]) => [key, points.map(([step, time, value]) => [step, time, number(key, value)])])),
      modelInputs: (modelInputs as string[]).map((id) => ourModels.get(id) ?? id),
      modelOutputs: (modelOutputs as [string, number][]).map(([id, step]) => [ourModels.get(id) ?? id, step]),
    });
    assert.deepEqual(inOrder(said.runs.map((run) => ({ ...comparable(run), id: ours.get(run.id) }))), inOrder(here.filter(({ id }) => ids.includes(id)).map((run) => ({ ...comparable(run), id: run.id }))));

    const [tree, ...more] = said.models;
    const models = storedModels(fixture) as unknown as Model[];
    const modelHere = models.find(({ name }) => name === "tree");
    assert.ok(tree && modelHere && more.length === 0);
    const measured = (model: Model) => sorted(model.metrics.map((one) => one.map((value) => ours.get(String(value)) ?? value)));
    assert.deepEqual([tree.name, tree["type"], tree["status"], tree["params"], without(tree.tags, /^(touchstone|mlflow\.modelVersions)/), ours.get(tree.run ?? ""), tree["artifacts"], measured(tree)],
      [modelHere.name, modelHere["type"], modelHere["status"], modelHere["params"], without(modelHere.tags, /^mlflow\.modelVersions/), sweep.id, modelHere["artifacts"], measured(modelHere)]);

    const registry = storedRegistry(fixture) as unknown as Said;
    const words = ({ name, description, tags, aliases }: Said["registered"][number]) => ({ name, description, tags: without(tags), aliases });
    assert.deepEqual(said.registered.map(words), registry.registered.filter(({ name }) => name === "survivors").map(words));
    // Its database keeps the logged model of a version by the source alone.
    const version = ({ name, version: number, stage, description, tags, aliases, run }: Said["versions"][number]) => ({ name, number, stage, description: description ?? "", tags: without(tags), aliases, run: ours.get(run) ?? run });
    assert.deepEqual(sorted(said.versions.map(version)), sorted(registry.versions.map(version)));
    assert.deepEqual(new Set(said.versions.map(({ source }) => source)), new Set([`models:/${tree.id}`, `runs:/${[...ours].find(([, id]) => id === sweep.id)?.[0]}/plots`]));

    const mapped = said.traces.map(({ info, ...rest }) => ({ ...rest, info: { ...info, tags: without(info.tags ?? {}), trace_metadata: without(Object.fromEntries(Object.entries(info["trace_metadata"] ?? {}).map(([key, value]) => [key, ours.get(String(value)) ?? String(value)])), /^mlflow\.trace\.infoFinalized/) } }));
    assert.deepEqual(saidTraces(mapped), storedTraces(fixture));
    const linked = [...ours].find(([, id]) => id === other?.id)?.[0] ?? "";
    const found = await fetch(`${reference.uri}/api/3.0/mlflow/traces/search`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ locations: said.traces.map(({ info }) => info["trace_location"]).slice(0, 1), filter: `run_id = '${linked}'`, max_results: 10 }) });
    const answer: { traces?: { trace_id: string }[] } = await found.json();
    assert.deepEqual(answer.traces?.map(({ trace_id }) => trace_id), [broken]);
  }));

test("a push that breaks off anywhere, the server killed in the middle of a curve, is gone on with: nothing twice, and little is sent again", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    const { experimentId } = await store.write("experiment.create", { name: "broken off", time: 1, tags: [] });
    const { runId } = await store.write("run.create", { runId: "feed", experimentId, name: "long", named: true, user: null, start: 5, tags: [] });
    const curve = Array.from({ length: 12_500 }, (_, step) => ({ key: "loss", value: step === 7 ? Number.NaN : 1 / (step + 1), step, time: 100 + step }));
    for (let from = 0; from < curve.length; from += 1_000) await store.write("run.logBatch", { runId, metrics: curve.slice(from, from + 1_000), params: [], tags: [] });
    const model = { modelId: "m-fedcba9876543210fedcba9876543210", experimentId: String(experimentId), name: "net", modelType: null, sourceRun: runId, time: 5, params: [{ key: "depth", value: "3" }], tags: [] };
    await store.write("run.update", { runIds: [runId], status: "finished", end: 50_000 });
    await store.write("model.create", model);
    await store.write("run.logOutputs", { runId, models: [{ modelId: model.modelId, step: 2 }] });
    await artifacts.put({ kind: "model", id: model.modelId }, "MLmodel", Buffer.from("flavors: {}"));
    await store.write("registered.create", { name: "net", time: 7, description: null, tags: [] });
    await store.write("version.create", { name: "net", time: 8, runLink: null, description: null, tags: [], source: `models:/${model.modelId}`, location: `models:/${model.modelId}`, runId, modelId: model.modelId });
    await store.write("version.update", { name: "net", version: 1, time: 9, stage: "Production" });
    await store.write("registered.update", { name: "net", time: 9, setAliases: [{ alias: "best", version: 1 }] });
    const trace = { traceId: "tr-fedcba9876543210fedcba9876543210", experimentId: String(experimentId), time: 11, duration: 3, state: "OK" as const, clientRequestId: null, requestPreview: null, responsePreview: null, tags: [], metadata: [{ key: "mlflow.sourceRun", value: runId }], assessments: [] };
    await store.write("trace.start", trace);

    let sent = 0;
    const pointsIn = (body: string): number => body.split('"timestamp"').length - 1;
    fate = (path, body) => {
      if (!path.endsWith("runs/log-batch")) return "pass";
      sent += pointsIn(body);
      return sent >= 11_000 ? "kill" : "pass";
    };
    await assert.rejects(push(fixture, [runId]), coded("REMOTE_OFFLINE"));
    assert.equal(sent, 11_000);
    reference = await startReference(testPython(), place);
    const makes = ["runs/update", "logged-models", "runs/outputs", "registered-models/create", "runs/set-tag", "model-versions/create", "transition-stage", "registered-models/alias", "3.0/mlflow/traces"];
    sent = 0;
    for (const made of makes) {
      let cut = false;
      fate = (path, body) => {
        if (path.endsWith("runs/log-batch")) sent += pointsIn(body);
        if (cut || !path.split("?")[0]?.endsWith(made)) return "pass";
        cut = true;
        return "cut";
      };
      await assert.rejects(push(fixture, [runId]), coded("REMOTE_OFFLINE"), made);
      assert.ok(cut, made);
    }
    fate = () => "pass";
    const { failed, leftOut, same } = await push(fixture, [runId]);
    assert.deepEqual([failed, leftOut, same], [[], [], 1]);
    // What was noted at 10,000 points is not sent again.
    assert.equal(sent, 2_500);

    const said = readBack();
    const runs = said.runs.filter(({ tags }) => tags["touchstone.run_id"] === runId);
    const [run] = runs;
    assert.ok(run && runs.length === 1);
    assert.deepEqual(sorted(run.metrics["loss"] ?? []), sorted(curve.map(({ step, time, value }) => [step, time, Number.isNaN(value) ? "NaN" : value])));
    const models = said.models.filter(({ name }) => name === "net");
    assert.deepEqual([models.map((one) => [one.run, one["params"]]), run["modelOutputs"]], [[[run.id, { depth: "3" }]], [[models[0]?.id, 2]]]);
    const net = said.registered.find(({ name }) => name === "net");
    assert.deepEqual([net?.["description"], net?.["aliases"]], ["", { best: "1" }]);
    assert.deepEqual(said.versions.filter(({ name }) => name === "net").map((one) => [one["version"], one["stage"], one.source]), [["1", "Production", `models:/${models[0]?.id}`]]);
    const there = await fetch(`${reference.uri}/api/3.0/mlflow/traces/${trace.traceId}`);
    const { trace: found }: { trace: { trace_info: { trace_metadata: Texts; state: string } } } = await there.json();
    assert.deepEqual([found.trace_info.state, found.trace_info.trace_metadata["mlflow.sourceRun"]], ["OK", run.id]);
  }));

/** A run with a logged model, a registered version of it that has a stage and an alias, and a trace with an assessment. */
async function everything({ store, artifacts }: ImportFixture, name: string): Promise<{ readonly runId: string; readonly modelId: string; readonly traceId: string }> {
  const [runId, modelId, traceId] = [`${name}-run`, `m-${name.padEnd(32, "0")}`, `tr-${name.padEnd(32, "0")}`];
  const { experimentId } = await store.write("experiment.create", { name, time: 1, tags: [] });
  await store.write("run.create", { runId, experimentId, name: "first", named: true, user: null, start: 5, tags: [{ key: "owner", value: "ada" }, { key: "kind", value: "a" }] });
  await store.write("model.create", { modelId, experimentId: String(experimentId), name: "net", modelType: null, sourceRun: runId, time: 5, params: [], tags: [{ key: "owner", value: "ada" }, { key: "kind", value: "a" }] });
  await store.write("run.logOutputs", { runId, models: [{ modelId, step: 0 }] });
  await artifacts.put({ kind: "model", id: modelId }, "MLmodel", Buffer.from("flavors: {}"));
  await store.write("registered.create", { name, time: 7, description: null, tags: [] });
  await version(store, name, modelId, runId, 8);
  await store.write("version.update", { name, version: 1, time: 9, stage: "Production" });
  await store.write("registered.update", { name, time: 9, setAliases: [{ alias: "champion", version: 1 }] });
  const assessments = [{ assessmentId: `a-${name.padEnd(32, "0")}`, spanId: null, name: "right", kind: "feedback" as const, value: "true", error: null, sourceType: "HUMAN", sourceId: "ada", created: 10, updated: 10, rationale: "ours", metadata: null, overrides: null, valid: true }];
  await store.write("trace.start", { traceId, experimentId: String(experimentId), time: 11, duration: 3, state: "OK", clientRequestId: null, requestPreview: null, responsePreview: null, tags: [{ key: "owner", value: "ada" }], metadata: [{ key: "mlflow.sourceRun", value: runId }], assessments });
  return { runId, modelId, traceId };
}

const version = (store: ImportFixture["store"], name: string, modelId: string, runId: string, time: number) =>
  store.write("version.create", { name, time, runLink: null, description: null, tags: [], source: `models:/${modelId}`, location: `models:/${modelId}`, runId, modelId });

interface RunThere {
  readonly info: { readonly run_id: string; readonly run_name: string; readonly status: string; readonly experiment_id: string };
  readonly data: { readonly tags: readonly { readonly key: string; readonly value: string }[] };
  readonly outputs: { readonly model_outputs: readonly { readonly model_id: string }[] };
}

/** A run of ours as the server has it. */
async function runThere(runId: string): Promise<RunThere> {
  const { experiments } = await call("experiments/search", { max_results: 1_000 });
  const { runs } = await call("runs/search", { experiment_ids: experiments.map((one) => one.experiment_id), filter: `tags.\`touchstone.run_id\` = '${runId}'`, run_view_type: "ALL" });
  return (await call(`runs/get?run_id=${runs[0]?.info.run_id}`)).run;
}

async function send(method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${reference.uri}/api/${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

test("a logged model that the server refuses costs what is made of it, which fails with it and is no lack of the server; the next push sends both", () =>
  withImports(async (fixture) => {
    const { runId } = await everything(fixture, "refused");
    fate = (path) => (path.endsWith("/logged-models") ? "refuse" : "pass");
    const first = await push(fixture, [runId]);
    fate = () => "pass";
    assert.deepEqual([first.created, first.leftOut], [1, []]);
    assert.deepEqual(first.failed.map(({ reason }) => reason.replace(gate.uri, "URI")), ["The logged model net: URI: QueuePool limit of size 5 overflow 10 reached", "Version 1 of refused: its logged model could not be sent."]);
    const none = { created: 0, updated: 0, same: 0 };
    assert.deepEqual([first.models, first.versions, first.traces], [none, none, { ...none, created: 1 }]);
    const { failed, leftOut, models, versions, traces } = await push(fixture, [runId]);
    assert.deepEqual([failed, leftOut, models, versions, traces], [[], [], { ...none, created: 1 }, { ...none, created: 1 }, { ...none, same: 1 }]);
    // An alias that is new here goes along with its version.
    await fixture.store.write("registered.update", { name: "refused", time: 50, setAliases: [{ alias: "second", version: 1 }] });
    const last = await push(fixture, [runId]);
    assert.deepEqual([last.models, last.versions], [{ ...none, same: 1 }, { ...none, updated: 1 }]);
  }));

test("a registered model of that name that is somebody's gets no version, no stage and no alias, and that is said", () =>
  withImports(async (fixture) => {
    const { runId } = await everything(fixture, "taken");
    await call("registered-models/create", { name: "taken", description: "mine" });
    await call("model-versions/create", { name: "taken", source: "s3://bucket/mine" });
    for (const made of [1, 0]) {
      const { created, failed, leftOut } = await push(fixture, [runId]);
      assert.deepEqual([created, failed, leftOut], [made, [], ["versions of the registered model taken: there it is somebody else's (1 run)"]]);
    }
    const said = readBack();
    assert.deepEqual(said.registered.filter(({ name }) => name === "taken").map((one) => [one["description"], one["aliases"]]), [["mine", {}]]);
    assert.deepEqual(said.versions.filter(({ name }) => name === "taken").map((one) => [one["version"], one["stage"], one.source]), [["1", "None", "s3://bucket/mine"]]);
  }));

test("a trace of that id that is somebody's stays as it is", () =>
  withImports(async (fixture) => {
    const { runId, traceId } = await everything(fixture, "theirs");
    await send("POST", "3.0/mlflow/traces", { trace: { trace_info: { trace_id: traceId, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } }, request_time: "2026-01-01T00:00:00Z", state: "ERROR" } } });
    assert.deepEqual([(await push(fixture, [runId])).failed, (await (await fetch(`${reference.uri}/api/3.0/mlflow/traces/${traceId}`)).json()).trace.trace_info.state], [[], "ERROR"]);
  }));

test("what somebody deleted or took away on the server is not made again, and that is said", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const { runId, modelId, traceId } = await everything(fixture, "gone");
    assert.deepEqual([(await push(fixture, [runId])).failed, (await push(fixture, [runId])).leftOut], [[], []]);
    const run = await runThere(runId);
    await send("DELETE", "2.0/mlflow/registered-models/alias", { name: "gone", alias: "champion" });
    assert.deepEqual((await push(fixture, [runId])).leftOut, ["aliases that somebody took away there (1 run)"]);
    await assert.rejects(call("registered-models/alias?name=gone&alias=champion"));
    await send("DELETE", "2.0/mlflow/model-versions/delete", { name: "gone", version: "1" });
    assert.deepEqual((await push(fixture, [runId])).leftOut, ["registered versions that somebody deleted there (1 run)"]);
    assert.equal((await call("registered-models/get?name=gone")).registered_model.latest_versions, undefined);
    await send("DELETE", "2.0/mlflow/registered-models/delete", { name: "gone" });
    // One more here, of a run that was never sent.
    const { experimentId } = await store.write("experiment.create", { name: "gone, later", time: 1, tags: [] });
    await store.write("run.create", { runId: "gone-later", experimentId, name: "later", named: true, user: null, start: 6, tags: [] });
    await version(store, "gone", modelId, "gone-later", 20);
    assert.deepEqual((await push(fixture, ["gone-later"])).leftOut, ["versions of the registered model gone: somebody deleted it there (1 run)"]);
    await assert.rejects(call("registered-models/get?name=gone"));
    await send("DELETE", `2.0/mlflow/logged-models/${run.outputs.model_outputs[0]?.model_id}`, {});
    await send("POST", "2.0/mlflow/traces/delete-traces", { experiment_id: run.info.experiment_id, request_ids: [traceId] });
    await store.write("run.update", { runIds: [runId], name: "renamed" });
    const { leftOut, failed } = await push(fixture, [runId]);
    assert.deepEqual([failed, leftOut], [[], ["logged models that somebody deleted there (1 run)", "links to logged models that do not stand there (1 run)", "registered versions whose files do not stand there (1 run)", "traces that somebody deleted there (1 run)"]]);
    await call("runs/delete", { run_id: run.info.run_id });
    await store.write("run.update", { runIds: [runId], name: "again" });
    const last = await push(fixture, [runId]);
    assert.deepEqual([last.created, last.updated, last.leftOut], [0, 0, ["runs that somebody deleted there (1 run)"]]);
  }));

test("what somebody changed on the server since stays, and that is said; what is only ours is brought up to date", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const { runId, modelId, traceId } = await everything(fixture, "edited");
    assert.deepEqual([(await push(fixture, [runId])).failed, (await push(fixture, [runId])).leftOut], [[], []]);
    const { info, outputs } = await runThere(runId);
    const run_id = info.run_id;
    const model = outputs.model_outputs[0]?.model_id;
    await call("runs/update", { run_id, run_name: "theirs" });
    await call("runs/set-tag", { run_id, key: "owner", value: "grace" });
    await call("runs/set-tag", { run_id, key: "mlflow.note.content", value: "their note" });
    await send("PATCH", `2.0/mlflow/logged-models/${model}/tags`, { tags: [{ key: "owner", value: "grace" }] });
    await send("PATCH", `3.0/mlflow/traces/${traceId}/tags`, { key: "owner", value: "grace" });
    const { trace } = await (await fetch(`${reference.uri}/api/3.0/mlflow/traces/${traceId}`)).json();
    const assessment = trace.trace_info.assessments[0].assessment_id;
    await send("PATCH", `3.0/mlflow/traces/${traceId}/assessments/${assessment}`, { assessment: { assessment_id: assessment, trace_id: traceId, rationale: "theirs" }, update_mask: "rationale" });
    const both = [{ key: "owner", value: "lise" }, { key: "kind", value: "b" }];
    await store.write("run.update", { runIds: [runId], name: "ours", note: "our note", setTags: both });
    await store.write("model.update", { modelId, time: 30, setTags: both });
    await store.write("trace.update", { traceId, setTags: both });
    const said = ["the name, which somebody changed there (1 run)", "the tag owner, which somebody changed there (1 run)", "the note, which somebody changed there (1 run)", "the tag owner of a logged model, which somebody changed there (1 run)", "the tag owner of a trace, which somebody changed there (1 run)", "assessments of traces that somebody changed there (1 run)"];
    for (const updated of [1, 0]) {
      const result = await push(fixture, [runId]);
      assert.deepEqual([result.failed, result.updated, result.leftOut], [[], updated, said]);
    }
    const tagged = (tags: readonly { key: string; value: string }[], names: readonly string[]) => names.map((name) => tags.find(({ key }) => key === name)?.value);
    const run = await runThere(runId);
    assert.deepEqual([run.info.run_name, run.info.status, ...tagged(run.data.tags, ["owner", "mlflow.note.content", "kind"])], ["theirs", "RUNNING", "grace", "their note", "b"]);
    assert.deepEqual(tagged((await call(`logged-models/${model}`)).model.info.tags, ["owner", "kind"]), ["grace", "b"]);
    const { trace: after } = await (await fetch(`${reference.uri}/api/3.0/mlflow/traces/${traceId}`)).json();
    assert.deepEqual([after.trace_info.tags.owner, after.trace_info.tags.kind, after.trace_info.assessments.map((one: { rationale: string }) => one.rationale)], ["grace", "b", ["theirs"]]);
  }));

test("a damaged artifact costs itself: its run is listed with the path, all else is sent, and each push tries again", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    const { runId, modelId, traceId } = await everything(fixture, "damaged");
    const other = "damaged-other";
    await store.write("run.create", { runId: other, experimentId: String(store.read.runs.byId(runId)?.experimentId), name: "other", named: true, user: null, start: 6, tags: [] });
    const damage = async (owner: Parameters<typeof artifacts.put>[0], path: string, content: string): Promise<void> => {
      const { digest } = await artifacts.put(owner, path, Buffer.from(content));
      const file = artifacts.blobs.path(digest);
      chmodSync(file, 0o644);
      writeFileSync(file, "evil");
    };
    await damage({ kind: "run", id: runId }, "a/bad.txt", "one");
    await artifacts.put({ kind: "run", id: runId }, "good.txt", Buffer.from("good"));
    await damage({ kind: "model", id: modelId }, "weights.bin", "two");
    await damage({ kind: "trace", id: traceId }, "traces.json", "three");
    const why = "This artifact was changed or damaged after it was stored: its content does not match its digest.";
    const failed = [`The artifact a/bad.txt: ${why}`, `The logged model net: The artifact weights.bin: ${why}`, `The trace ${traceId}: The artifact traces.json: ${why}`].map((reason) => ({ runId, reason }));
    for (const created of [2, 0]) {
      const result = await push({ store, artifacts: createArtifacts(store) }, [runId, other]);
      assert.deepEqual([result.failed, result.created, result.leftOut], [failed, created, []]);
    }
    const { info } = await runThere(runId);
    const { files } = await call(`artifacts/list?run_id=${info.run_id}`);
    assert.deepEqual(files.map((file) => file.path), ["good.txt"]);
    assert.equal((await call("registered-models/alias?name=damaged&alias=champion")).model_version.version, "1");
  }));
