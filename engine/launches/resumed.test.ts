import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import type { EngineConnection } from "../api/connect.ts";
import { launchGet, launchLog, type LaunchRequest, launchStart, type LaunchState } from "../api/launches.ts";
import { runsGet } from "../api/runs.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";

const script = join(import.meta.dirname, "../../test/python/mlflow/resume.py");
const engines = new TestEngines();
after(() => engines.dispose());

async function run(connection: EngineConnection, words: readonly string[], more: Partial<LaunchRequest> = {}): Promise<LaunchState> {
  const { PATH = "", HOME = "" } = process.env;
  let state = await connection.request(launchStart, { command: [await preparePython(), script, ...words], cwd: connection.folder, env: { PATH, HOME }, from: "cli", ...more });
  while (state.end === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    state = await connection.request(launchGet, { launchId: state.launchId });
  }
  return state;
}

async function points(folder: string, runId: string, key: string): Promise<(number | undefined)[][]> {
  const store = await openStore({ folder, readOnly: true });
  try {
    return store.read.metrics.points(store.read.runs.byId(runId)?.runKey ?? 0, key).map(({ step, value }) => [step, value]);
  } finally {
    await store.close();
  }
}

const log = async (connection: EngineConnection, launchId: string): Promise<string> => Buffer.from((await connection.request(launchLog, { launchId, offset: 0 })).data).toString().replaceAll("\r\n", "\n");

test("run --resume goes on with a run that failed: one run, its status, end, log and metrics", { timeout: 120_000 }, async () => {
  const folder = engines.folder("resume");
  const connection = engines.connect(folder);
  const failed = await run(connection, ["--epochs", "3", "--fail"]);
  const before = await connection.request(runsGet, { runId: failed.runId });
  assert.deepEqual([before.head.status, before.exception?.message], ["failed", "preempted"]);

  const resumed = await run(connection, ["--epochs", "5", "--resume", "checkpoint"], { resume: failed.runId.slice(0, 12) });
  assert.deepEqual([resumed.status, resumed.exitCode, resumed.runId, resumed.experimentId], ["finished", 0, failed.runId, failed.experimentId]);
  assert.notEqual(resumed.launchId, failed.launchId);
  const after = await connection.request(runsGet, { runId: failed.runId });
  assert.deepEqual([after.head.status, after.head.error, after.exception, after.launch?.launchId, after.launch?.runIds], ["finished", null, null, resumed.launchId, [failed.runId]]);
  assert.ok(after.launch?.notes.includes("The run went on with other params: epochs: 3 before, 5 from here on. What it logged before is of the old ones."), after.launch?.notes.join("\n"));
  assert.equal(after.head.start, before.head.start);
  assert.ok((after.head.end ?? 0) > (before.head.end ?? 0));
  assert.deepEqual(after.params.filter(({ key }) => key === "epochs").map(({ value, source }) => [value, source]).sort(), [["3", "earlier"], ["5", "argument"], ["5", "client"]]);
  assert.deepEqual(await points(folder, failed.runId, "loss"), [0, 1, 2, 3, 4].map((step) => [step, 1 / (step + 1)]));
  assert.deepEqual(await points(folder, failed.runId, "direct"), [0, 1, 2, 3, 4].map((step) => [step, step]));
  assert.match(await log(connection, resumed.launchId), /^begins at 0\n[\s\S]*preempted[\s\S]*begins at 3\n[\s\S]*RUN /);

  await assert.rejects(run(connection, ["--epochs", "1"], { resume: "feedfeed" }), /There is no run feedfeed/);
});

test("a script that resumes a run by its id under a new launch goes on with that run, and leaves no empty one", { timeout: 120_000 }, async () => {
  const folder = engines.folder("by id");
  const connection = engines.connect(folder);
  const first = await run(connection, ["--epochs", "2", "--fail"]);
  const second = await run(connection, ["--epochs", "4", "--resume", "checkpoint", "--run-id", first.runId]);
  assert.deepEqual([second.status, second.runId], ["finished", first.runId]);
  const after = await connection.request(runsGet, { runId: first.runId });
  assert.deepEqual([after.head.status, after.exception, after.launch?.launchId, after.launch?.runIds], ["finished", null, second.launchId, [first.runId]]);
  assert.deepEqual(await points(folder, first.runId, "loss"), [0, 1, 2, 3].map((step) => [step, 1 / (step + 1)]));
  assert.deepEqual((await points(folder, first.runId, "warm")).length, 2, "what came before start_run is the run's as well");
  const store = await openStore({ folder, readOnly: true });
  try {
    assert.equal(store.read.runs.count(), 1);
  } finally {
    await store.close();
  }
});
