import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchGet, launchLog, launchStart, launchStop } from "../api/launches.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { linuxStat } from "../platform/processes.ts";
import { listProcesses } from "../platform/tree.ts";
import { filesIn, readRunner } from "./files.ts";

const engines = new TestEngines();
after(() => engines.dispose());

/** The spare runner of an engine: it boots or has booted, and waits for an order. @param earlier - The one that had an order, which may still be there for a moment. */
async function spareOf(engine: number, earlier: number): Promise<number | undefined> {
  return (await listProcesses()).find(({ pid, parent }) => parent === engine && pid !== earlier && /runner\.(ts|cjs)/.test(readFileSync(`/proc/${pid}/cmdline`, "latin1")))?.pid;
}

test("a launch that is stopped before its runner listens ends, and its script is never started", { timeout: 100_000 }, async () => {
  const folder = engines.folder("early");
  const connection = engines.connect(folder);
  const asked = (source: string) => ({ command: [process.execPath, "-e", source], cwd: folder, env: { PATH: process.env["PATH"] ?? "" }, from: "cli" as const });
  const ended = async (launchId: string): Promise<void> => {
    while ((await connection.request(launchGet, { launchId })).end === null) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  // The next launch gets the runner that boots meanwhile.
  const first = await connection.request(launchStart, asked("0"));
  await ended(first.launchId);
  const earlier = readRunner(filesIn(join(folder, ".touchstone", "launches", first.launchId)))?.pid ?? 0;
  const engine = engines.enginePid(folder) ?? 0;
  let spare: number | undefined;
  for (; spare === undefined; spare = await spareOf(engine, earlier)) await new Promise((resolve) => setTimeout(resolve, 50));
  const runner = spare;
  process.kill(runner, "SIGSTOP");
  await until(() => linuxStat(runner)?.[0] === "T");
  const { launchId } = await connection.request(launchStart, asked("require('fs').writeFileSync('ran', ''); setInterval(() => {}, 1000)"));
  const stopped = connection.request(launchStop, { launchId });
  // The stop found nobody who listens, and is left where the runner looks.
  await until(() => existsSync(filesIn(join(folder, ".touchstone", "launches", launchId)).stop));
  process.kill(runner, "SIGCONT");
  await stopped;
  const launch = await connection.request(launchGet, { launchId });
  assert.deepEqual([launch.status, launch.exitCode, launch.signal], ["killed", null, null]);
  assert.equal((await connection.request(launchLog, { launchId, offset: 0 })).ended, true);
  assert.equal(existsSync(join(folder, "ran")), false);
});
