import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { type Db, openConnection } from "./connection.ts";
import { latestVersion, migrate, migrations, storeVersion } from "./migrations.ts";
import { openStore } from "./store.ts";
import { launchOf, temporaryFolder } from "./store.fixture.ts";

const next = { version: latestVersion() + 1, sql: "ALTER TABLE runs ADD COLUMN extra TEXT" };

function open(folder: string): Db {
  return openConnection(join(folder, ".touchstone", "touchstone.db"), "write");
}

async function storeWithOneRun(folder: string): Promise<void> {
  const store = await openStore({ folder });
  await store.write("launch.create", launchOf("l1", "r1"));
  await store.close();
}

test("a migration keeps the data and leaves a copy of the store before it", async () => {
  const { folder, dispose } = temporaryFolder();
  await storeWithOneRun(folder);
  const db = open(folder);
  migrate(db, [...migrations, next]);
  assert.equal(storeVersion(db), next.version);
  assert.equal(db.prepare("SELECT count(*) AS n FROM runs WHERE extra IS NULL").pluck().get(), 1);
  db.close();
  const backups = join(folder, ".touchstone", "backups");
  const [copy = ""] = readdirSync(backups);
  const old = openConnection(join(backups, copy), "read");
  assert.deepEqual([storeVersion(old), old.prepare("SELECT run_id FROM runs").pluck().all()], [latestVersion(), ["r1"]]);
  old.close();
  dispose();
});

test("a migration that fails changes nothing", async () => {
  const { folder, dispose } = temporaryFolder();
  await storeWithOneRun(folder);
  const db = open(folder);
  assert.throws(() => migrate(db, [...migrations, next, { version: next.version + 1, sql: "CREATE TABLE runs (x)" }]), /already exists/);
  assert.equal(storeVersion(db), latestVersion());
  assert.throws(() => db.prepare("SELECT extra FROM runs"), /no such column/);
  db.close();
  dispose();
});

test("a store of a newer version is read, not written, and says so", async () => {
  const { folder, dispose } = temporaryFolder();
  await storeWithOneRun(folder);
  const db = open(folder);
  migrate(db, [...migrations, next]);
  db.close();
  const store = await openStore({ folder });
  assert.equal(store.readOnly, true);
  assert.match(store.notes[0] ?? "", /newer Touchstone \(schema \d+; this version knows \d+\)/);
  assert.equal(store.read.runs.byId("r1")?.runId, "r1");
  await assert.rejects(store.write("run.update", { runIds: ["r1"], note: "x" }), /newer Touchstone/);
  await store.close();
  dispose();
});

test("a planted store with a trigger is refused", async () => {
  const { folder, dispose } = temporaryFolder();
  mkdirSync(join(folder, ".touchstone"));
  const db = open(folder);
  migrate(db);
  db.exec("CREATE TRIGGER evil AFTER INSERT ON runs BEGIN DELETE FROM runs; END");
  db.close();
  await assert.rejects(openStore({ folder }), (error) => error instanceof TouchstoneError && error.shape.code === "STORE_FOREIGN");
  dispose();
});

test("reading where there is no store makes none", async () => {
  const { folder, dispose } = temporaryFolder();
  await assert.rejects(openStore({ folder, readOnly: true }), (error) => error instanceof TouchstoneError && error.shape.code === "STORE_MISSING");
  assert.equal(existsSync(join(folder, ".touchstone")), false);
  dispose();
});

test("a process that is killed in a migration leaves the store as it was", async () => {
  const { folder, dispose } = temporaryFolder();
  await storeWithOneRun(folder);
  const file = join(folder, ".touchstone", "touchstone.db");
  const child = spawn(process.execPath, [join(import.meta.dirname, "migrate.fixture.ts"), file], { stdio: "ignore" });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  while ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) < 1_000_000 && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  assert.equal(await ended, "SIGKILL", "it was still at it");
  const store = await openStore({ folder });
  assert.deepEqual([store.readOnly, store.read.runs.byId("r1")?.user], [false, "ada"]);
  await store.write("run.update", { runIds: ["r1"], note: "after" });
  await store.close();
  const db = open(folder);
  assert.equal(storeVersion(db), latestVersion());
  migrate(db, [...migrations, next]);
  assert.deepEqual([storeVersion(db), db.prepare("SELECT note FROM runs").pluck().get()], [next.version, "after"]);
  db.close();
  dispose();
});
