import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { seeded } from "../../engine/expressions/random.fixture.ts";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { openStore } from "../../engine/store/store.ts";
import { root } from "../run/entry.mjs";
import type { Benchmark, Figure } from "./benchmark.ts";

const RUNS = 50;
const POINTS = 100_000;
const BATCH = 5_000;

/** Written as a client does; read in a process of its own, in which nothing of the writing is in memory, and drawn in a page. */
const benchmark: Benchmark = {
  title: `curves of ${RUNS} runs × ${POINTS} points, from asking to the first paint`,
  async run({ say }) {
    const { folder, dispose } = temporaryFolder();
    try {
      const start = performance.now();
      const store = await openStore({ folder });
      const random = seeded(1);
      for (let run = 0; run < RUNS; run++) {
        const runId = `r${run}`;
        await store.write("run.create", { runId, experimentId: "0", name: "", named: false, user: null, start: run, tags: [] });
        for (let from = 0; from < POINTS; from += BATCH) {
          const metrics = Array.from({ length: BATCH }, (_, i) => ({ key: "loss", step: from + i, time: from + i, value: Math.exp(-(from + i) / 30_000) + random() / 5 }));
          await store.write("run.logBatch", { runId, metrics, params: [], tags: [] });
        }
      }
      await store.close();
      const seconds = (performance.now() - start) / 1000;
      say(`  ${RUNS * POINTS} points written in ${seconds.toFixed(0)} s`);
      const child = spawnSync(process.execPath, [join(root, "test/bench/curvesFigures.ts"), folder], { encoding: "utf8" });
      if (child.status !== 0) throw new Error(child.stderr);
      // SAFETY: curvesFigures.ts prints this.
      return [...(JSON.parse(child.stdout) as Figure[]), { what: "points written, blocks included", value: (RUNS * POINTS) / seconds, unit: "points/s" }];
    } finally {
      dispose();
    }
  },
};
export default benchmark;
