import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchChanged, launchStart, type LaunchState } from "../api/launches.ts";
import { notebookPrepare } from "../api/notebooks.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { openStore, type Store } from "../store/store.ts";

const engines = new TestEngines();
after(() => engines.dispose());
const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };

function notebook(...sources: string[]): string {
  const cells = sources.map((source) => ({ cell_type: "code", source: source.split(/(?<=\n)/), metadata: {}, outputs: [], execution_count: null }));
  return JSON.stringify({ cells: [{ cell_type: "markdown", source: "# Title", metadata: {} }, ...cells], metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

async function blobOf(store: Store, folder: string, launchId: string, path: string): Promise<string> {
  const { launchKey } = store.read.launches.byId(launchId) ?? assert.fail();
  await until(() => store.read.launches.blobs(launchKey).some((blob) => blob.path === path), 30_000);
  const { digest } = store.read.launches.blobs(launchKey).find((blob) => blob.path === path) ?? assert.fail();
  return readFileSync(join(folder, ".touchstone", "artifacts", "blobs", digest.slice(7, 9), digest.slice(7)), "utf8");
}

for (const pty of ["1", "0"]) test(`a notebook runs headless${pty === "0" ? " on pipes" : ""}: its cells are the code, its lines the sites, its error ends it`, async () => {
  const folder = engines.folder(`headless ${pty}`);
  const source = notebook("import touchstone, sys\nprint('args', sys.argv[1:])", "x = 1\n\ntouchstone.log({'loss': x}, step=2)\nopen('out.csv', 'w').write('1')\nx + 1", "", "raise KeyError('gone')", "print('never')");
  writeFileSync(join(folder, "train.ipynb"), source);
  const engine = engines.connect(folder);
  let ended: LaunchState | null = null;
  engine.on(launchChanged, (state) => {
    if (state.end !== null) ended = state;
  });
  const { launchId, runId } = await engine.request(launchStart, { command: ["train.ipynb", "--lr", "0.1"], interpreter: testPython(), cwd: folder, env: { ...env, TOUCHSTONE_PTY: pty }, from: "cli" });
  await until(() => ended !== null, 90_000);
  const store = await openStore({ folder, readOnly: true });
  try {
    const launch = store.read.launches.byId(launchId) ?? assert.fail();
    assert.deepEqual([launch.status, launch.exitCode, launch.script], ["failed", 1, "train.ipynb"]);
    const log = readFileSync(join(folder, ".touchstone", "launches", launchId, "log"), "utf8").replaceAll("\r\n", "\n");
    assert.match(log, /args \['--lr', '0\.1'\]\n2\n/);
    assert.match(log, /KeyError/);
    assert.doesNotMatch(log, /never/);
    const { runKey } = store.read.runs.byId(runId) ?? assert.fail();
    assert.deepEqual(store.read.metrics.points(runKey, "loss").map(({ step, value }) => [step, value]), [[2, 1]]);
    const executed = "# %% [1]\nimport touchstone, sys\nprint('args', sys.argv[1:])\n# %% [2]\nx = 1\n\ntouchstone.log({'loss': x}, step=2)\nopen('out.csv', 'w').write('1')\nx + 1\n# %% [3]\nraise KeyError('gone')\n";
    assert.equal(await blobOf(store, folder, launchId, "train.ipynb.executed.py"), executed);
    assert.deepEqual(store.read.launches.sites(launch.launchKey).get("loss"), { file: "train.ipynb", line: 7 });
    const exception: { type: string; site: unknown } = JSON.parse(store.read.runs.words(runKey).exception ?? "null");
    assert.deepEqual([exception.type, exception.site], ["KeyError", { file: "train.ipynb", line: 11 }]);
    const outputs = store.read.launches.files(launch.launchKey, "output").map((file) => [file.path, file.site?.line]);
    assert.deepEqual(outputs, [["out.csv", 8]]);
    assert.deepEqual(store.read.artifacts.under(`run:${runId}`, "").map((row) => row.path), ["train.ipynb"]);
    assert.equal(readFileSync(join(folder, "train.ipynb"), "utf8"), source, "the notebook itself is as it was");
  } finally {
    await store.close();
  }
});

/** A kernel as an editor starts it: alive before anybody tracks it. Executes what it is given, a cell a line of JSON. */
const KERNEL = `
import json, subprocess, sys
from jupyter_client.manager import KernelManager
manager = KernelManager(transport="ipc", ip=sys.argv[1] + "/k")
manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
manager.start_kernel(cwd=sys.argv[1], stdin=subprocess.DEVNULL)
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=120)
print("ready", flush=True)
for line in sys.stdin:
    reply = client.execute_interactive(json.loads(line)["code"], silent=json.loads(line)["silent"], output_hook=lambda message: None, timeout=60)
    print(reply["content"]["status"], flush=True)
manager.shutdown_kernel(now=True)
`;

test("a living kernel is tracked from the moment it is prepared, into one launch after another, until it ends", async () => {
  const folder = engines.folder("living");
  const path = join(folder, "explore.ipynb");
  writeFileSync(path, notebook("1"));
  const engine = engines.connect(folder);
  const states = new Map<string, LaunchState>();
  engine.on(launchChanged, (state) => states.set(state.launchId, state));
  const kernel = spawn(testPython(), ["-c", KERNEL, folder], { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  kernel.stdout.on("data", (data: Buffer) => said.push(...data.toString().split("\n").filter((word) => word !== "")));
  const execute = async (code: string, silent = false): Promise<string> => {
    const count = said.length;
    kernel.stdin.write(`${JSON.stringify({ code, silent })}\n`);
    await until(() => said.length > count, 60_000);
    return said.at(-1) ?? "";
  };
  const store = await openStore({ folder, readOnly: true }).catch(() => null);
  await store?.close();
  try {
    await until(() => said.includes("ready"), 120_000);
    assert.equal(await execute("import json, argparse\nbefore = 1"), "ok");
    const first = await engine.request(notebookPrepare, { notebook: path, env });
    assert.equal(await execute(first.code, true), "ok");
    assert.equal(await execute("import touchstone\ntouchstone.log({'loss': before}, step=1)"), "ok");
    assert.equal(await execute("open('made.csv', 'w').write('1')\n1/0"), "error");
    await until(() => states.get(first.launch.launchId)?.status === "running", 30_000);
    const second = await engine.request(notebookPrepare, { notebook: path, env });
    assert.equal(await execute(second.code, true), "ok");
    assert.equal(await execute("touchstone.log({'loss': 9}, step=5)"), "ok");
    await until(() => states.get(first.launch.launchId)?.status === "finished", 30_000);
    kernel.stdin.end();
    await until(() => states.get(second.launch.launchId)?.end != null, 60_000);

    const read = await openStore({ folder, readOnly: true });
    try {
      const points = (runId: string): number[][] => read.read.metrics.points((read.read.runs.byId(runId) ?? assert.fail()).runKey, "loss").map(({ step, value }) => [step, value]);
      assert.deepEqual([points(first.launch.runId), points(second.launch.runId)], [[[1, 1]], [[5, 9]]]);
      const { launchKey, script } = read.read.launches.byId(first.launch.launchId) ?? assert.fail();
      assert.equal(script, "explore.ipynb");
      assert.deepEqual(read.read.launches.files(launchKey, "output").map((file) => [file.path, file.site]), [["made.csv", { file: "explore.ipynb", line: 5 }]]);
      assert.deepEqual(read.read.launches.sites(launchKey).get("loss"), { file: "explore.ipynb", line: 3 });
      assert.equal(await blobOf(read, folder, second.launch.launchId, "explore.ipynb.executed.py"), "# %% [1]\ntouchstone.log({'loss': 9}, step=5)\n");
    } finally {
      await read.close();
    }
  } finally {
    kernel.kill();
  }
});

test("a Python without ipykernel says what to install", async () => {
  const folder = engines.folder("bare");
  writeFileSync(join(folder, "a.ipynb"), notebook("1"));
  writeFileSync(join(folder, "ipykernel.py"), "raise ImportError('not here')\n");
  const engine = engines.connect(folder);
  let ended: LaunchState | null = null;
  engine.on(launchChanged, (state) => {
    if (state.end !== null) ended = state;
  });
  const { launchId } = await engine.request(launchStart, { command: ["a.ipynb"], interpreter: testPython(), cwd: folder, env: { ...env, PYTHONPATH: folder }, from: "cli" });
  await until(() => ended !== null, 60_000);
  const log = join(folder, ".touchstone", "launches", launchId, "log");
  assert.ok(existsSync(log));
  assert.match(readFileSync(log, "utf8"), /To run a notebook, this Python needs ipykernel: .* -m pip install ipykernel/);
});
