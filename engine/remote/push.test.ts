// Against a real `mlflow server`, which is killed and started again; read by MLflow's own client.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort, startReference, type Side } from "../../test/differential/servers.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { type ImportFixture, unpack, withImports } from "../importers/importers.fixture.ts";
import { inOrder, saidTraces, sorted, storedModels, storedRegistry, storedRuns, storedTraces } from "../importers/mlflow.fixture.ts";
import { fixtures, ownFolder } from "../importers/records.fixture.ts";
import { coded } from "../runs/runs.fixture.ts";
import { RemoteServer } from "./client.ts";
import { Push } from "./push.ts";

let place: { readonly folder: string; readonly port: number };
let reference: Side;
let gate: { readonly uri: string; close(): void };
/** What happens to a call: its answer does not come back, or the server is killed once it answered. */
let fate: (path: string, body: string) => "pass" | "cut" | "kill" = () => "pass";
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

const push = ({ store, artifacts }: Pick<ImportFixture, "store" | "artifacts">, ids: readonly string[]) => new Push({ store, artifacts, server: new RemoteServer({ uri: gate.uri }), theirs: () => false, signal, progress: () => undefined }).run(ids);

async function call(path: string, body?: object): Promise<Record<string, unknown>> {
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
  readonly registered: { readonly name: string; readonly [key: string]: unknown }[];
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
    const second = await push(fixture, ids);
    assert.deepEqual([second.created, second.updated, second.same, second.failed], [0, 0, 3, []]);

    const said = readBack();
    const ours = new Map(said.runs.map(({ id, tags }) => [id, tags["touchstone.run_id"] ?? id]));
    const ourModels = new Map(said.models.map(({ id, tags }) => [id, tags["touchstone.model_id"] ?? id]));
    // Released servers keep ±∞ as the largest number there is,.
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
    const words = ({ name, description, tags, aliases }: Said["registered"][number]) => ({ name, description, tags, aliases });
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
    await store.write("model.create", model);
    await store.write("run.logOutputs", { runId, models: [{ modelId: model.modelId, step: 2 }] });
    await artifacts.put({ kind: "model", id: model.modelId }, "MLmodel", Buffer.from("flavors: {}"));
    await store.write("registered.create", { name: "net", time: 7, description: null, tags: [] });
    await store.write("version.create", { name: "net", time: 8, runLink: null, description: null, tags: [], source: `models:/${model.modelId}`, location: `models:/${model.modelId}`, runId, modelId: model.modelId });
    await store.write("version.update", { name: "net", version: 1, time: 9, stage: "Production" });
    await store.write("registered.update", { name: "net", time: 9, setAliases: [{ alias: "best", version: 1 }, { alias: "theirs", version: 1 }] });
    const trace = { traceId: "tr-fedcba9876543210fedcba9876543210", experimentId: String(experimentId), time: 11, duration: 3, state: "OK" as const, clientRequestId: null, requestPreview: null, responsePreview: null, tags: [], metadata: [{ key: "mlflow.sourceRun", value: runId }], assessments: [] };
    await store.write("trace.start", trace);
    // Somebody has a registered model of that name already.
    await call("registered-models/create", { name: "net", description: "mine" });
    await call("model-versions/create", { name: "net", source: "s3://bucket/mine" });
    await call("registered-models/alias", { name: "net", alias: "theirs", version: "1" });

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
    const makes = ["runs/update", "logged-models", "runs/outputs", "model-versions/create", "transition-stage", "registered-models/alias", "3.0/mlflow/traces"];
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
    assert.deepEqual([failed, leftOut, same], [[], ["aliases that stand on another version there (1 run)"], 1]);
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
    assert.deepEqual([net?.["description"], net?.["aliases"]], ["mine", { best: "2", theirs: "1" }]);
    assert.deepEqual(said.versions.filter(({ name }) => name === "net").map((one) => [one["version"], one["stage"], one.source]).sort(), [["1", "None", "s3://bucket/mine"], ["2", "Production", `models:/${models[0]?.id}`]]);
    const there = await fetch(`${reference.uri}/api/3.0/mlflow/traces/${trace.traceId}`);
    const { trace: found }: { trace: { trace_info: { trace_metadata: Texts; state: string } } } = await there.json();
    assert.deepEqual([found.trace_info.state, found.trace_info.trace_metadata["mlflow.sourceRun"]], ["OK", run.id]);
  }));
