import assert from "node:assert/strict";
import { existsSync, mkdtempSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connectEngine, type EngineConnection } from "./connect.ts";
import { engineDrain, engineStatus } from "./engine.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-connect-")));
process.env["TOUCHSTONE_RUNTIME_DIR"] = join(root, "run");
const connections: EngineConnection[] = [];

after(async () => {
  // Only one is left to ask: any other would start the next engine.
  for (const connection of connections.slice(1)) connection.dispose();
  await connections[0]?.request(engineDrain, null);
  connections[0]?.dispose();
  rmSync(root, { recursive: true, force: true });
});

function open(folder: string): EngineConnection {
  const connection = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0" });
  connections.push(connection);
  return connection;
}

test("two clients of one folder share the engine that the first one started", async () => {
  const folder = join(root, "täst folder");
  mkdirSync(join(folder, "sub"), { recursive: true });
  mkdirSync(join(folder, ".touchstone"));
  const [first, second] = [open(folder), open(join(folder, "sub"))];
  const [one, two] = [await first.request(engineStatus, null), await second.request(engineStatus, null)];
  assert.equal(one.folder, folder);
  assert.equal(one.pid, two.pid);
  assert.match(one.trackingUri, /^http:\/\/127\.0\.0\.1:\d+$/);
});

test("a folder that is not there gets no engine, and the one above it no store", async () => {
  const connection = open(join(root, "removed", "project"));
  await assert.rejects(connection.ready(), { message: `The folder ${join(root, "removed", "project")} does not exist.` });
  connection.dispose();
  assert.equal(existsSync(join(root, ".touchstone")), false);
});

test("who asks again when the engine has gone gets the next one's answer", async () => {
  const folder = join(root, "again");
  mkdirSync(folder);
  const connection = open(folder);
  const { pid } = await connection.request(engineStatus, null);
  process.kill(pid, "SIGKILL");
  let answer = null;
  for (let tries = 0; answer === null || answer.pid === pid; tries++) {
    // At most the request that was under way fails, and one that was written before the end was known.
    assert.ok(tries <= 2);
    answer = await connection.request(engineStatus, null).catch(() => null);
  }
  await connection.request(engineDrain, null);
  connection.dispose();
  connections.splice(connections.indexOf(connection), 1);
});
