import { spawnSync } from "node:child_process";
import { join } from "node:path";
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
    const child = spawnSync(process.execPath, ["--expose-gc", join(root, "test/bench/tableFigures.ts"), folder], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(child.stderr);
    // SAFETY: tableFigures.ts prints this.
    return JSON.parse(child.stdout) as Figure[];
  } finally {
    dispose();
  }
}

const benchmark: Benchmark = {
  title: "runs table in the engine: open, sort, filter",
  run: async ({ say }) => [...(await measure(10_000, say)), ...(await measure(100_000, say))],
};
export default benchmark;
