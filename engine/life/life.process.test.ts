import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Database from "better-sqlite3";
import type { EngineConnection } from "../api/connect.ts";
import { engineDrain, type EngineStatus, engineStatus } from "../api/engine.ts";
import { launchGet, launchList, launchStart } from "../api/launches.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { createRandom } from "../statistics/random.ts";
import { TestEngines, until } from "./engines.fixture.ts";
import { entryPath } from "../platform/entries.ts";
import { buildEngine } from "./otherEngine.fixture.ts";
import { PrivateFolder } from "./private.ts";
import { startEngine } from "./start.ts";
import { OWN_VERSION } from "./version.ts";

const STEPS = process.env["TOUCHSTONE_LONG"] === "1" ? 150 : 15;
const engines = new TestEngines();
const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
let oldEntry = "";

before(async () => {
  oldEntry = await buildEngine(join(engines.root, "old"), "0.0.1");
});
after(() => engines.dispose());

/** Engine processes of a folder, by their command lines. */
function processesOf(folder: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return words[words.indexOf("--folder") + 1] === folder && words.includes("--folder") ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** A window asks again when its engine went away: in one step it may be killed, and the older one that follows be replaced. */
async function statusOf(window: EngineConnection): Promise<EngineStatus> {
  for (;;) {
    try {
      return await window.request(engineStatus, null);
    } catch (error) {
      if (!(error instanceof TouchstoneError && error.shape.code === "ENGINE_GONE")) throw error;
    }
  }
}

test(`${STEPS} steps with real processes: start, kill, second window, upgrade, leave: one engine, reached by every window`, async () => {
  const folder = engines.folder("steps");
  const random = createRandom(11);
  const windows: EngineConnection[] = [engines.connect(folder)];
  for (let step = 0; step < STEPS; step++) {
    const dice = Math.floor(random() * 5);
    if (dice === 0) windows.push(engines.connect(folder));
    else if (dice === 1 && windows.length > 1) windows.shift()?.dispose();
    else if (dice === 2) {
      const pid = engines.enginePid(folder);
      if (pid !== null) process.kill(pid, "SIGKILL");
    } else if (dice === 3) {
      // An older engine takes the store if it can: then every window wants it replaced.
      const pid = engines.enginePid(folder);
      if (pid !== null) process.kill(pid, "SIGKILL");
      await startEngine(oldEntry, folder, new PrivateFolder(folder));
    } else {
      const started = startEngine(oldEntry, folder, new PrivateFolder(folder));
      windows.push(engines.connect(folder));
      await started;
    }
    const answers = await Promise.all(windows.map(statusOf));
    assert.deepEqual(new Set(answers.map(({ version }) => version)), new Set([OWN_VERSION.version]), `step ${step}`);
    assert.equal(new Set(answers.map(({ pid }) => pid)).size, 1, `step ${step}`);
    // Those that found the lock taken end by themselves.
    await until(() => processesOf(folder).length === 1);
  }
  for (const window of windows) window.dispose();
});

test("a newer window replaces the engine under a running script; the script ends as if nothing had been", async () => {
  const folder = engines.folder("upgrade");
  writeFileSync(join(folder, "train.py"), "import os, time\nwhile not os.path.exists('upgraded'):\n  print('.', flush=True)\n  time.sleep(0.02)\n");
  assert.equal(await startEngine(oldEntry, folder, new PrivateFolder(folder)), "ready");
  const port = engines.address(folder)?.port;
  const viewer = engines.connect(folder, { start: false });
  assert.equal((await viewer.request(engineStatus, null)).version, "0.0.1");
  const { launchId } = await viewer.request(launchStart, { command: ["python3", "train.py"], cwd: folder, env, from: "cli" });
  const window = engines.connect(folder);
  const status = await window.request(engineStatus, null);
  assert.equal(status.version, OWN_VERSION.version);
  assert.equal(status.trackingUri, `http://127.0.0.1:${port}`);
  assert.deepEqual((await window.request(launchList, { live: true })).launches.map((launch) => launch.launchId), [launchId]);
  writeFileSync(join(folder, "upgraded"), "");
  let end = await window.request(launchGet, { launchId });
  while (end.end === null) end = await window.request(launchGet, { launchId });
  assert.deepEqual([end.status, end.exitCode], ["finished", 0]);
});

test("addresses that lie in the workspace are data: nobody connects to them, no token goes there", async () => {
  const folder = engines.folder("planted");
  let calls = 0;
  const trap = createServer((socket) => {
    calls++;
    socket.destroy();
  });
  trap.listen(0, "127.0.0.1");
  await once(trap, "listening");
  const address = trap.address();
  assert.ok(typeof address === "object" && address !== null);
  const planted = join(folder, ".touchstone");
  mkdirSync(planted);
  const lie = JSON.stringify({ pid: process.pid, pidStart: null, version: "9.9.9", protocol: 99, socket: join(planted, "engine.sock"), port: address.port, entry: join(planted, "evil.js") });
  for (const name of ["engine.json", "port", "secret", "lock.db"]) writeFileSync(join(planted, name), name === "port" ? String(address.port) : lie);
  const socketTrap = createServer(() => calls++);
  socketTrap.listen(join(planted, "engine.sock"));
  await once(socketTrap, "listening");
  const status = await engines.connect(folder).request(engineStatus, null);
  assert.equal(status.version, OWN_VERSION.version);
  assert.notEqual(status.trackingUri, `http://127.0.0.1:${address.port}`);
  assert.equal(calls, 0);
  trap.close();
  socketTrap.close();
});

test("a port that another program took meanwhile is left to it: a new one is kept, and it is said", async () => {
  const folder = engines.folder("port");
  const first = engines.connect(folder);
  const { trackingUri, pid } = await first.request(engineStatus, null);
  const port = Number(new URL(trackingUri).port);
  first.dispose();
  process.kill(pid, "SIGKILL");
  await until(() => engines.enginePid(folder) === null);
  let calls = 0;
  const other = createServer(() => calls++);
  // A killed process frees its port a moment after it is gone for the process table.
  for (let listens = false; !listens; ) {
    other.listen(port, "127.0.0.1");
    listens = await Promise.race([once(other, "listening").then(() => true), once(other, "error").then(() => false)]).catch(() => false);
  }
  const status = await engines.connect(folder).request(engineStatus, null);
  assert.notEqual(status.trackingUri, trackingUri);
  assert.match(status.notes.join("\n"), new RegExp(`Port ${port} belongs to another program`));
  assert.equal(calls, 0);
  other.close();
});

test("what `touchstone serve` was asked for holds for the engine that follows a killed one, not for one that somebody ended", async () => {
  const folder = engines.folder("serve");
  const root = join(engines.root, "artifacts");
  assert.equal(await startEngine(entryPath("engine"), folder, new PrivateFolder(folder), ["--no-token", "--artifact-root", root]), "ready");
  const window = engines.connect(folder);
  const open = async (): Promise<number> => (await fetch(`${(await window.request(engineStatus, null)).trackingUri}/api/2.0/mlflow/experiments/get?experiment_id=0`)).status;
  assert.equal(await open(), 200);
  const pid = engines.enginePid(folder);
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
  await until(() => ![null, pid].includes(engines.enginePid(folder)));
  assert.equal(await open(), 200, "without a token, as before");
  const words = readFileSync(`/proc/${String(engines.enginePid(folder))}/cmdline`, "utf8").split("\0");
  assert.equal(words[words.indexOf("--artifact-root") + 1], root);
  const second = engines.enginePid(folder);
  await window.request(engineDrain, null);
  await until(() => ![null, second].includes(engines.enginePid(folder)));
  assert.equal(await open(), 401, "a person ended it: the next one asks for a token");
});

test("the private folder is for this user only, and nothing secret lies in the store", async () => {
  const folder = engines.folder("private");
  await engines.connect(folder).request(engineStatus, null);
  const { path } = new PrivateFolder(folder);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.ok(Buffer.byteLength(engines.address(folder)?.socket ?? "") < 100);
  const secret = Buffer.from(new PrivateFolder(folder).secret());
  for (const entry of readdirSync(join(folder, ".touchstone"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = readFileSync(join(entry.parentPath, entry.name));
    assert.ok(!content.includes(secret) && !content.includes(secret.toString("hex")), entry.name);
  }
});

test("what is not used any more leaves: without client and launch, after its time", async () => {
  const folder = engines.folder("idle");
  process.env["TOUCHSTONE_IDLE_MS"] = "150";
  const window = engines.connect(folder);
  const { pid } = await window.request(engineStatus, null);
  delete process.env["TOUCHSTONE_IDLE_MS"];
  window.dispose();
  await until(() => !processesOf(folder).includes(pid));
  assert.equal(engines.address(folder), null);
});

/** Makes the store of a folder, whose engine is killed at once. */
async function killedStore(folder: string): Promise<void> {
  const first = engines.connect(folder);
  const { pid } = await first.request(engineStatus, null);
  first.dispose();
  process.kill(pid, "SIGKILL");
  await until(() => !processesOf(folder).includes(pid));
}

test("a store of a newer version is shown, nothing is started in it, and it is said why", async () => {
  const folder = engines.folder("newer");
  await killedStore(folder);
  const store = new Database(join(folder, ".touchstone", "touchstone.db"));
  store.pragma("user_version = 999");
  store.close();
  const window = engines.connect(folder);
  const status = await window.request(engineStatus, null);
  assert.equal(status.readOnly, true);
  assert.match(status.notes.join("\n"), /newer/);
  writeFileSync(join(folder, "a.py"), "");
  await assert.rejects(window.request(launchStart, { command: ["python3", "a.py"], cwd: folder, env, from: "cli" }), /newer/);
});

test("an engine of another private folder (another user, sudo) only reads a store that is open already", async () => {
  const folder = engines.folder("shared");
  await engines.connect(folder).request(engineStatus, null);
  const own = process.env["TOUCHSTONE_RUNTIME_DIR"];
  process.env["TOUCHSTONE_RUNTIME_DIR"] = join(engines.root, "another");
  const stranger = engines.connect(folder);
  const status = await stranger.request(engineStatus, null);
  assert.equal(status.readOnly, true);
  assert.match(status.notes.join("\n"), /Another user's engine/);
  await stranger.request(engineDrain, null);
  stranger.dispose();
  await until(() => processesOf(folder).length === 1);
  process.env["TOUCHSTONE_RUNTIME_DIR"] = own;
});

test("a store that is deleted under the engine is made anew", async () => {
  const folder = engines.folder("deleted");
  const window = engines.connect(folder);
  const { pid } = await window.request(engineStatus, null);
  rmSync(join(folder, ".touchstone"), { recursive: true });
  await until(() => !processesOf(folder).includes(pid));
  const status = await window.request(engineStatus, null);
  assert.notEqual(status.pid, pid);
  assert.ok(statSync(join(folder, ".touchstone", "touchstone.db")).size > 0);
});

test("a folder on a network file system is tracked, and it is said", async () => {
  const folder = engines.folder("network");
  const mounts = join(engines.root, "mountinfo");
  writeFileSync(mounts, `22 1 8:2 / / rw - ext4 /dev/sda2 rw\n40 22 0:35 / ${engines.root.replaceAll(" ", "\\040")} rw - nfs4 filer:/home rw\n`);
  process.env["TOUCHSTONE_MOUNTINFO"] = mounts;
  const window = engines.connect(folder);
  const status = await window.request(engineStatus, null);
  delete process.env["TOUCHSTONE_MOUNTINFO"];
  assert.equal(status.readOnly, false);
  assert.match(status.notes.join("\n"), /^The folder lies on a network file system \(NFS\): tracking is slower, and only one machine may track into it at a time\.$/);
});

test("a read-only folder of a user without rights is shown, and why nothing is tracked there is said", async () => {
  const folder = engines.folder("readonly");
  await killedStore(folder);
  writeFileSync(join(folder, "train.py"), "");
  // What a killed engine left of its log is folded in, as its next one would.
  const store = new Database(join(folder, ".touchstone", "touchstone.db"));
  store.pragma("wal_checkpoint(TRUNCATE)");
  store.close();
  const closed = [folder, join(folder, ".touchstone")];
  const child = join(import.meta.dirname, "readOnly.fixture.ts");
  chmodSync(engines.root, 0o755);
  for (const path of closed) chmodSync(path, 0o555);
  chmodSync(join(folder, ".touchstone", "touchstone.db"), 0o444);
  try {
    // The superuser may write everywhere, so all of it runs as a user who may not.
    const own = mkdtempSync(join(tmpdir(), "touchstone-nobody-"));
    chmodSync(own, 0o777);
    const drop = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    // Node may stand in a folder that only the superuser enters.
    const node = join(own, "node");
    copyFileSync(process.execPath, node);
    const [program, ...args] = [...drop, node, child, folder] as const;
    const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, HOME: own, TMPDIR: own, TOUCHSTONE_RUNTIME_DIR: join(own, "run"), NODE_COMPILE_CACHE: "" }, timeout: 60_000 });
    rmSync(own, { recursive: true, force: true });
    const seen: { readOnly: boolean; notes: string[]; refused: string; runs: number } = JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? JSON.stringify(stderr));
    assert.equal(seen.readOnly, true, stderr);
    assert.match(seen.notes[0] ?? "", /\.touchstone cannot be written, so nothing new is tracked here\.$/);
    assert.match(seen.refused, /cannot be written/);
  } finally {
    for (const path of closed) chmodSync(path, 0o755);
  }
});
