import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { clientEnvironment } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

/** Neither client is on npm or PyPI: they are run where a person has them, and written after their documentation. */
const hasR = spawnSync("Rscript", ["-e", "library(mlflow)"], { stdio: "ignore" }).status === 0;
const classes = process.env["TOUCHSTONE_MLFLOW_JAVA"] ?? "";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

/** The run that a program logged to says `RUN <id>`; its values are in the store. */
async function check(program: string, args: readonly string[], source: string): Promise<void> {
  const child = spawn(program, args, { env: clientEnvironment(door.uri, door.storeToken), stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  child.stdin.end(source);
  const [code] = await once(child, "close");
  assert.equal(code, 0, output);
  const run = door.store.read.runs.byId(/RUN (\w{32})/.exec(output)?.[1] ?? "");
  assert.ok(run, output);
  assert.deepEqual([run.status, door.store.read.runs.params(run.runKey).map(({ key, value }) => `${key}=${value}`)], ["finished", ["lr=0.1"]]);
  assert.deepEqual(door.store.read.metrics.points(run.runKey, "loss").map(({ step, value }) => [step, value]), [[0, 0.5], [1, 0.25]]);
}

test("MLflow's client for R logs a run", { timeout: 120_000, skip: !hasR && "Rscript or its package mlflow is not installed (CRAN)" }, async () => {
  await check("Rscript", ["-"], `
library(mlflow)
run <- mlflow_start_run()
mlflow_log_param("lr", 0.1)
mlflow_log_metric("loss", 0.5, step = 0)
mlflow_log_metric("loss", 0.25, step = 1)
mlflow_end_run()
cat("RUN", run$run_id, "\\n")
`);
});

test("MLflow's client for Java logs a run", { timeout: 120_000, skip: !existsSync(classes.split(":")[0] ?? "") && "TOUCHSTONE_MLFLOW_JAVA names no class path with mlflow-client (Maven)" }, async () => {
  await check("jshell", ["--class-path", classes, "-"], `
var client = new org.mlflow.tracking.MlflowClient();
var run = client.createRun("0").getRunId();
client.logParam(run, "lr", "0.1");
client.logMetric(run, "loss", 0.5, System.currentTimeMillis(), 0);
client.logMetric(run, "loss", 0.25, System.currentTimeMillis(), 1);
client.setTerminated(run);
System.out.println("RUN " + run);
`);
});
