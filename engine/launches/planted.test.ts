import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchGet, launchStart } from "../api/launches.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { PrivateFolder } from "../life/private.ts";
import { launchOf } from "../store/store.fixture.ts";
import { openStore } from "../store/store.ts";
import { launchFiles } from "./files.ts";

const engines = new TestEngines();
after(() => engines.dispose());

test("what the files of a planted open launch say is not believed: nothing runs, nothing is copied, the run is lost", { timeout: 120_000 }, async () => {
  const folder = engines.folder("planted");
  const canary = join(engines.root, "canary");
  const program = join(folder, "python");
  writeFileSync(program, `#!/bin/sh\ntouch '${canary}'\n`, { mode: 0o755 });
  const secret = join(engines.root, "id_rsa");
  writeFileSync(secret, "a private key");
  const planted = await openStore({ folder, readOnly: false });
  await planted.write("launch.create", launchOf("planted1", "r1"));
  await planted.write("launch.create", launchOf("../../evil", "r2"));
  await planted.close();
  const files = launchFiles(folder, "planted1");
  mkdirSync(files.folder, { recursive: true });
  const events = [{ k: "env", python: "3.11.7", executable: program, packages: {} }, { k: "artifact", path: secret, name: "key" }, { k: "param", key: "lr", value: "1", source: "script" }];
  writeFileSync(files.events, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  writeFileSync(files.exit, JSON.stringify({ code: 0, signal: null, end: Date.now() }));

  const engine = engines.connect(folder);
  for (const launchId of ["planted1", "../../evil"]) {
    let launch = await engine.request(launchGet, { launchId });
    while (launch.end === null) launch = await engine.request(launchGet, { launchId });
    assert.deepEqual([launch.status, launch.exitCode], ["lost", null]);
  }
  const store = await openStore({ folder, readOnly: true });
  try {
    assert.match(store.read.launches.byId("planted1")?.notes.join("\n") ?? "", /not started here/);
    assert.equal(store.read.launches.offset("planted1", "events"), 0);
    assert.deepEqual(store.read.artifacts.under("run:r1", ""), []);
    assert.equal(store.read.runs.byId("r1")?.status, "lost");
  } finally {
    await store.close();
  }
  assert.equal(existsSync(canary), false);
  for (const entry of readdirSync(join(folder, ".touchstone"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name !== "events.jsonl") assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes("a private key"), entry.name);
  }
});

test("a launch of this machine is remembered in the private folder until its end is stored", { timeout: 120_000 }, async () => {
  const folder = engines.folder("own");
  const engine = engines.connect(folder);
  writeFileSync(join(folder, "wait.py"), "import sys, os, time\nwhile not os.path.exists('go'): time.sleep(.01)\n");
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  const { launchId } = await engine.request(launchStart, { command: ["python3", "wait.py"], cwd: folder, env, from: "cli" });
  const marker = join(new PrivateFolder(folder).path, "launches", launchId);
  assert.equal(statSync(marker).mode & 0o777, 0o600);
  const pid = engines.enginePid(folder);
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
  await until(() => engines.enginePid(folder) !== null && engines.enginePid(folder) !== pid);
  assert.equal((await engine.request(launchGet, { launchId })).end, null);
  assert.ok(existsSync(marker));
  writeFileSync(join(folder, "go"), "");
  await until(() => !existsSync(marker));
  assert.equal((await engine.request(launchGet, { launchId })).status, "finished");
});
