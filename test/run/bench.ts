// npm run bench [-- name …]: every test/bench/*.bench.ts, its figures beside their budgets. Figures are printed, never asserted.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Benchmark } from "../bench/benchmark.ts";
import { root } from "./entry.mjs";
import { preparePython } from "./python.ts";

async function main(): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const chosen = process.argv.slice(2);
  const built = spawnSync(process.execPath, ["esbuild.mjs", "--minify"], { cwd: root, stdio: "inherit" });
  if (built.status !== 0) throw new Error("The build failed; see above.");
  const python = await preparePython(say);
  say(`${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}-${process.arch}, Node ${process.versions.node}\n`);
  for (const file of globSync("test/bench/*.bench.ts", { cwd: root }).sort()) {
    const name = basename(file, ".bench.ts");
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    // SAFETY: every benchmark is written against this interface.
    const { default: benchmark } = (await import(pathToFileURL(join(root, file)).href)) as { default: Benchmark };
    say(`${name}: ${benchmark.title}`);
    for (const { what, value, unit, budget } of await benchmark.run({ python, say })) {
      const figure = `${value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toPrecision(2)} ${unit}`;
      say(`  ${what.padEnd(64)} ${figure.padStart(14)}${budget === undefined ? "" : `   budget ${budget}`}`);
    }
  }
}

await main();
