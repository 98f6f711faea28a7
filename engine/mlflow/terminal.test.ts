import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import type { EngineConnection } from "../api/connect.ts";
import { engineTrackingEnvironment } from "../api/engine.ts";
import { runsChanged, runsGet, runsWindow, type RunHead } from "../api/runs.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { preparePython } from "../../test/run/python.ts";

const engines = new TestEngines();
after(() => engines.dispose());

const SCRIPT = `
import mlflow, sys
with mlflow.start_run(run_id=sys.argv[1] if len(sys.argv) > 1 else None) as run:
    mlflow.log_metric("loss", 0.5)
    print(run.info.run_id, flush=True)
    sys.stdin.read()
`;

/** A script as a person starts it in a terminal of the editor: nobody but itself can say how it ends. */
async function terminal(engine: EngineConnection, ...args: string[]) {
  const { env } = await engine.request(engineTrackingEnvironment, null);
  const { PATH, HOME } = process.env;
  const child = spawn(await preparePython(), ["-c", SCRIPT, ...args], { env: { PATH, HOME, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { child, runId: String(line).trim() };
}

async function headOf(engine: EngineConnection, runId: string): Promise<RunHead> {
  const { heads } = await engine.request(runsWindow, { query: { runIds: [runId] }, columns: [], from: 0, to: 1 });
  return heads[0] ?? assert.fail();
}

test("a terminal's script that is killed leaves a run that says since when nothing was heard of it, until somebody goes on with it", { timeout: 180_000 }, async () => {
  const folder = engines.folder();
  const engine = engines.connect(folder);
  const heads = new Map<string, RunHead>();
  engine.on(runsChanged, ({ changed }) => changed.forEach(({ runId, head }) => heads.set(runId, head)));
  const first = await terminal(engine);
  const before = await headOf(engine, first.runId);
  assert.deepEqual([before.status, before.silentSince], ["running", undefined]);

  const killed = Date.now();
  first.child.kill("SIGKILL");
  await until(() => heads.get(first.runId)?.silentSince !== undefined, 60_000);
  const silent = heads.get(first.runId);
  assert.equal(silent?.status, "running", "nobody saw it end");
  assert.ok(Math.abs(Number(silent?.silentSince) - killed) < 5_000, "since its connection ended");
  assert.match((await engine.request(runsGet, { runId: first.runId })).answer, /has given no sign of life for 1\d(\.\d)? s: its process may have ended without a word/);

  // The next engine knows what was written last.
  const pid = engines.enginePid(folder);
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
  await until(() => ![null, pid].includes(engines.enginePid(folder)));
  const later = await headOf(engine, first.runId);
  assert.ok(Number(later.silentSince) > before.start && Number(later.silentSince) <= killed);

  const second = await terminal(engine, first.runId);
  assert.equal((await headOf(engine, first.runId)).silentSince, undefined, "another process writes to it");
  second.child.stdin.end();
  await until(() => heads.get(first.runId)?.status === "finished", 60_000);
  assert.equal((await headOf(engine, first.runId)).silentSince, undefined);
});
