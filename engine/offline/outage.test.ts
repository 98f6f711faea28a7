import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import type { EngineConnection } from "../api/connect.ts";
import { launchGet, launchStart, type LaunchState } from "../api/launches.ts";
import { type RunDetail, runsGet } from "../api/runs.ts";
import { launchFiles, readRunner } from "../launches/files.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";

const script = join(import.meta.dirname, "../../test/python/mlflow/outage.py");
const STEPS = 40;
const engines = new TestEngines();
after(() => engines.dispose());

const read = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8");

async function begin(folder: string, mode: string): Promise<{ connection: EngineConnection; launchId: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const starter = engines.connect(folder);
  const { launchId } = await starter.request(launchStart, { command: [await preparePython(), script, folder, mode, String(STEPS)], cwd: folder, env: { PATH, HOME }, from: "cli" });
  await until(() => existsSync(join(folder, "begun")), 120_000);
  return { connection: starter, launchId };
}

async function ended(connection: EngineConnection, launchId: string): Promise<LaunchState> {
  for (;;) {
    const state = await connection.request(launchGet, { launchId }).catch(() => null);
    if (state !== null && state.end !== null) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All that the script logged is there, by value, and nothing twice. */
async function check(connection: EngineConnection, folder: string, state: LaunchState): Promise<RunDetail> {
  const runId = read(folder, "begun");
  const [childId = ""] = read(folder, "done").split(" ");
  assert.equal(state.runId, runId, "the script's first run is the launch's");
  const run = await connection.request(runsGet, { runId });
  const child = await connection.request(runsGet, { runId: childId });
  assert.deepEqual([run.head.status, child.head.status, run.childIds], ["finished", "finished", [childId]]);
  assert.deepEqual(run.launch?.runIds, [runId, childId], "no run twice");
  const params = Object.fromEntries(run.params.filter(({ source }) => source === "client").map(({ key, value }) => [key, value]));
  assert.deepEqual(params, { lr: "0.1", epochs: String(STEPS), late: "True" });
  assert.equal(run.tags["phase"], "after");
  const store = await openStore({ folder, readOnly: true });
  try {
    const key = store.read.runs.byId(runId)?.runKey ?? 0;
    const history = (name: string) => store.read.metrics.points(key, name).map(({ step, value }) => [step, value]);
    const steps = Array.from({ length: STEPS }, (_, index) => index + 1);
    assert.deepEqual(history("loss"), [[0, 1], ...steps.map((step) => [step, 1 / (step + 1)])]);
    assert.deepEqual(history("acc"), steps.map((step) => [step, step / 8]));
    assert.deepEqual(history("nan"), steps.map((step) => [step, Number.NaN]));
    assert.deepEqual(store.read.artifacts.under(`run:${runId}`, "").map(({ path, bytes }) => [path, bytes]), [["notes/outage.txt", 5]]);
    assert.equal(store.read.models.datasets(key).length, 1);
    assert.deepEqual(store.read.metrics.points(store.read.runs.byId(childId)?.runKey ?? 0, "inner").map(({ step, value }) => [step, value]), [[3, 7]]);
  } finally {
    await store.close();
  }
  return run;
}

const seconds = (folder: string): number => Number(read(folder, "done").split(" ")[1]);

async function plainSeconds(folder: string): Promise<number> {
  const { connection, launchId } = await begin(folder, "plain");
  writeFileSync(join(folder, "go"), "");
  const state = await ended(connection, launchId);
  assert.deepEqual([state.status, state.exitCode], ["finished", 0]);
  await check(connection, folder, state);
  return seconds(folder);
}

function kill(folder: string): number {
  const pid = engines.enginePid(folder);
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
  return pid;
}

async function killed(t: TestContext, folder: string): Promise<void> {
  const { connection, launchId } = await begin(folder, "held");
  // Nobody but the runner starts the engine again.
  connection.dispose();
  writeFileSync(join(folder, "go"), "");
  const restarts: number[] = [];
  // The script is still there when the engine is back: its runner ends with it, and then nobody starts an engine.
  for (const [at, held] of [[5, 20], [25, 40]]) {
    await until(() => existsSync(join(folder, "step")) && Number(read(folder, "step")) >= Number(at));
    const before = performance.now();
    const killed = kill(folder);
    // A killed process is there for a moment.
    await until(() => ![null, killed].includes(engines.enginePid(folder)));
    restarts.push(performance.now() - before);
    writeFileSync(join(folder, `back-${held}`), "");
  }
  const window = engines.connect(folder);
  const state = await ended(window, launchId);
  assert.deepEqual([state.status, state.exitCode], ["finished", 0]);
  await check(window, folder, state);
  t.diagnostic(`the engine was back after ${restarts.map((ms) => `${Math.round(ms)} ms`).join(" and ")}; the script took ${seconds(folder)} s`);
}

test("an engine that is killed twice under a script costs it nothing that it logs, and is back without any window", { timeout: 240_000 }, async (t) => {
  t.diagnostic(`without a kill the script took ${await plainSeconds(engines.folder("plain"))} s`);
  await killed(t, engines.folder("killed"));
});

test("an engine that nobody can start until the script has ended: the script ends by itself, what it asked for fails with a sentence, everything is there afterwards", { timeout: 240_000 }, async (t) => {
  const folder = engines.folder("away");
  const { connection, launchId } = await begin(folder, "ask");
  connection.dispose();
  const runner = readRunner(launchFiles(folder, launchId));
  assert.ok(runner);
  // Who would start the engine waits.
  process.kill(runner.pid, "SIGSTOP");
  try {
    kill(folder);
    await until(() => engines.enginePid(folder) === null);
    writeFileSync(join(folder, "go"), "");
    await until(() => existsSync(join(folder, "done")), 120_000);
  } finally {
    process.kill(runner.pid, "SIGCONT");
  }
  assert.match(read(folder, "asked"), /engine has been away for \d+ s, and POST runs\/search asks for something that only it knows/);
  const window = engines.connect(folder);
  const state = await ended(window, launchId);
  assert.deepEqual([state.status, state.exitCode], ["finished", 0]);
  const run = await check(window, folder, state);
  assert.ok(run.launch?.notes.some((note) => note.includes("POST runs/search could not be answered")));
  t.diagnostic(`the script took ${seconds(folder)} s without an engine`);
});
