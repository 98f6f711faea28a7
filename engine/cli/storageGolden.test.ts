import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { spawn as openTerminal } from "@lydell/node-pty";
import { Check } from "typebox/value";
import { commands } from "./registry.ts";

// The bundle that users run; `node esbuild.mjs` makes it.
const bundle = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));
const base = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-golden-")));
const [served, copy] = [join(base, "served"), join(base, "copy")];
const env = { ...process.env, TOUCHSTONE_RUNTIME_DIR: base, TOUCHSTONE_IDLE_MS: "60000" };
before(() => assert.ok(existsSync(bundle), "dist/cli.cjs is missing; run: node esbuild.mjs"));
after(async () => {
  for (const folder of [served, copy]) await touchstone(["stop", "--folder", folder]);
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

function touchstone(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bundle, ...args], { cwd: base, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });
}

/** Called by a person at a terminal, who answers what is asked. */
function atTerminal(args: readonly string[], question: string, said: string): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const terminal = openTerminal(process.execPath, [bundle, ...args], { cwd: base, env, cols: 200 });
    let text = "";
    let answered = false;
    terminal.onData((more) => {
      text += more;
      if (answered || !text.includes(question)) return;
      answered = true;
      terminal.write(said);
    });
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, text }));
  });
}

/** The answer with `--json`, which must fit its published schema; what differs from run to run is named by its kind. */
async function answer(args: readonly string[], exitCode = 0): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await touchstone([...args, "--json"]);
  assert.equal(code, exitCode, stderr);
  const listed = commands.find((command) => command.name === args[0]);
  const { command } = (await listed?.load()) ?? assert.fail();
  const json: Record<string, unknown> = JSON.parse(stdout);
  const fits: boolean = Check(command.schema, json);
  assert.ok(fits || "error" in json, `${stdout} does not fit its schema`);
  const text = JSON.stringify(json, (key, one: unknown) => {
    if (["runId", "experimentId", "created", "version", "schema"].includes(key)) return `<${key}>`;
    return typeof one === "string" ? one.replace(base, "<base>").replace(/run-[0-9a-f]{8}/, "run-<id>") : one;
  });
  const steady: Record<string, unknown> = JSON.parse(text);
  return steady;
}

