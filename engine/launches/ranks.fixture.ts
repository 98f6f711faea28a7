import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineConnection } from "../api/connect.ts";
import { runsGet } from "../api/runs.ts";
import { openStore } from "../store/store.ts";

/** One process of a job of three; without `--rank` it is the launcher of such a job. */
export const rankScript = join(import.meta.dirname, "../../test/python/mlflow/ranks.py");

/** Three ranks became one run: rank 0's params, tags and life; metrics, system metrics and output of each. */
export async function checkRanks(connection: EngineConnection, runId: string, origin: "launcher" | "ranks"): Promise<void> {
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
