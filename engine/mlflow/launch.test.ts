import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import { launchGet, launchStart, type LaunchState } from "../api/launches.ts";
import { experimentsList, type RunDetail, runsGet } from "../api/runs.ts";
import type { EngineConnection } from "../api/connect.ts";
import { TestEngines } from "../life/engines.fixture.ts";

const scripts = join(import.meta.dirname, "../../test/python/mlflow");
const engines = new TestEngines();
after(() => engines.dispose());

/** Run & track of a script with the locked client: runner, bootstrap and engine are the real ones. */
async function tracked(connection: EngineConnection, name: string, ...args: string[]): Promise<{ state: LaunchState; runs: RunDetail[] }> {
  const { PATH = "", HOME = "" } = process.env;
  copyFileSync(join(scripts, name), join(connection.folder, name));
  const command = [await preparePython(), name, ...args];
  let state = await connection.request(launchStart, { command, cwd: connection.folder, env: { PATH, HOME }, from: "cli" });
  while (state.end === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    state = await connection.request(launchGet, { launchId: state.launchId });
  }
  const first = await connection.request(runsGet, { runId: state.runId });
  const ids = first.launch?.runIds ?? [];
  return { state, runs: await Promise.all(ids.map((runId) => connection.request(runsGet, { runId }))) };
}

test("an exception that unwinds an open run: the run failed, although its client called it finished", async () => {
  const connection = engines.connect(engines.folder());
  const { state, runs } = await tracked(connection, "endings.py", "raise");
  assert.deepEqual([state.status, state.exitCode, runs.length], ["failed", 1, 1]);
  assert.deepEqual([runs[0]?.head.status, runs[0]?.head.error, runs[0]?.exception?.type], ["failed", "ValueError: loss is NaN", "ValueError"]);
  assert.equal(runs[0]?.metrics.find(({ key }) => key === "loss")?.last, 0.5);
});

test("a loop of three under the bootstrap: arguments stand beside what the client logs", async () => {
  const connection = engines.connect(engines.folder());
  const { runs } = await tracked(connection, "loop.py", "--epochs", "3");
  assert.deepEqual(runs.map(({ head }) => head.status), ["finished", "finished", "finished"]);
  const epochs = runs[0]?.params.filter(({ key }) => key === "epochs").map(({ value, source, differs }) => [value, source, differs]);
  assert.deepEqual(epochs, [["3", "argument", false], ["3", "client", false]]);
  assert.deepEqual(runs.map(({ metrics }) => metrics.find(({ key }) => key === "loss")?.last), [0.2, 0.4, 0.6]);
  assert.ok(runs[0]?.metrics.find(({ key }) => key === "loss")?.site?.line, "the line that logs it is known");
});

test("a printed value yields to the logged one; what is only printed stays", async () => {
  const connection = engines.connect(engines.folder());
  const { runs } = await tracked(connection, "printing.py");
  const metrics = new Map(runs[0]?.metrics.map(({ key, last, points }) => [key, [last, points]]));
  assert.deepEqual([metrics.get("loss"), metrics.get("accuracy")], [[1 / 5, 3], [0.875, 3]]);
});

test("set_tracking_uri in the code is left alone, and said", async () => {
  const folder = engines.folder();
  const connection = engines.connect(folder);
  mkdirSync(join(folder, "elsewhere"), { recursive: true });
  const { state, runs } = await tracked(connection, "elsewhere.py", `sqlite:///${join(folder, "elsewhere", "mlflow.db")}`);
  assert.deepEqual([state.status, runs.length, runs[0]?.metrics.filter(({ key }) => !key.startsWith("system/"))], ["finished", 1, []]);
  assert.match(runs[0]?.launch?.notes.join("\n") ?? "", /set_tracking_uri|tracking URI/i);
  const { experiments } = await connection.request(experimentsList, {});
  assert.equal(experiments.some(({ name }) => name === "Default"), false);
});
