import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { prepareJava } from "../../test/run/java.ts";
import { preparePython } from "../../test/run/python.ts";
import { launchGet, launchStart } from "../api/launches.ts";
import { runsGet } from "../api/runs.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";
import { clientEnvironment } from "./client.fixture.ts";
import { openDoor } from "./server.fixture.ts";

const hasR = spawnSync("Rscript", ["-e", "library(mlflow)"], { stdio: "ignore" }).status === 0;
const java = prepareJava();
const engines = new TestEngines();
after(() => engines.dispose());

// It is on CRAN only: run where a person has it, and written after its documentation.
test("MLflow's client for R logs a run", { timeout: 120_000, skip: !hasR && "Rscript or its package mlflow is not installed (CRAN)" }, async () => {
  const door = await openDoor();
  try {
    const child = spawn("Rscript", ["-"], { env: clientEnvironment(door.uri, door.storeToken), stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
    child.stdin.end(`
library(mlflow)
run <- mlflow_start_run()
mlflow_log_param("lr", 0.1)
mlflow_log_metric("loss", 0.5, step = 0)
mlflow_log_metric("loss", 0.25, step = 1)
mlflow_end_run()
cat("RUN", run$run_id, "\\n")
`);
    const [code] = await once(child, "close");
    assert.equal(code, 0, output);
    const run = door.store.read.runs.byId(/RUN (\w{32})/.exec(output)?.[1] ?? "");
    assert.ok(run, output);
    assert.deepEqual([run.status, door.store.read.runs.params(run.runKey).map(({ key, value }) => `${key}=${value}`)], ["finished", ["lr=0.1"]]);
    assert.deepEqual(door.store.read.metrics.points(run.runKey, "loss").map(({ step, value }) => [step, value]), [[0, 0.5], [1, 0.25]]);
  } finally {
    await door.close();
  }
});

test("MLflow's client for Java, unmodified under Run & track: the launch's own run, a child, and what it read back", { timeout: 240_000, skip: "because" in java && java.because }, async () => {
  assert.ok("classPath" in java);
  const connection = engines.connect(engines.folder("java"));
  copyFileSync(join(import.meta.dirname, "../../test/java/Train.java"), join(connection.folder, "Train.java"));
  // It sends artifacts through the `mlflow` of a Python on PATH.
  const env = { PATH: [dirname(await preparePython()), process.env["PATH"]].join(delimiter), HOME: connection.folder };
  let state = await connection.request(launchStart, { command: ["java", "-cp", java.classPath, "Train.java"], cwd: connection.folder, env, from: "cli" });
  while (state.end === null) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await connection.request(launchGet, { launchId: state.launchId });
  }
  const store = await openStore({ folder: connection.folder, readOnly: true });
  try {
    const log = readFileSync(join(store.dir, "launches", state.launchId, "log"), "utf8");
    assert.equal(state.exitCode, 0, log);
    const [, own = "", inner = ""] = /^RUN (\w{32}) (\w{32})/m.exec(log) ?? [];
    assert.match(log, /^READ FINISHED \{batched=yes, .*depth=6, lr=0\.1, model=gbm\} 0:1\.0 1:0\.5 2:0\.25 true from Java\r?$/m);
    const [run, child] = await Promise.all([own, inner].map((runId) => connection.request(runsGet, { runId })));
    assert.deepEqual([own, run?.launch?.runIds], [state.runId, [own, inner]], "it is the launch's own run");
    assert.deepEqual([run?.name, run?.head.status, run?.experimentName, run?.tags["team"], run?.tags["gone"]], ["first ünï", "finished", "from Java", "blue", undefined]);
    assert.deepEqual([child?.name, child?.head.status, child?.tags["mlflow.parentRunId"]], ["inner", "finished", own]);
    const points = (runId: string, key: string) => store.read.metrics.points(store.read.runs.byId(runId)?.runKey ?? 0, key).map(({ step, value }) => [step, value]);
    assert.deepEqual(["loss", "odd", "acc", "batch"].map((key) => points(own, key)), [[[0, 1], [1, 0.5], [2, 0.25]], [[0, Number.NaN]], [[3, 0.75]], [[4, 2.5]]]);
    assert.deepEqual(points(inner, "loss"), [[0, 7]]);
    assert.deepEqual(store.read.artifacts.under(`run:${own}`, "").map(({ path, bytes }) => [path, bytes]), [["notes/note.txt", 10]]);
  } finally {
    await store.close();
  }
});
