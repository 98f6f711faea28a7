import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchGet, type LaunchRequest, type LaunchState } from "../api/launches.ts";
import type { EngineConnection } from "../api/connect.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { isAlive } from "../platform/processes.ts";
import { processesWith } from "../platform/tree.ts";
import { launchFiles, readRunner } from "./files.ts";

/**
 * Kills each of engine, window, runner and script while a script prints often, is silent, or has child processes: the log is
 * whole, exit code and signal are true, nobody is left behind. `TOUCHSTONE_LONG=1` does it at many more moments.
 */
const ROUNDS = process.env["TOUCHSTONE_LONG"] === "1" ? Number(process.env["TOUCHSTONE_ROUNDS"] ?? 25) : 1;
const LINES = 120;
/** From this line on a script goes on only after the kill, so that it is alive then however busy the machine is. */
const WAITS = 100;
/** The most that a runner takes from the terminal at once (libuv's buffer): a killed one loses no more. */
const ONE_READ = 65_536;

/** Each notes a line in `<name>.said` only after it was printed, and goes on to its end once `<name>.said.go` is there. */
const scripts = {
  // Prints every 10 ms.
  chatty: `
import os, sys, time
said = open(sys.argv[1], "a", buffering=1)
for i in range(${LINES}):
    while i == ${WAITS} and not os.path.exists(sys.argv[1] + ".go"): time.sleep(0.01)
    print(f"line {i}", flush=True)
    said.write(f"line {i}\\n")
    time.sleep(0.01)
sys.exit(7)
`,
  silent: `
import os, sys, time
while not os.path.exists(sys.argv[1] + ".go"): time.sleep(0.01)
print("line 0", flush=True)
open(sys.argv[1], "a").write("line 0\\n")
sys.exit(7)
`,
  // Children of both kinds: one in the script's own process group, one in a session of its own.
  family: `
import os, subprocess, sys, time
child = "import time\\nfor i in range(1000000): print('child', i, flush=True); time.sleep(0.02)"
children = [subprocess.Popen([sys.executable, "-c", child], start_new_session=new) for new in (False, True)]
said = open(sys.argv[1], "a", buffering=1)
for i in range(${LINES}):
    while i == ${WAITS} and not os.path.exists(sys.argv[1] + ".go"): time.sleep(0.01)
    print(f"line {i}", flush=True)
    said.write(f"line {i}\\n")
    time.sleep(0.01)
for c in children: c.kill(); c.wait()
sys.exit(7)
`,
};
type ScriptName = keyof typeof scripts;
type Victim = "engine" | "window" | "runner" | "script";

