import assert from "node:assert/strict";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mock, test, type TestContext } from "node:test";
import { offlineTakeIn, offlineWatch } from "../api/offline.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import type { ClientInfo, Handler, RpcServer } from "../rpc/server.ts";
import { openRunTable } from "../runs/openTable.ts";
import type { Services } from "../services.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import { openStore } from "../store/store.ts";
import { keptFiles } from "./keptFiles.ts";
import { registerOffline } from "./register.ts";
import { Spools } from "./spools.ts";
import { TakeIn } from "./takeIn.ts";

const RUN = "b".repeat(32);

/** A project, and a folder outside of it that belongs to the person. */
async function setUp(context: TestContext) {
  const temporary = temporaryFolder();
  const folder = join(temporary.folder, "project");
  const outside = join(temporary.folder, "home", ".ssh");
  write(join(outside, "id_rsa"), "PRIVATE KEY");
  write(join(outside, "sub", "config"), "Host work");
  write(join(outside, "1", "0.log"), "somebody's log");
  write(join(outside, "c".repeat(32)), "a kept content");
  write(join(outside, "d".repeat(64)), "somebody's code");
  mkdirSync(folder);
  const store = await openStore({ folder });
  context.after(async () => {
    await store.close();
    temporary.dispose();
  });
  const artifacts = createArtifacts(store);
  const services = { folder, store, artifacts, runTable: openRunTable(store) };
  const takeIn = new TakeIn(services, new Spools(services));
  const kept = (runId = RUN): string[] => store.read.artifacts.under(`run:${runId}`, "").map(({ path }) => path);
  return { folder, outside, services, take: (from: string) => takeIn.folder(from), kept, notes: (id = "evil1") => store.read.launches.byId(id)?.notes ?? [] };
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** A run's folder as `run --offline` leaves it, with artifacts of these names. */
function recorded(folder: string, artifacts: readonly string[], more: object = {}): string {
  write(join(folder, "offline.json"), JSON.stringify({ format: "touchstone-offline", version: 1, id: "evil1", runId: RUN, command: ["x"], cwd: "/", folder: "/", start: 1, ...more }));
  write(join(folder, "exit.json"), '{"code":0,"signal":null,"end":2}');
  write(join(folder, "events.jsonl"), artifacts.map((name) => `${JSON.stringify({ k: "artifact", t: 1, path: "/x", name })}\n`).join(""));
  return folder;
}

test("a link to a folder in what somebody recorded brings nothing from where it leads: as an artifact, in one, on the way to one", async (context) => {
  const { folder, outside, take, kept, notes } = await setUp(context);
  const run = recorded(join(folder, "runs", "a"), ["keys", "way/sub", "model", "gone", "loop"]);
  write(join(run, "artifacts", "model", "weights.bin"), "own");
  symlinkSync(outside, join(run, "artifacts", "keys"));
  symlinkSync(outside, join(run, "artifacts", "way"));
  symlinkSync(outside, join(run, "artifacts", "model", "deep"));
  symlinkSync(join(outside, "id_rsa"), join(run, "artifacts", "model", "file"));
  linkSync(join(outside, "sub", "config"), join(run, "artifacts", "model", "hard"));
  symlinkSync(".", join(run, "artifacts", "loop"));
  await take(run);
  assert.deepEqual(kept(), ["model/weights.bin"]);
  assert.deepEqual(notes(), [
    "The artifact keys is not kept: a link in its place leads elsewhere.",
    "The artifact way/sub is not kept: a link in its place leads elsewhere.",
    "Of the artifact model, what is a link or no plain file is not kept: 3.",
    "The artifact gone is not kept: it is not there.",
    "The artifact loop is not kept: a link in its place leads elsewhere.",
  ]);
});

test("nor does a link at `artifacts`, `ranks`, `spool` or `code` itself", async (context) => {
  const { folder, outside, services, take, kept } = await setUp(context);
  const run = recorded(join(folder, "runs", "a"), ["0.log"]);
  for (const name of ["artifacts", "ranks", "spool", "code"]) symlinkSync(outside, join(run, name));
  write(join(run, "spool.jsonl"), `${JSON.stringify({ t: 1, call: "PUT artifact", path: `0/${RUN}/artifacts/kept.bin`, file: `spool/${"c".repeat(32)}` })}\n`);
  write(join(run, "code.json"), JSON.stringify({ state: { kind: "files" }, blobs: [{ kind: "source", path: "train.py", file: `code/${"d".repeat(64)}` }] }));
  await take(run);
  assert.deepEqual(kept(), []);
  assert.deepEqual(services.store.read.launches.blobs(services.store.read.launches.keyOf("evil1") ?? 0), []);
});

test("the run's folder itself may be reached by a link: a person named it", async (context) => {
  const { folder, outside, take, kept } = await setUp(context);
  const run = recorded(join(outside, "run"), ["model.bin"]);
  write(join(run, "artifacts", "model.bin"), "own");
  write(join(run, "ranks", "1", "1.log"), "rank 1");
  symlinkSync(run, join(folder, "there"));
  await take(join(folder, "there"));
  assert.deepEqual(kept(), ["logs/rank_1.log", "model.bin"]);
});

test("what its name calls a secret stays where it is, in a folder and by itself", async (context) => {
  const { folder, take, kept, notes } = await setUp(context);
  const run = recorded(join(folder, "runs", "a"), ["configs", "credentials"]);
  for (const name of ["configs/model.yaml", "configs/.env", "configs/.aws/config", "credentials"]) write(join(run, "artifacts", name), "x");
  write(join(run, "spool", "c".repeat(32)), "x");
  write(join(run, "spool.jsonl"), `${JSON.stringify({ t: 1, call: "PUT artifact", path: `0/${RUN}/artifacts/id_rsa`, file: `spool/${"c".repeat(32)}` })}\n`);
  await take(run);
  assert.deepEqual(kept(), ["configs/model.yaml"]);
  assert.deepEqual(notes().map((note) => /holds secrets/.test(note)), [true, true, true]);
});

test("of a folder without end so much is looked at, and the run says so", async (context) => {
  const { folder } = await setUp(context);
  for (let n = 0; n < 10; n++) write(join(folder, "artifacts", "many", String(n), "a.txt"), "x");
  for (let n = 0; n < 50; n++) mkdirSync(join(folder, "artifacts", "many", "5", `d${n}`));
  const { files, leftOut } = await keptFiles(folder, "many", 40);
  assert.ok(files.length < 10 && files.length > 0, String(files.length));
  assert.deepEqual(leftOut, ["Of the artifact many, only the first 40 files and folders were looked at."]);
});

test("runs in the folder come by themselves only while a client is there whose person trusts it", async (context) => {
  const { folder, services, kept } = await setUp(context);
  const handlers = new Map<string, Handler<never, unknown>>();
  let leave: Parameters<RpcServer["onClients"]>[0] = () => undefined;
  const rpc: RpcServer = { handle: (token, handler) => void handlers.set(token.method, handler), emit: () => undefined, onClients: (listener) => void (leave = listener) };
  const client = (id: number): ClientInfo => ({ id, kind: "editor", version: "", protocol: 1, extension: "" });
  // SAFETY: handlers are asked with what their tokens say.
  const ask = (method: string, params: unknown, id: number): unknown => handlers.get(method)?.(params as never, { signal: new AbortController().signal, client: client(id), progress: () => undefined });
  recorded(join(folder, "runs", "a"), []);
  let others = 0;
  /** Runs elsewhere, which a person names: what was under way by itself before is over then. */
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 2; n++) {
      const digit = String(++others);
      await ask(offlineTakeIn.method, { path: recorded(join(folder, "..", `elsewhere${digit}`), [], { id: `other${digit}`, runId: digit.repeat(32) }) }, 1);
    }
  };
  const came = (): boolean => services.store.read.launches.byId("evil1") !== undefined;
  const later = async (act: () => unknown): Promise<void> => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await act();
      mock.timers.tick(60 * 60_000);
    } finally {
      mock.timers.reset();
    }
    await settle();
  };
  await later(() => registerOffline(rpc, { ...services, log: () => undefined, launches: { hook: () => undefined } } as unknown as Services)); // SAFETY: all that it needs.
  assert.ok(!came(), "nobody trusts the folder");
  await later(() => {
    void ask(offlineWatch.method, null, 7);
    leave([], client(7));
  });
  assert.ok(!came(), "who trusted it has left");
  await later(() => ask(offlineWatch.method, null, 8));
  while (!came()) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(kept(), []);
});
