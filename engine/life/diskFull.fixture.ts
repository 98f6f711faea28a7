/**
 * Runs with a small disk of its own at argv[2]: an engine that a script and an MLflow client write to while the disk fills up and has
 * room again. Prints what happened as JSON; `diskFull.test.ts` judges it.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { engineNotes, engineStatus, engineTrackingEnvironment } from "../api/engine.ts";
import { launchGet, launchStart } from "../api/launches.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { openStore } from "../store/store.ts";
import { TestEngines, until } from "./engines.fixture.ts";

const disk = process.argv[2] ?? "";
const engines = new TestEngines();
const folder = join(disk, "prøject one");
mkdirSync(folder);

/** Leaves no byte free. */
function fill(): void {
  const handle = openSync(join(disk, "ballast"), "a");
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(handle, Buffer.alloc(size));
    } catch {
      // Now smaller pieces.
    }
  }
  closeSync(handle);
}
const free = (): void => rmSync(join(disk, "ballast"));

/** Its signals stand where there is room. */
const SCRIPT = `import os, sys, time, touchstone
def wait(name):
    while not os.path.exists(os.path.join(sys.argv[1], name)): time.sleep(.02)
def tell(name):
    open(os.path.join(sys.argv[1], name), "w").close()
touchstone.log({"loss": 0.5}, step=0)
tell("logged")
wait("full")
for step in range(1, 200):
    touchstone.log({"loss": step, "long": step}, step=step)
tell("tried")
wait("free")
touchstone.log({"loss": 0.25}, step=1000)
`;

async function main(): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  const window = engines.connect(folder);
  const told: string[] = [];
  window.on(engineNotes, ({ notes }) => told.push(notes.join(" ")));
  const { env } = await window.request(engineTrackingEnvironment, null);
  const call = async (path: string, init: RequestInit): Promise<{ status: number; message: string; json: Record<string, unknown> }> => {
    const answer = await fetch(`${env["MLFLOW_TRACKING_URI"]}/api/2.0/${path}`, { ...init, headers: { authorization: `Bearer ${env["MLFLOW_TRACKING_TOKEN"]}`, ...init.headers } });
    const text = await answer.text();
    // SAFETY: every answer of this API is an object, or empty.
    const json = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: answer.status, message: String(json["message"] ?? ""), json };
  };
  const post = (path: string, body: object) => call(`mlflow/${path}`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const created = await post("runs/create", { experiment_id: "0", start_time: 1 });
  // SAFETY: the answer's shape by the API.
  const runId = (created.json as { run: { info: { run_id: string } } }).run.info.run_id;
  const upload = (name: string) => call(`mlflow-artifacts/artifacts/0/${runId}/artifacts/${name}`, { method: "PUT", body: new Uint8Array(1_500_000).fill(7) });

  writeFileSync(join(folder, "train.py"), SCRIPT);
  const started = await window.request(launchStart, { command: ["python3", "train.py", engines.root], cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" }, from: "cli" });
  await until(() => existsSync(join(engines.root, "logged")));
  seen["artifact before"] = (await upload("before.bin")).status;

  fill();
  writeFileSync(join(engines.root, "full"), "");
  await until(() => existsSync(join(engines.root, "tried")));
  const acknowledged: number[] = [];
  const log = async (step: number): Promise<{ status: number; message: string }> => {
    const answer = await post("runs/log-batch", { run_id: runId, metrics: Array.from({ length: 50 }, (_, i) => ({ key: `m${i}`, value: step, step, timestamp: 1 })) });
    if (answer.status === 200) acknowledged.push(step);
    return answer;
  };
  let refused = await log(0);
  for (let step = 1; refused.status === 200; step++) refused = await log(step);
  seen["refused"] = [refused.status, refused.message];
  const stopped = await upload("during.bin");
  seen["artifact refused"] = [stopped.status, stopped.message];
  seen["unfinished uploads"] = readdirSync(join(folder, ".touchstone", "artifacts", "incoming"));
  seen["status"] = (await window.request(engineStatus, null)).notes;

  // An engine that starts on the full disk says the same.
  const { pid } = await window.request(engineStatus, null);
  process.kill(pid, "SIGKILL");
  await until(() => window.state.state !== "connected");
  await window.ready().catch(() => undefined);
  seen["after a restart"] = await window.request(engineStatus, null).then(() => log(-1).then(({ status }) => status), (error: unknown) => (error instanceof TouchstoneError ? error.shape.message : String(error)));

  free();
  writeFileSync(join(engines.root, "free"), "");
  window.retry();
  await window.ready();
  Object.assign(env, (await window.request(engineTrackingEnvironment, null)).env);
  seen["again"] = (await log(1_000_000)).status;
  seen["artifact after"] = (await upload("after.bin")).status;
  seen["status after"] = (await window.request(engineStatus, null)).notes;
  let launch = await window.request(launchGet, { launchId: started.launchId });
  while (launch.end === null) launch = await window.request(launchGet, { launchId: started.launchId });
  seen["script"] = [launch.status, launch.exitCode];
  seen["told"] = told[0];
  window.dispose();
  await engines.dispose();

  const store = await openStore({ folder, readOnly: true });
  const run = store.read.runs.byId(runId);
  const stored = new Set(store.read.metrics.points(run?.runKey ?? 0, "m49").map(({ value }) => value));
  seen["lost"] = acknowledged.filter((step) => !stored.has(step));
  seen["artifacts"] = store.read.artifacts.under(`run:${runId}`, "").map(({ path, bytes }) => [path, bytes]);
  const losses = store.read.metrics.points(store.read.runs.byId(started.runId)?.runKey ?? 0, "loss").map(({ step, value }) => [step, value]);
  seen["script's ends"] = [losses[0], losses.at(-1)];
  await store.close();
  return seen;
}

process.stdout.write(`RESULT ${JSON.stringify(await main())}\n`);
