import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { connectEngine } from "../../engine/api/connect.ts";
import { engineDrain, engineStatus } from "../../engine/api/engine.ts";
import { runsGroups } from "../../engine/api/groups.ts";
import { runsAnswer, runsKeys, runsWindow } from "../../engine/api/runs.ts";
import { openStore } from "../../engine/store/store.ts";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { root } from "../run/entry.mjs";
import type { Benchmark, Figure } from "./benchmark.ts";
import { fillStore } from "./manyRuns.ts";

/** Each size in a process of its own, as an engine would open the store: nothing of the writing is in its memory. */
async function measure(runs: number, say: (line: string) => void): Promise<Figure[]> {
  const { folder, dispose } = temporaryFolder();
  try {
    const start = performance.now();
    const store = await openStore({ folder });
    await fillStore(store, runs);
    await store.close();
    say(`  ${runs} runs written in ${Math.round((performance.now() - start) / 1000)} s`);
    const child = spawnSync(process.execPath, [join(root, "test/bench/tableFigures.ts"), folder], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(child.stderr);
    // SAFETY: tableFigures.ts prints this.
    return [...(JSON.parse(child.stdout) as Figure[]), ...(await memory(folder, runs))];
  } finally {
    dispose();
  }
}

/** Memory of the engine that people get (`dist/engine.cjs`), over its socket: as it starts, after a table's work, and once it was left alone. */
async function memory(folder: string, runs: number): Promise<Figure[]> {
  const connection = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0", enginePath: join(root, "dist", "engine.cjs") });
  try {
    const { pid } = await connection.request(engineStatus, null);
    const resident = (): number => Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
    const figures = [resident()];
    const keys = await connection.request(runsKeys, { query: {} });
    for (const column of keys.defaults) {
      const query = { sort: [{ column, descending: true }], filter: "metrics.val_f1 > .2" };
      await connection.request(runsWindow, { query, columns: keys.defaults, from: 0, to: 100 });
      await connection.request(runsGroups, { query, group: ["params.param_0", "params.param_5"], columns: keys.defaults, open: [], from: 0, to: 100 });
      await connection.request(runsAnswer, { query, columns: keys.defaults, group: "seeds" });
    }
    figures.push(resident());
    await new Promise((resolve) => setTimeout(resolve, LEFT_ALONE_MS));
    figures.push(resident());
    await connection.request(engineDrain, null);
    const budget = runs <= 10_000 ? { budget: "< 150 MB" } : {};
    const names = ["idle, as it started", "after sorting, filtering and grouping by each column", "idle again, twenty seconds later"];
    return figures.map((value, index) => ({ what: `${runs.toLocaleString("en-US")} runs: memory of the engine ${names[index]}`, value, unit: "MB", ...(index === 1 ? {} : budget) }));
  } finally {
    connection.dispose();
  }
}

/** Longer than the quiet after which the engine gives memory back. */
const LEFT_ALONE_MS = 20_000;

const benchmark: Benchmark = {
  title: "runs table in the engine: open, sort, filter, group, memory",
  run: async ({ say }) => [...(await measure(10_000, say)), ...(await measure(100_000, say))],
};
export default benchmark;
