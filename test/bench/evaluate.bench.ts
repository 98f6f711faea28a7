import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { connectEngine } from "../../engine/api/connect.ts";
import { engineDrain, engineStatus } from "../../engine/api/engine.ts";
import { evaluationRun, evaluationSaved } from "../../engine/api/evaluation.ts";
import { createRandom } from "../../engine/statistics/random.ts";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { root } from "../run/entry.mjs";
import type { Benchmark, Figure } from "./benchmark.ts";

const GIGABYTE = 1e9;
/** Rows that are made up; they repeat with other ids until the file is large enough. */
const DIFFERENT = 50_000;

type Cells = (random: () => number) => string;

/** Label, prediction and probability, then some features. */
const answers: Cells = (random) => {
  const p = random();
  return `${random() < p ? "yes" : "no"},${p >= 0.5 ? "yes" : "no"},${p.toFixed(6)}`;
};
const narrow: readonly Cells[] = [(r) => String(17 + Math.floor(r() * 74)), (r) => (Math.floor(r() * 200) / 2).toFixed(1), (r) => ["FR", "DE", "IT", "ES", "US"][Math.floor(r() * 5)]!];
const wide: readonly Cells[] = Array.from({ length: 100 }, (_, i): Cells => {
  if (i < 45) return (r) => (r() * 10 - 5).toFixed(6);
  if (i < 80) return (r) => (r() * 4 - 2).toFixed(2);
  return i < 90 ? (r) => String(Math.floor(r() * 1000)) : (r) => `v${Math.floor(r() * 30)}`;
});

function writeCsv(path: string, features: readonly Cells[]): number {
  const random = createRandom(1);
  const lines = Array.from({ length: DIFFERENT }, () => `,${[answers, ...features].map((cells) => cells(random)).join(",")}\n`);
  const file = openSync(path, "w");
  let bytes = writeSync(file, `id,label,prediction,p_yes,${features.map((_, i) => `x${i}`).join(",")}\n`);
  let rows = 0;
  while (bytes < GIGABYTE) {
    bytes += writeSync(file, lines.map((line, i) => `${rows + i}${line}`).join(""));
    rows += lines.length;
  }
  closeSync(file);
  return rows;
}

/** The most memory that a process has held so far, in MB; Linux only. */
function peakOf(pid: number): number {
  const status = `/proc/${pid}/status`;
  return existsSync(status) ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1] ?? Number.NaN) / 1024 : Number.NaN;
}

/** Seconds that a process has computed so far, on all its threads; Linux only. */
function cpuOf(pid: number): number {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return Number.NaN;
  const fields = readFileSync(stat, "utf8").replace(/^.*\) /, "").split(" ");
  // User and system time in ticks of 10 ms (proc(5)).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A new engine, as users run it, evaluates one file; then it finds its slices, as it does by itself. */
async function measure(name: string, features: readonly Cells[], say: (line: string) => void): Promise<Figure[]> {
  const { folder, dispose } = temporaryFolder();
  process.env["TOUCHSTONE_RUNTIME_DIR"] = join(folder, "run");
  const rows = writeCsv(join(folder, "predictions.csv"), features);
  const what = `${name}, ${(rows / 1e6).toFixed(1)} million rows × ${features.length + 4} columns`;
  say(`  ${what} written`);
  const connection = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0", enginePath: join(root, "dist/engine.cjs") });
  try {
    const { pid } = await connection.request(engineStatus, null);
    let saves = 0;
    const found = new Promise<void>((resolve) => connection.on(evaluationSaved, () => ++saves === 2 && resolve()));
    const start = performance.now();
    const view = await connection.request(evaluationRun, { path: "predictions.csv" }, { onProgress: () => undefined });
    const seconds = (performance.now() - start) / 1000;
    if (view.total !== rows) throw new Error(`${view.total} rows were read of ${rows}`);
    const evaluated = peakOf(pid);
    const busy = cpuOf(pid);
    await found;
    const after = peakOf(pid);
    await connection.request(engineDrain, null);
    return [
      { what: `${what}: read and evaluated`, value: seconds, unit: "s" },
      { what: `${what}: the same, processor time of all threads`, value: busy, unit: "s" },
      { what: `${what}: most memory`, value: evaluated, unit: "MB", budget: "< 2000 MB" },
      { what: `${what}: most memory, slices found too`, value: after, unit: "MB", budget: "< 2000 MB" },
    ];
  } finally {
    connection.dispose();
    dispose();
  }
}

const benchmark: Benchmark = {
  title: "a CSV file of 1 GB evaluated by the engine: time, and the most memory of its whole process (VmHWM)",
  run: async ({ say }) => [...(await measure("narrow", narrow, say)), ...(await measure("wide", wide, say))],
};
export default benchmark;
