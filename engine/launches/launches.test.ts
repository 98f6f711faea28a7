import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { EngineConnection } from "../api/connect.ts";
import { launchChanged, launchGet, launchInput, launchList, launchLog, launchOutput, launchPrepare, launchResize, launchStart, launchStop, type LaunchRequest, type LaunchState } from "../api/launches.ts";
import { runsGet } from "../api/runs.ts";
import { TestEngines } from "../life/engines.fixture.ts";

/** An end that never comes fails its own test only. */
const within = { timeout: 120_000 };
const engines = new TestEngines();
const folder = engines.folder();
let engine: EngineConnection;
const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ELECTRON_RUN_AS_NODE: "1", VSCODE_PID: "1", SHELL_OWN: "kept" };

before(() => {
  engine = engines.connect(folder);
});
after(() => engines.dispose());

function script(name: string, source: string): string {
  writeFileSync(join(folder, name), source);
  return name;
}

function request(command: readonly string[], more: Partial<LaunchRequest> = {}): LaunchRequest {
  return { command, cwd: folder, env, from: "cli", ...more };
}

/** Starts and waits for the stored end. */
async function runToEnd(asked: LaunchRequest): Promise<LaunchState> {
  const ends = new Map<string, LaunchState>();
  let told: (() => void) | null = null;
  const stop = engine.on(launchChanged, (state) => {
    if (state.end !== null) ends.set(state.launchId, state);
    told?.();
  });
  const { launchId } = await engine.request(launchStart, asked);
  while (!ends.has(launchId)) await new Promise<void>((resolve) => (told = resolve));
  stop();
  const end = ends.get(launchId);
  assert.ok(end);
  return end;
}

async function logOf(launchId: string): Promise<string> {
  const { data, ended } = await engine.request(launchLog, { launchId, offset: 0 });
  assert.equal(ended, true);
  return new TextDecoder().decode(data);
}

test("a script runs on a terminal: its output, exit code and times are stored", within, async () => {
  const name = script("train.py", "import sys, os\nprint('tty', sys.stdout.isatty(), os.get_terminal_size().columns)\nprint('häl' + 'lo', flush=True)\nsys.exit(3)\n");
  const launch = await runToEnd(request(["python3", name], { cols: 91, rows: 20 }));
  assert.equal(launch.status, "failed");
  assert.equal(launch.exitCode, 3);
  assert.equal(launch.signal, null);
  assert.equal(launch.script, "train.py");
  assert.equal(await logOf(launch.launchId), "tty True 91\r\nhällo\r\n");
});

test("what looks like a key in the last line that a script printed is not said of its run", within, async () => {
  const launch = await runToEnd(request(["python3", script("refused.py", "import sys\nprint('refused: sk-abcdefghijklmnopqrstuvwx')\nsys.exit(4)\n")]));
  const { head } = await engine.request(runsGet, { runId: launch.runId });
  assert.equal(head.error, "exit code 4: refused: ***");
});

