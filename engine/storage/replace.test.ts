import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import type { EngineConnection } from "../api/connect.ts";
import { engineStatus, engineTrackingEnvironment } from "../api/engine.ts";
import { launchGet, launchLog, launchStart, launchStop } from "../api/launches.ts";
import { storageAbout, storageBackUp, storageRestore } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());
const coded = (code: string) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === code;

/** What a script's MLflow client does that no launch holds. */
async function call(connection: EngineConnection, route: string, body: object): Promise<string> {
  const { env } = await connection.request(engineTrackingEnvironment, null);
  const headers = { authorization: `Bearer ${env["MLFLOW_TRACKING_TOKEN"]}`, "content-type": "application/json" };
  const response = await fetch(`${env["MLFLOW_TRACKING_URI"]}/api/2.0/mlflow/${route}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

/** Gives the id of a run that goes on. */
async function beginRun(connection: EngineConnection, name: string): Promise<string> {
  return JSON.parse(await call(connection, "runs/create", { experiment_id: "0", run_name: name, start_time: 1_700_000_000_000 })).run.info.run_id;
}

async function logRun(connection: EngineConnection, name: string): Promise<void> {
  const id = await beginRun(connection, name);
  await call(connection, "runs/update", { run_id: id, status: "FINISHED", end_time: 1_700_000_001_000 });
}

const runs = async (connection: EngineConnection): Promise<number> => (await connection.request(engineStatus, null)).runs;

test("a backup takes the place of the store that is in use, the store is kept, and comes back", async () => {
  const folder = engines.folder("restored");
  const connection = engines.connect(folder);
  await logRun(connection, "first");
  const file = join(engines.root, "monday.touchstone-backup");
  const seen: number[] = [];
  const made = await connection.request(storageBackUp, { file, replace: false }, { onProgress: ({ done }) => seen.push(done) });
  assert.deepEqual([made.runs, made.missing], [1, []]);
  await assert.rejects(connection.request(storageBackUp, { file, replace: false }), coded("FILE_EXISTS"));
  assert.equal((await connection.request(storageBackUp, { file, replace: true })).runs, 1);
  const about = await connection.request(storageAbout, { file });
  assert.deepEqual([about.runs, about.bytes > 100_000], [1, true]);
  await logRun(connection, "second");
  await logRun(connection, "third");
  assert.equal(await runs(connection), 3);

  const before = engines.enginePid(folder);
  const { kept } = await connection.request(storageRestore, { file });
  await until(() => ![null, before].includes(engines.enginePid(folder)));
  assert.equal(await runs(connection), 1, "the next engine has the backup's store");
  await logRun(connection, "after");
  assert.deepEqual(readdirSync(folder).sort(), [".touchstone", basename(kept)].sort(), "nothing else is left");

  const between = engines.enginePid(folder);
  const back = await connection.request(storageRestore, { kept });
  await until(() => ![null, between].includes(engines.enginePid(folder)));
  assert.deepEqual(readdirSync(folder).sort(), [".touchstone", basename(back.kept)].sort());
  assert.equal(await runs(connection), 3, "what was written before the restore is all there");
  assert.equal(dirname(back.kept), folder);
});

test("a store that a training writes, and files that are no backup, change nothing", async () => {
  const folder = engines.folder("busy");
  const connection = engines.connect(folder);
  await logRun(connection, "first");
  const file = join(engines.root, "busy.touchstone-backup");
  await connection.request(storageBackUp, { file, replace: false });
  const other = join(engines.root, "no-backup");
  writeFileSync(other, "no backup at all");
  await assert.rejects(connection.request(storageRestore, { file: other }), coded("BACKUP_FOREIGN"));
  await assert.rejects(connection.request(storageRestore, { kept: join(folder, ".touchstone") }), coded("STORE_MISSING"));
  await assert.rejects(connection.request(storageRestore, { kept: join(folder, ".touchstone-before-that") }), coded("STORE_MISSING"));
  const { launchId } = await connection.request(launchStart, { command: [process.execPath, "-e", "console.log('on'); setInterval(() => {}, 1000)"], cwd: folder, env: { PATH: process.env["PATH"] ?? "" }, from: "cli" });
  while ((await connection.request(launchLog, { launchId, offset: 0, follow: false })).data.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const pid = engines.enginePid(folder);
  await assert.rejects(connection.request(storageRestore, { file }), coded("STORE_IN_USE"));
  await connection.request(launchStop, { launchId, graceMs: 100 });
  while ((await connection.request(launchGet, { launchId })).end === null) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([await runs(connection), engines.enginePid(folder), readdirSync(folder)], [2, pid, [".touchstone"]]);
  rmSync(file);
});

test("scripts that no launch holds keep their store: the restore names their runs, until they have ended", async () => {
  const folder = engines.folder("in a terminal");
  const connection = engines.connect(folder);
  await logRun(connection, "first");
  const file = join(engines.root, "terminal.touchstone-backup");
  await connection.request(storageBackUp, { file, replace: false });
  const open = [await beginRun(connection, "deep"), await beginRun(connection, "wide")];
  const pid = engines.enginePid(folder);
  await assert.rejects(connection.request(storageRestore, { file }), (error) => {
    assert.ok(error instanceof TouchstoneError);
    assert.deepEqual([error.shape.code, error.shape.message], ["STORE_IN_USE", "A script, notebook or client writes to wide, deep in this store."]);
    return true;
  });
  for (const id of open) await call(connection, "runs/log-metric", { run_id: id, key: "loss", value: 0.5, step: 1, timestamp: 1_700_000_000_500 });
  assert.deepEqual([await runs(connection), engines.enginePid(folder), readdirSync(folder)], [3, pid, [".touchstone"]]);
  await call(connection, "runs/update", { run_id: open[0], status: "FINISHED", end_time: 1_700_000_002_000 });
  await assert.rejects(connection.request(storageRestore, { file }), /A script, notebook or client writes to wide in this store\./);
  await call(connection, "runs/update", { run_id: open[1], status: "KILLED", end_time: 1_700_000_002_000 });
  await connection.request(storageRestore, { file });
  await until(() => ![null, pid].includes(engines.enginePid(folder)));
  assert.equal(await runs(connection), 1);
});
