import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../api/connect.ts";
import type { EngineConnection } from "../api/connect.ts";
import { engineDrain, engineTrackingEnvironment } from "../api/engine.ts";
import { runsGet } from "../api/runs.ts";
import type { RequestToken } from "../api/tokens.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { toShape } from "../rpc/errors.ts";
import { BUNDLED, bundleOfRuns } from "./bundle.fixture.ts";
import { everythingIn } from "./importers.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

const [RUN] = BUNDLED;
let folder = "";
let engine: EngineConnection;

before(async () => {
  const file = join(engines.folder("sent"), "sent.touchstone-bundle");
  await bundleOfRuns(file);
  ({ folder } = await openBundle(file));
  engines.folder(folder.slice(engines.root.length + 1));
  engine = engines.connect(folder);
  await engine.ready();
});

/** Every file that was unpacked, with its content; what SQLite keeps beside an open database is no part of it. */
const kept = (): unknown => Object.fromEntries(Object.entries(everythingIn(folder)).filter(([path]) => !/\.db-(shm|wal)$/.test(path)));

test("an artifact is refused before a byte of it is kept: whole, in parts, removed", { timeout: 60_000 }, async () => {
  const { env } = await engine.request(engineTrackingEnvironment, null);
  const call = async (method: string, path: string, body: Buffer<ArrayBuffer> | string): Promise<[number, boolean]> => {
    const answer = await fetch(`${env["MLFLOW_TRACKING_URI"]}/api/2.0/mlflow-artifacts/${path}`, { method, headers: { Authorization: `Bearer ${env["MLFLOW_TRACKING_TOKEN"]}` }, body });
    return [answer.status, /opened for reading\. Take In Bundle…/.test(await answer.text())];
  };
  const { experimentId } = await engine.request(runsGet, { runId: RUN });
  const place = `${experimentId}/${RUN}/artifacts`;
  const before = kept();
  const upload = "00000000-0000-4000-8000-000000000000";
  assert.deepEqual(await call("PUT", `artifacts/${place}/new.bin`, Buffer.alloc(5_000_000, 1)), [403, true]);
  assert.deepEqual(await call("POST", `mpu/create/${place}`, JSON.stringify({ path: "big.bin", num_parts: 1 })), [403, true]);
  assert.deepEqual(await call("PUT", `mpu/part/${upload}/1`, Buffer.alloc(5_000_000, 1)), [403, true]);
  assert.deepEqual(await call("POST", `mpu/complete/${place}`, JSON.stringify({ path: "big.bin", upload_id: upload, parts: [{ part_number: 1, etag: "x" }] })), [403, true]);
  assert.deepEqual(await call("POST", `mpu/abort/${place}`, JSON.stringify({ path: "big.bin", upload_id: upload })), [403, true]);
  assert.deepEqual(await call("DELETE", `artifacts/${place}/notes/a.txt`, ""), [403, true]);
  assert.deepEqual(kept(), before);
});

test("of all that can be asked of an engine, what changes something is refused, and nothing of the rest leaves a trace", { timeout: 120_000 }, async () => {
  const tokens = await everyRequest();
  const before = kept();
  const answered: string[] = [];
  const refused: string[] = [];
  // What most of them take, so that they come far.
  const params = {
    runId: RUN, runIds: [RUN], path: "notes/a.txt", file: join(engines.root, "out"), format: "csv", query: {}, columns: [], from: 0, to: 10, runs: 10, key: "loss", x: "step", maxPoints: 10, launchId: "l1", offset: 0, length: 10,
    text: "", name: "x", names: [], set: "x", source: "notes/a.txt", title: "x", bytes: 5, selection: {}, settings: {}, threshold: null, replace: true, live: false, follow: false, group: { by: "experiment" }, open: [], ids: [],
    tool: "tag_run", input: { runs: [RUN], set: { a: "b" } }, cwd: folder, env: {}, command: ["true"], uri: "http://127.0.0.1:1",
  };
  for (const token of tokens) {
    if (token.method === engineDrain.method) continue;
    const shape = await engine.request(token, params).then(() => null, toShape);
    assert.notEqual(shape?.code, "UNKNOWN_REQUEST", token.method);
    // The agent's tool that changes something asks by a request that is refused.
    (shape?.code === "BUNDLE_READ_ONLY" && token.method !== "agents/call" ? refused : answered).push(token.method);
    if (token.method === "agents/call") assert.equal(shape?.code, "BUNDLE_READ_ONLY");
  }
  assert.deepEqual(refused.sort(), [
    "config/edit", "engine/collect", "engine/quota", "importers/follow", "importers/import",
    "labels/addClass", "labels/create", "labels/export", "labels/setAnnotator", "labels/suggest", "labels/undo", "labels/vote",
    "launches/command", "launches/input", "launches/prepare", "launches/resize", "launches/start", "launches/stop", "notebooks/prepare", "offline/takeIn", "offline/watch",
    "remote/connect", "remote/disconnect", "remote/push", "remote/sync", "runs/delete", "runs/restore", "runs/setBaseline", "runs/update",
    "storage/forget", "storage/giveBack", "storage/prune", "storage/restore", "views/delete", "views/rename", "views/save",
  ]);
  assert.ok(answered.length > 40, answered.join());
  assert.deepEqual(kept(), before);
});

/** All that the contract declares for engines, by looking into its modules. */
async function everyRequest(): Promise<RequestToken<unknown, unknown>[]> {
  const api = join(import.meta.dirname, "..", "api");
  const found = new Map<string, RequestToken<unknown, unknown>>();
  for (const file of readdirSync(api).filter((name) => /^\w+\.ts$/.test(name) && !["connect.ts", "host.ts"].includes(name))) {
    const values: unknown[] = Object.values((await import(join(api, file))) as object);
    for (const value of values) if (isRequest(value)) found.set(value.method, value);
  }
  return [...found.values()];
}

function isRequest(value: unknown): value is RequestToken<unknown, unknown> {
  return typeof value === "object" && value !== null && "method" in value && typeof value.method === "string" && Object.keys(value).length === 1;
}
