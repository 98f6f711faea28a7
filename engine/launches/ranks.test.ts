import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import { launchGet, launchStart } from "../api/launches.ts";
import { offlineTakeIn } from "../api/offline.ts";
import { TestEngines } from "../life/engines.fixture.ts";
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