test("a script gets the shell's environment and the engine's, not the editor's", within, async () => {
  const source = "import os\nfor k in sorted(os.environ):\n  if k.startswith(('ELECTRON', 'VSCODE', 'SHELL_OWN', 'MLFLOW', 'TOUCHSTONE_L')): print(k)\n";
  const launch = await runToEnd(request(["python3", script("env.py", source)]));
  const names = (await logOf(launch.launchId)).trim().split("\r\n");
  assert.deepEqual(names, ["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "SHELL_OWN", "TOUCHSTONE_LAUNCH", "TOUCHSTONE_LAUNCHER"]);
});

test("input() takes what a client types; the terminal can be resized", within, async () => {
  const source = "import os\nname = input('name? ')\nprint('hello ' + name, os.get_terminal_size().columns)\n";
  const { launchId } = await engine.request(launchStart, request(["python3", script("ask.py", source)]));
  let text = "";
  const finished = new Promise<void>((resolve, reject) => {
    engine.on(launchOutput, (chunk) => {
      if (chunk.launchId !== launchId) return;
      const before = text;
      text += new TextDecoder().decode(chunk.data);
      if (!before.includes("name?") && text.includes("name?")) {
        engine.request(launchResize, { launchId, cols: 33, rows: 10 }).then(() => engine.request(launchInput, { launchId, data: "ada\r" })).catch(reject);
      }
      if (chunk.ended) resolve();
    });
  });
  const first = await engine.request(launchLog, { launchId, offset: 0, follow: true });
  text += new TextDecoder().decode(first.data);
  await finished;
  assert.match(text, /hello ada 33/);
});

test("stop interrupts first, so that a script can end in its own way", within, async () => {
  const source = "import signal\nprint('on', flush=True)\ntry:\n  signal.pause()\nexcept KeyboardInterrupt:\n  print('saved')\n";
  const { launchId } = await engine.request(launchStart, request(["python3", script("stop.py", source)]));
  await said(launchId, "on");
  await engine.request(launchStop, { launchId });
  const launch = await engine.request(launchGet, { launchId });
  assert.deepEqual([launch.status, launch.exitCode, launch.signal], ["killed", 0, null]);
  assert.match(await logOf(launchId), /saved/);
});

test("a script that ignores every polite signal is ended by force, its children too", within, async () => {
  const child = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN); print('child', flush=True); signal.pause()";
  const source = `import signal, subprocess, sys, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsubprocess.Popen([sys.executable, '-c', ${JSON.stringify(child)}], start_new_session=True)\nsignal.pause()\n`;
  const { launchId } = await engine.request(launchStart, request(["python3", script("stubborn.py", source)]));
  await said(launchId, "child");
  await engine.request(launchStop, { launchId, graceMs: 100 });
  const launch = await engine.request(launchGet, { launchId });
  assert.deepEqual([launch.status, launch.exitCode, launch.signal], ["killed", null, "SIGKILL"]);
});

test("a program or script that does not exist is refused before anything is recorded", within, async () => {
  const count = (await engine.request(launchList, { live: false })).launches.length;
  await assert.rejects(engine.request(launchStart, request(["python3", "missing.py"])), /The script does not exist/);
  await assert.rejects(engine.request(launchStart, request(["no-such-program"])), /no-such-program was not found/);
  await assert.rejects(engine.request(launchStart, request(["python3", "train.py"], { cwd: join(folder, "gone") })), /folder to run in does not exist/);
  assert.equal((await engine.request(launchList, { live: false })).launches.length, count);
});

test("without a PTY library the script runs on pipes and the launch is whole", within, async () => {
  const launch = await runToEnd(request(["python3", script("pipes.py", "import sys\nprint('out', sys.stdout.isatty())\nprint('err', file=sys.stderr)\n")], { env: { ...env, TOUCHSTONE_PTY: "0" } }));
  assert.deepEqual([launch.status, launch.exitCode], ["finished", 0]);
  assert.deepEqual((await logOf(launch.launchId)).trim().split("\n").sort(), ["err", "out False"]);
});

test("a prepared launch follows the process that the caller started with its environment", within, async () => {
  const { launch, env: own } = await engine.request(launchPrepare, request(["jupyter"], { from: "notebook", name: "analysis" }));
  assert.equal(launch.status, "scheduled");
  const kernel = spawn("python3", ["-c", "import sys; sys.stdin.read()"], { env: own, stdio: ["pipe", "ignore", "ignore"] });
  await state(launch.launchId, "running");
  kernel.stdin.end();
  await state(launch.launchId, "finished");
});

async function state(launchId: string, status: string): Promise<void> {
  while ((await engine.request(launchGet, { launchId })).status !== status) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function said(launchId: string, word: string): Promise<void> {
  for (let offset = 0, text = ""; ; ) {
    const chunk = await engine.request(launchLog, { launchId, offset });
    text += new TextDecoder().decode(chunk.data);
    if (text.includes(word)) return;
    offset = chunk.offset + chunk.data.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
