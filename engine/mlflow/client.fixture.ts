import { trackingEnvironment } from "../life/register.ts";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { preparePython } from "../../test/run/python.ts";
import { launchOf } from "../store/store.fixture.ts";
import type { LaunchCreate } from "../store/operations.ts";
import type { DoorFixture } from "./server.fixture.ts";

const scripts = join(import.meta.dirname, "../../test/python/mlflow");

export interface ScriptResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  /** What the script printed after `RESULT `. */
  readonly result: unknown;
}

/** The environment that a launch gives its script, of MLflow's part. */
export function clientEnvironment(uri: string, token: string): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, SYSTEMROOT } = process.env;
  return {
    PATH, HOME, LANG, TMPDIR, SYSTEMROOT,
    ...trackingEnvironment(uri, token),
    MLFLOW_ENABLE_ASYNC_LOGGING: "false",
  };
}

/** Runs a script with the locked MLflow client. */
export async function runScript(environment: NodeJS.ProcessEnv, name: string, ...args: string[]): Promise<ScriptResult> {
  return runWith(await preparePython(), environment, name, ...args);
}

/** Runs a script with the client of a Python. */
export async function runWith(python: string, environment: NodeJS.ProcessEnv, name: string, ...args: string[]): Promise<ScriptResult> {
  const child = spawn(python, [join(scripts, name), ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString("utf8")));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ended) => resolve(ended));
  });
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  return { code, signal, output, result: line === undefined ? null : JSON.parse(line) };
}

/** Runs a script as a launch: made before, closed with its exit code after. */
export async function launchScript(door: DoorFixture, launchId: string, runId: string, more: Partial<LaunchCreate>, name: string, ...args: string[]): Promise<ScriptResult> {
  await door.store.write("launch.create", launchOf(launchId, runId, { command: ["python", name, ...args], start: Date.now(), ...more }));
  const ended = await runScript(clientEnvironment(door.uri, door.launchToken(launchId)), name, ...args);
  const status = ended.code === 0 ? "finished" : ended.signal === null ? "failed" : "killed";
  await door.store.write("launch.update", { launchId, status, exitCode: ended.code, signal: ended.signal, end: Date.now() });
  return ended;
}

/** What basics.py reads back of its run, by value; what it prints of refusals is worded by the client's version. */
export function basicsRead(runId: string): unknown {
  return {
    experiment: "churn",
    by_name: null,
    name: "baseline",
    status: "FINISHED",
    params: { lr: "0.1", depth: "6", model: "gbm", p49: "49" },
    tags: { team: "blue", gone: null, note: "ünïcödé", t2: "2", "mlflow.runName": "baseline" },
    metrics: { val_f1: 0.75, "val/auc": 0.5, loss: 0.25, batch: 249.75 },
    history: [[0, 0.9], [1, 0.5], [2, "nan"], [3, "inf"], [4, 0.25]],
    dataset: [["train", "code", { "mlflow.data.context": "training" }]],
    artifacts: ["all", "config", "hello.txt", "plots"],
    plots: [["plots/confusion+matrix ü.txt", 8]],
    downloaded: "1 2\n3 4\n",
    values: { a: [1, 2] },
    found: [runId],
    none: 0,
  };
}
