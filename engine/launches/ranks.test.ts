import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import type { EngineConnection } from "../api/connect.ts";
import { launchGet, launchStart } from "../api/launches.ts";
import { offlineTakeIn } from "../api/offline.ts";
import { runsGet } from "../api/runs.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";

const script = join(import.meta.dirname, "../../test/python/mlflow/ranks.py");
const module = join(import.meta.dirname, "../python/touchstone.py");
const engines = new TestEngines();
after(() => engines.dispose());
const { PATH = "", HOME = "" } = process.env;

/** Three ranks became one run: rank 0's params, tags and life; metrics, system metrics and output of each. */
async function check(connection: EngineConnection, runId: string, origin: "launcher" | "ranks"): Promise<void> {
  const { folder } = connection;
  const run = await connection.request(runsGet, { runId });
  assert.deepEqual([run.head.status, run.name, run.experimentName, run.launch?.runIds, run.tags["who"]], ["finished", "name of 0", "distributed", [runId], "0"]);
  const params = run.params.filter(({ key }) => ["client_lr", "direct", "lr"].includes(key)).map(({ key, value }) => [key, value]);
  assert.deepEqual(params, origin === "launcher" ? [["client_lr", "0.5"], ["direct", "0"]] : [["client_lr", "0.5"], ["direct", "0"], ["lr", "0.5"]]);
  const store = await openStore({ folder, readOnly: true });
  try {
    const key = store.read.runs.byId(runId)?.runKey ?? 0;
    const points = (name: string) => store.read.metrics.points(key, name).map(({ step, value }) => [step, value]);
    for (const [rank, prefix] of [[0, ""], [1, "rank_1/"], [2, "rank_2/"]] as const) {
      assert.deepEqual(points(`${prefix}loss`), [0, 1, 2].map((step) => [step, rank + step / 4]), `loss of rank ${rank}`);
      assert.deepEqual(points(`${prefix}acc`), [0, 1, 2].map((step) => [step, rank * 10 + step]));
      assert.deepEqual(points(`${prefix}direct`), [0, 1, 2].map((step) => [step, rank * 100 + step]));
      assert.deepEqual(points(`system/${prefix}own`), [0, 1, 2].map((step) => [step, rank]));
      const used = points(`system/rank_${rank}/process_cpu_percentage`);
      assert.ok(used.some(([, value = 0]) => value > 1), `rank ${rank} used its processor: ${JSON.stringify(used)}`);
      if (process.platform === "linux") assert.ok(points(`system/rank_${rank}/process_memory_megabytes`).every(([, value = 0]) => value > 10 && value < 4000));
    }
    const artifacts = store.read.artifacts.under(`run:${runId}`, "");
    assert.deepEqual(artifacts.map(({ path }) => path), ["logs/rank_0.log", "logs/rank_1.log", "logs/rank_2.log", "rank_1/who.txt", "rank_2/who.txt", "who.txt"]);
    for (const rank of [0, 1, 2]) {
      const log = readFileSync(join(store.dir, "artifacts", String(store.read.runs.byId(runId)?.experimentId), runId, "artifacts", "logs", `rank_${rank}.log`), "utf8");
      assert.match(log, new RegExp(`^rank ${rank} says hello\\n[\\s\\S]*RUN ${rank} ${runId}\\n`));
      assert.doesNotMatch(log, new RegExp(`rank ${(rank + 1) % 3} says`));
    }
  } finally {
    await store.close();
  }
}

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
    await check(connection, state.runId, "launcher");
  });
}

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
  await check(connection, taken[0]?.runId ?? "", "ranks");
});