const engines = new TestEngines();
const folder = engines.folder();
const watcher: EngineConnection = engines.connect(folder);
for (const [name, source] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.py`), source);
const windows: ChildProcess[] = [];
after(async () => {
  for (const window of windows) window.kill("SIGKILL");
  await engines.dispose();
});

/** Starts a script from a window of its own, so that the window can be killed. */
async function startFromWindow(script: ScriptName, said: string): Promise<{ launchId: string; window: ChildProcess }> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  const request: LaunchRequest = { command: ["python3", `${script}.py`, said], cwd: folder, env, from: "editor" };
  const window = spawn(process.execPath, [fileURLToPath(new URL("window.fixture.ts", import.meta.url)), folder, JSON.stringify(request)], { stdio: ["ignore", "pipe", "inherit"] });
  windows.push(window);
  const [line] = await once(window.stdout, "data");
  return { launchId: String(line).trim(), window };
}

async function ended(launchId: string): Promise<LaunchState> {
  for (;;) {
    // The engine may be the victim: then the answer comes from the next one.
    const state = await watcher.request(launchGet, { launchId }).catch(() => null);
    if (state !== null && state.end !== null) return state;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function kill(victim: Victim, launchId: string, window: ChildProcess): Promise<void> {
  const files = launchFiles(folder, launchId);
  await until(() => readRunner(files) !== null);
  const runner = readRunner(files);
  assert.ok(runner);
  if (victim === "window") window.kill("SIGKILL");
  if (victim === "runner") process.kill(runner.pid, "SIGKILL");
  if (victim === "script") process.kill(runner.scriptPid, "SIGKILL");
  if (victim === "engine") {
    const pid = engines.enginePid(folder);
    if (pid !== null) process.kill(pid, "SIGKILL");
  }
}

function check(victim: Victim, script: ScriptName, launch: LaunchState, said: string): void {
  const expected = victim === "script" ? ["killed", null, "SIGKILL"] : victim === "runner" ? ["lost", null, null] : ["failed", 7, null];
  assert.deepEqual([launch.status, launch.exitCode, launch.signal], expected, `${victim} × ${script}`);
  const own = readFileSync(launchFiles(folder, launch.launchId).log, "utf8").split(/\r?\n/).filter((line) => line.startsWith("line "));
  const acknowledged = existsSync(said) ? readFileSync(said, "utf8").trim().split("\n").filter((line) => line !== "") : [];
  // A killed script may have printed one line more than it could note.
  const noted = victim === "script" ? own.slice(0, acknowledged.length) : own;
  assert.ok(own.length - noted.length <= 1, `${victim} × ${script}: nothing that was not printed`);
  if (victim === "runner") assertOneGapAtMost(noted, acknowledged, script);
  else assert.deepEqual(noted, acknowledged, `${victim} × ${script}: the log is whole`);
  if (victim !== "script") assert.equal(acknowledged.length, script === "silent" ? 1 : LINES);
}

/** What a killed runner had taken from the terminal and not yet written is gone with it: one read at most, in one place (ARCHITECTURE.md). */
function assertOneGapAtMost(own: readonly string[], printed: readonly string[], script: ScriptName): void {
  const from = printed.findIndex((line, index) => own[index] !== line);
  const missing = printed.length - own.length;
  assert.ok(missing >= 0 && printed.slice(from, from + missing).join("\r\n").length < ONE_READ, `runner × ${script}: ${missing} lines are missing`);
  assert.deepEqual(own, from < 0 ? printed : printed.toSpliced(from, missing), `runner × ${script}: the log is whole but for one read`);
}

for (const victim of ["engine", "window", "runner", "script"] as const) {
  test(`${victim} killed: log whole, end true, no orphan`, { timeout: ROUNDS * 120_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      // Moments spread over the script's life, the same in every run: after so many lines.
      const moment = (5 + round * 37) % WAITS;
      const names = ["chatty", "silent", "family"] as const;
      const started = await Promise.all(
        names.map(async (script) => {
          const said = join(folder, `${victim}-${script}-${round}.said`);
          return { script, said, ...(await startFromWindow(script, said)) };
        }),
      );
      await Promise.all(
        started.map(async ({ script, said, launchId, window }) => {
          if (script !== "silent") await until(() => existsSync(said) && readFileSync(said, "utf8").split("\n").length > moment);
          await kill(victim, launchId, window);
          writeFileSync(`${said}.go`, "");
          const launch = await ended(launchId);
          check(victim, script, launch, said);
          const runner = readRunner(launchFiles(folder, launchId));
          assert.ok(runner);
          await until(() => processesWith("TOUCHSTONE_LAUNCH", launchId).length === 0);
          await until(() => !isAlive(runner.pid, runner.pidStart));
          window.kill("SIGKILL");
        }),
      );
    }
  });
}

test("a killed engine is back while a script runs, without any window, and its port is the same", { timeout: 120_000 }, async (context) => {
  const { launchId, window } = await startFromWindow("chatty", join(folder, "back.said"));
  window.kill("SIGKILL");
  const before = engines.address(folder);
  assert.ok(before);
  await until(() => readRunner(launchFiles(folder, launchId)) !== null);
  process.kill(before.pid, "SIGKILL");
  const killed = performance.now();
  await until(() => engines.enginePid(folder) !== null && engines.enginePid(folder) !== before.pid);
  context.diagnostic(`back after ${Math.round(performance.now() - killed)} ms`);
  assert.equal(engines.address(folder)?.port, before.port);
  writeFileSync(join(folder, "back.said.go"), "");
  assert.equal((await ended(launchId)).exitCode, 7);
});