test("storage, prune, backup and restore of a store that is being served", async () => {
  const child = spawn(process.execPath, [bundle, "serve", "--json", "--store", served, "--no-token"], { cwd: base, env, stdio: ["ignore", "pipe", "ignore"] });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const { trackingUri }: { trackingUri: string } = JSON.parse(line);
  const call = async (method: string, path: string, body: string | Uint8Array<ArrayBuffer>) => {
    const response = await fetch(trackingUri + path, { method, headers: typeof body === "string" ? { "content-type": "application/json" } : {}, body });
    assert.equal(response.status, 200, await response.clone().text());
    return response.text();
  };
  for (const [i, name] of ["bad", "good"].entries()) {
    const { run } = JSON.parse(await call("POST", "/api/2.0/mlflow/runs/create", JSON.stringify({ experiment_id: "0", run_name: name, start_time: 1_700_000_000_000 + i })));
    const { run_id } = run.info;
    await call("POST", "/api/2.0/mlflow/runs/log-batch", JSON.stringify({ run_id, metrics: [{ key: "f1", value: i, timestamp: 1, step: 1 }] }));
    await call("PUT", `/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/w.bin`, new Uint8Array(1_000 * (i + 1)).fill(i));
    await call("POST", "/api/2.0/mlflow/runs/update", JSON.stringify({ run_id, status: "FINISHED", end_time: 1_700_000_001_000 }));
  }

  const usage = await answer(["storage", "--folder", served]);
  const of = (title: string, bytes: number, start: number) => ({ runId: "<runId>", title, experimentId: "<experimentId>", start, deleted: false, bytes, artifacts: bytes, logs: 0, points: 1 });
  const [good, bad] = [of("good", 2_000, 1_700_000_000_001), of("bad", 1_000, 1_700_000_000_000)];
  assert.deepEqual([usage["folder"], usage["experiments"], usage["runs"]], ["<base>/served", [{ experimentId: "<experimentId>", name: "Default", runs: 2, bytes: 3_000, artifacts: 3_000, logs: 0, points: 2 }], [good, bad]]);
  const people = await touchstone(["storage", "--folder", served]);
  assert.match(people.stdout, /^largest runs +id +bytes +artifacts +logs +points\ngood +[0-9a-f]{8} +2\.0 kB +2\.0 kB +0 B +1\nbad /m);

  const file = join(base, "kept.touchstone");
  const made = { schemaVersion: 1, file: "<base>/kept.touchstone", created: "<created>", version: "<version>", schema: "<schema>", runs: 2, files: 3, missing: [] };
  const { bytes, ...backup } = await answer(["backup", file, "--folder", served]);
  assert.deepEqual(backup, { ...made, folder: "<base>/served" });

  const gone = { schemaVersion: 1, runs: 1, models: 0, points: 1, running: 0, registered: 0, servers: {}, first: [bad] };
  const where = ["prune", "--folder", served, "--where", "metrics.f1 < 0.5"];
  assert.deepEqual(await answer([...where, "--dry-run"]), { ...gone, pruned: false, bytes: 1_000, database: 0, later: 0 });
  // Nobody is there to be asked.
  assert.deepEqual((await answer(where, 2))["error"], { code: "WRONG_USE", message: "Nobody can be asked here, so nothing was removed.", hint: "With --yes it is done without asking; --dry-run only says what would go." });
  // `-n` is `--limit` everywhere: where it stood for `--dry-run` it is not told any more, and removes nothing still.
  assert.deepEqual(await answer([...where, "-n"]), await answer([...where, "--dry-run"]));
  assert.deepEqual((await answer([...where, "-n", "5"], 2))["error"], { code: "WRONG_USE", message: "touchstone prune does not know what to do with `5`.", hint: "See: touchstone prune --help" });
  assert.match((await touchstone(["prune", "--help"])).stdout, /^ {2}--dry-run +only say what would go$/m);
  assert.match((await touchstone(["storage", "--help"])).stdout, /^ {2}-n, --limit N /m);
  const asked = /^run +id +bytes +points\r?\nbad +[0-9a-f]{8} +1\.0 kB +1\r?\n1 run and 1 point would go; that frees 1\.0 kB on the disk\.\r?\nRemove 1 run for good\? \[y\/N\] /;
  for (const said of ["\r", "nay\r", "\u0004"]) {
    const { code, text } = await atTerminal(where, "[y/N] ", said);
    assert.match(text, asked);
    assert.match(text, /Nothing was removed\.\r?\n$/);
    assert.equal(code, 1);
  }
  assert.equal(JSON.parse((await touchstone(["runs", "--json", "--folder", served])).stdout).length, 2);
  // What is younger than an hour is freed later.
  const { database, ...went } = await answer([...where, "--yes"]);
  assert.deepEqual([went, typeof database], [{ ...gone, pruned: true, bytes: 0, later: 1_000 }, "number"]);
  assert.deepEqual((await answer(["storage", "--folder", served]))["runs"], [good]);
  const agreed = await atTerminal(["prune", "--folder", served, "-w", "metrics.f1 > 0.5"], "[y/N] ", "y\r");
  assert.deepEqual([agreed.code, /\nRemoved 1 run and 1 point; .* are free on the disk\./.test(agreed.text)], [0, true]);
  assert.equal((await touchstone(["prune", "--folder", served, "-w", "metrics.f1 > 0.5"])).stdout, "No such run.\n");
  assert.deepEqual((await answer(["prune", "--folder", served], 2))["error"], { code: "WRONG_USE", message: "Say which runs shall go: --where EXPR, or --deleted." });

  assert.deepEqual(await answer(["restore", file, "--folder", copy]), { ...made, folder: "<base>/copy", bytes });
  assert.deepEqual((await answer(["storage", "--folder", copy]))["runs"], [good, bad]);
  assert.equal(JSON.parse((await touchstone(["doctor", "--json", "--folder", copy])).stdout).ok, true);
  const { error } = await answer(["restore", file, "--folder", copy], 3);
  assert.deepEqual(error, { code: "STORE_EXISTS", message: "<base>/copy has a store already.", file: "<base>/copy/.touchstone", hint: "Restore into another folder, or move that store away first." });
  child.kill("SIGINT");
  await new Promise((resolve) => child.once("exit", resolve));
});
