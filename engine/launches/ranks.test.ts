import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import type { EngineConnection } from "../api/connect.ts";
import { launchGet, launchStart, type LaunchState } from "../api/launches.ts";
import { offlineTakeIn } from "../api/offline.ts";
import { runsGet } from "../api/runs.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";
import { checkRanks, rankScript as script } from "./ranks.fixture.ts";

const module = join(import.meta.dirname, "../python/touchstone.py");
const engines = new TestEngines();
after(() => engines.dispose());
const { PATH = "", HOME = "" } = process.env;

for (const kind of ["torchrun", "mpirun"]) {
  test(`three ranks as ${kind} starts them, under Run & track: one run`, { timeout: 120_000 }, async () => {
    const connection = engines.connect(engines.folder(kind));
    copyFileSync(script, join(connection.folder, "train.py"));
    let state = await connection.request(launchStart, { command: [await preparePython(), "train.py", kind, "3"], cwd: connection.folder, env: { PATH, HOME }, from: "cli" });
    while (state.end === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      state = await connection.request(launchGet, { launchId: state.launchId });
    }
    assert.deepEqual([state.status, state.exitCode], ["finished", 0]);
    await checkRanks(connection, state.runId, "launcher");
  });
}

/** A launch of jobs.py, when it has ended. */
async function jobs(name: string, ...words: string[]): Promise<{ connection: EngineConnection; state: LaunchState }> {
  const connection = engines.connect(engines.folder(name));
  copyFileSync(join(dirname(script), "jobs.py"), join(connection.folder, "train.py"));
  let state = await connection.request(launchStart, { command: [await preparePython(), join(dirname(script), "jobs.py"), ...words], cwd: connection.folder, env: { PATH, HOME }, from: "cli" });
  while (state.end === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    state = await connection.request(launchGet, { launchId: state.launchId });
  }
  return { connection, state };
}

test("two jobs one after the other are two runs, each with its own ranks; ranks that are started again go on with theirs", { timeout: 180_000 }, async () => {
  const { connection, state } = await jobs("jobs");
  assert.deepEqual([state.status, state.exitCode], ["finished", 0]);
  const { launch } = await connection.request(runsGet, { runId: state.runId });
  const runs = await Promise.all((launch?.runIds ?? []).map((runId) => connection.request(runsGet, { runId })));
  assert.deepEqual(runs.map(({ name, head, params }) => [name, head.status, params.find(({ key }) => key === "job")?.value]), [["one", "finished", "one"], ["two", "finished", "two"]]);
  const store = await openStore({ folder: connection.folder, readOnly: true });
  try {
    for (const [place, { head, name }] of runs.entries()) {
      const points = (key: string) => store.read.metrics.points(store.read.runs.byId(head.runId)?.runKey ?? 0, key).map(({ step, value }) => [step, value]);
      assert.deepEqual(points("loss"), place === 0 ? [[0, 0]] : [[0, 0], [1, 10]]);
      assert.deepEqual(points("rank_1/loss"), place === 0 ? [[0, 1]] : [[0, 1], [1, 11]]);
      for (const rank of [0, 1]) {
        assert.ok(points(`system/rank_${rank}/process_cpu_percentage`).some(([, value = 0]) => value > 1), `rank ${rank} of ${name}`);
        const log = readFileSync(join(store.dir, "artifacts", String(store.read.runs.byId(head.runId)?.experimentId), head.runId, "artifacts", "logs", `rank_${rank}.log`), "utf8");
        assert.deepEqual(log.match(/^rank.*|^RUN.*/gm), Array.from({ length: place + 1 }, (_, attempt) => [`rank ${rank} of ${name} attempt ${attempt}`, `RUN ${head.runId}`]).flat());
      }
    }
  } finally {
    await store.close();
  }
});

test("a rank that fails is named, and its exception is the reason: not that of the others, which lose it, nor the launcher's", { timeout: 180_000 }, async () => {
  const { connection, state } = await jobs("failing", "fail");
  const { head, exception } = await connection.request(runsGet, { runId: state.runId });
  assert.deepEqual([state.status, state.exitCode, head.status, head.error], ["failed", 1, "failed", "rank 1: ValueError: bad batch"]);
  assert.deepEqual([exception?.rank, exception?.type, exception?.site?.file], [1, "ValueError", "train.py"]);
});

test("three ranks that SLURM starts, each recording offline into the same folder: one run", { timeout: 120_000 }, async () => {
  const node = join(engines.root, "node");
  mkdirSync(node);
  copyFileSync(script, join(node, "train.py"));
  const python = await preparePython();
  const out = join(engines.root, "scratch");
  const codes = await Promise.all([0, 1, 2].map(async (rank) => {
    const env = { PATH, HOME, SLURM_JOB_ID: "12", SLURM_STEP_ID: "0", SLURM_PROCID: String(rank), SLURM_STEP_NUM_TASKS: "3", RANK: String(rank), WORLD_SIZE: "3" };
    const child = spawn(python, [module, "run", "--offline", out, "--", python, "train.py", "--rank", "--lr", String(rank + 0.5)], { cwd: node, env, stdio: ["ignore", "ignore", "inherit"] });
    const [code] = await once(child, "close");
    return code;
  }));
  assert.deepEqual(codes, [0, 0, 0]);
  const connection = engines.connect(engines.folder("laptop"));
  const { taken, problems } = await connection.request(offlineTakeIn, { path: out });
  assert.deepEqual([taken.length, problems], [1, []]);
  await checkRanks(connection, taken[0]?.runId ?? "", "ranks");
});
