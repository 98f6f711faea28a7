import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Benchmark, type Figure, median } from "./benchmark.ts";

const bootstrap = fileURLToPath(new URL("../../engine/python", import.meta.url));
const ROUNDS = 30;

/** What `touchstone.log` costs, measured by the script itself over calls of one key. */
const LOGGING = "import time, touchstone\nn = 20000\nt = time.perf_counter()\nfor i in range(n): touchstone.log({'loss': i * .1}, step=i)\nprint((time.perf_counter() - t) / n * 1e3)\n";
const OPENING = "import time\nn = 20000\nt = time.perf_counter()\nfor i in range(n): open('data.csv').close()\nprint((time.perf_counter() - t) / n * 1e6)\n";

const benchmark: Benchmark = {
  title: "what tracking costs a Python script",
  async run({ python }): Promise<readonly Figure[]> {
    const folder = mkdtempSync(join(tmpdir(), "touchstone-bench-"));
    const launch = join(folder, ".touchstone", "launches", "bench");
    for (const [name, text] of [["trivial.py", "x = 1\n"], ["log.py", LOGGING], ["open.py", OPENING], ["data.csv", "1\n"]] as const) writeFileSync(join(folder, name), text);
    const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TOUCHSTONE_|PYTHONPATH$|PYTHONDONTWRITEBYTECODE$)/.test(name)));
    const tracked = { ...plain, PYTHONPATH: bootstrap, PYTHONPYCACHEPREFIX: join(folder, "cache"), TOUCHSTONE_EVENTS: join(launch, "events.jsonl"), TOUCHSTONE_FOLDER: folder };
        const run = (script: string, env: NodeJS.ProcessEnv): { ms: number; stdout: string } => {
      rmSync(launch, { recursive: true, force: true });
      mkdirSync(launch, { recursive: true });
      const start = performance.now();
      const { stdout } = spawnSync(python, [script], { cwd: folder, env, encoding: "utf8" });
      return { ms: performance.now() - start, stdout };
    };
    try {
      run("trivial.py", plain);
      run("trivial.py", tracked);
      // Side by side, so that a busy machine slows both.
      const pairs = Array.from({ length: ROUNDS }, () => [run("trivial.py", plain).ms, run("trivial.py", tracked).ms] as const);
      const differences = pairs.map(([before, after]) => after - before);
      const opening = [plain, tracked].map((env) => Number(run("open.py", env).stdout));
      return [
        { what: "a trivial script, plain (median)", value: median(pairs.map(([before]) => before)), unit: "ms" },
        { what: "tracked over plain (median of pairs)", value: median(differences), unit: "ms", budget: "≤ 100 ms" },
        { what: "a logged point", value: Number(run("log.py", tracked).stdout), unit: "ms", budget: "≤ 0.1 ms" },
        { what: "opening a file, tracked over plain", value: (opening[1] ?? 0) - (opening[0] ?? 0), unit: "µs" },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export default benchmark;
