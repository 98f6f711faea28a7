import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { type Db, openConnection } from "./connection.ts";
import { latestVersion, migrate, migrations, storeVersion } from "./migrations.ts";
import { readCurve } from "../runs/curves.ts";
import { openRunTable } from "../runs/openTable.ts";
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

test("the copy from before a migration has what was committed last also while somebody reads the store", async () => {
  const { folder, dispose } = temporaryFolder();
  await storeWithOneRun(folder);
  const [db, reader] = [open(folder), openConnection(join(folder, ".touchstone", "touchstone.db"), "read")];
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM runs").get();
  db.exec("INSERT INTO runs (run_id, experiment_id, name, status, start, color) SELECT 'late', experiment_id, 'late', 'finished', 1, 0 FROM experiments LIMIT 1");
  db.pragma("busy_timeout = 10");
  migrate(db, [...migrations, next]);
  const backups = join(folder, ".touchstone", "backups");
  const [copy = ""] = readdirSync(backups);
  const old = openConnection(join(backups, copy), "read");
  assert.deepEqual([storeVersion(old), old.prepare("SELECT run_id FROM runs ORDER BY run_key").pluck().all()], [latestVersion(), ["r1", "late"]]);
  for (const one of [old, reader, db]) one.close();
  dispose();
});

test("an older store that is damaged is read, not changed: there is no whole copy of it", async () => {
  const { folder, dispose } = temporaryFolder();
  mkdirSync(join(folder, ".touchstone"));
  const db = open(folder);
  migrate(db, migrations.slice(0, -1));
  db.exec("INSERT INTO runs (run_id, experiment_id, name, status, start, color, note) SELECT 'r1', experiment_id, 'r1', 'finished', 1, 0, printf('%.100000c', 'x') FROM experiments LIMIT 1");
  db.close();
  const file = join(folder, ".touchstone", "touchstone.db");
  // A page of the note points into nowhere.
  const damaged = openSync(file, "r+");
  writeSync(damaged, Buffer.from([0, 0, 15, 255]), 0, 4, statSync(file).size - 3 * 4096);
  closeSync(damaged);
  const before = readFileSync(file);
  const store = await openStore({ folder });
  assert.deepEqual([store.readOnly, store.read.runs.byId("r1")?.name], [true, "r1"]);
  assert.match(store.notes[0] ?? "", /touchstone\.db is damaged .*It is read as far as that goes, not written\. .*touchstone doctor/);
  await store.close();
  assert.ok(readFileSync(file).equals(before));
  assert.deepEqual(readdirSync(join(folder, ".touchstone", "backups")), []);
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

for (const version of [1, 2]) {
  test(`a store of schema ${version} is read as it is where it must not be brought up to date: runs, curves, evaluations`, async () => {
    const { folder, dispose } = temporaryFolder();
    mkdirSync(join(folder, ".touchstone"));
    const db = open(folder);
    migrate(db, migrations.slice(0, version));
    db.exec(`INSERT INTO keys (key_id, name) VALUES (1, 'loss');
      INSERT INTO runs (run_key, run_id, experiment_id, status, start, color) VALUES (1, 'r', 0, 'finished', 0, 0);
      INSERT INTO metrics WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < 4999) SELECT 1, 1, i, i, i % 7 FROM s;
      INSERT INTO latest (run_key, key_id, value, step, time, min, max, points, origin) VALUES (1, 1, 1, 4999, 4999, 0, 6, 5000, 'script');`);
    if (version > 1) db.exec("INSERT INTO evaluations VALUES ('e', 'a.csv', NULL, 'binary', 1, 1, 1, 1, '{}', '{}', '{}')");
    db.close();
    const store = await openStore({ folder, readOnly: true });
    assert.deepEqual([store.read.metrics.backlog(), store.read.metrics.blocked(1, "loss"), store.read.metrics.count(1, "loss")], [0, null, 5000]);
    const curve = await readCurve(openRunTable(store), store.read, 0, { key: "loss", x: "step", maxPoints: 500 });
    assert.deepEqual([curve.points, Math.max(...curve.y)], [5000, 6]);
    const { evaluations } = store.read;
    assert.deepEqual([evaluations.all().length, evaluations.byPath("a.csv").length, evaluations.byId("e")?.path, evaluations.byRun("r"), evaluations.writerOf("a.csv")], version > 1 ? [1, 1, "a.csv", [], null] : [0, 0, undefined, [], null]);
    await store.close();
    dispose();
  });
}

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
