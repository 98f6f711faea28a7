import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Check } from "typebox/value";
import { commands } from "./registry.ts";

// The bundle that users run; `node esbuild.mjs` makes it.
const bundle = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));
const base = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-golden-")));
const served = join(base, "served");
const artifacts = join(base, "artifacts");
const project = join(base, "mein Projekt");
const env = { ...process.env, TOUCHSTONE_RUNTIME_DIR: base, TOUCHSTONE_IDLE_MS: "60000" };

before(() => {
  assert.ok(existsSync(bundle), "dist/cli.cjs is missing; run: node esbuild.mjs");
  mkdirSync(project);
  writeFileSync(join(project, "train.mjs"), `console.log("lr", process.argv[2]); process.exit(Number(process.argv[3] ?? 0));\n`);
  writeFileSync(join(project, "ask.mjs"), `let said = ""; for await (const text of process.stdin.setEncoding("utf8")) said += text; console.log("hello " + said.trim() + ", end");\n`);
  writeFileSync(join(project, "wait.mjs"), `console.log("waiting"); setInterval(() => undefined, 1000);\n`);
});
after(async () => {
  for (const folder of [served, project]) await touchstone(["stop", "--folder", folder]);
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], input = ""): { child: ChildProcess; ended: Promise<Result> } {
  const child = spawn(process.execPath, [bundle, ...args], { cwd: project, env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  return { child, ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said }))) };
}

function touchstone(args: readonly string[]): Promise<Result> {
  return start(args).ended;
}

/** The answer of `touchstone <name> … --json`, which must fit its published schema. */
async function answer(name: string, args: readonly string[] = [], exitCode = 0) {
  const { code, stdout, stderr } = await touchstone([...name.split(" "), "--json", ...args]);
  assert.equal(code, exitCode, stderr);
  const json = JSON.parse(stdout);
  const listed = commands.find((command) => command.name === name);
  assert.ok(listed);
  const { command } = await listed.load();
  const fits: boolean = Check(command.schema, json);
  assert.ok(fits, `${name}: ${stdout} does not fit its schema`);
  return json;
}

/** What differs from run to run, by its kind. */
function steady(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one: unknown) => {
      if (["runId", "experimentId", "launchId"].includes(key) && typeof one === "string" && one !== "") return `<${key}>`;
      if (["start", "end", "pid", "storeBytes", "artifactBytes"].includes(key) && typeof one === "number") return `<${key}>`;
      if (key === "trackingUri" || key === "MLFLOW_TRACKING_URI") return String(one).replace(/:\d+$/, ":<port>");
      if (/^MLFLOW_TRACKING_(PASSWORD|TOKEN)$/.test(key)) return String(one).replace(/[0-9a-f]{64}/, "<hmac>");
      return typeof one === "string" ? one.replace(base, "<base>").replace(/run-[0-9a-f]{8}/, "run-<id>").replace(/process \d+ at http:\/\/127\.0\.0\.1:\d+/, "process <pid> at <uri>") : one;
    }),
  );
}

test("serve: one line once it serves, MLflow's REST API behind it, left by Ctrl-C; runs: what was logged there", async () => {
  const { child, ended } = start(["serve", "--json", "--store", served, "--no-token", "--artifact-root", artifacts]);
  assert.ok(child.stdout);
  const [line = ""] = await new Promise<string[]>((resolve) => createInterface({ input: child.stdout ?? process.stdin }).once("line", (first) => resolve([first])));
  const address: { trackingUri: string } = JSON.parse(line);
  assert.deepEqual(steady(address), {
    schemaVersion: 1,
    trackingUri: "http://127.0.0.1:<port>",
    folder: "<base>/served",
    pid: "<pid>",
    env: {
      MLFLOW_TRACKING_URI: "http://127.0.0.1:<port>",
      MLFLOW_TRACKING_USERNAME: "touchstone",
      MLFLOW_TRACKING_PASSWORD: "store.<hmac>",
      MLFLOW_TRACKING_TOKEN: "store.<hmac>",
      MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: "1",
      MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: "0.5",
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: "3",
      MLFLOW_HTTP_REQUEST_TIMEOUT: "30",
    },
  });
  const post = async (route: string, body: object) => {
    const response = await fetch(`${address.trackingUri}/api/2.0/mlflow/${route}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    assert.equal(response.status, 200, await response.clone().text());
    return response.json();
  };
  const { experiment_id } = await post("experiments/create", { name: "iris" });
  const { run } = await post("runs/create", { experiment_id, run_name: "first", start_time: 1_700_000_000_000 });
  const points = [["loss", 0.5, 1], ["loss", "NaN", 2], ["loss", 0.25, 3], ["grad", "Infinity", 1]] as const;
  await post("runs/log-batch", { run_id: run.info.run_id, metrics: points.map(([key, value, step]) => ({ key, value, step, timestamp: 1_700_000_000_000 + step })), params: [{ key: "lr", value: "0.1" }] });
  const upload = await fetch(`${address.trackingUri}/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run.info.run_id}/artifacts/notes/a.txt`, { method: "PUT", body: "kept" });
  assert.equal(upload.status, 200);
  assert.equal(readFileSync(join(artifacts, experiment_id, run.info.run_id, "artifacts", "notes", "a.txt"), "utf8"), "kept");
  await post("runs/update", { run_id: run.info.run_id, status: "FINISHED", end_time: 1_700_000_060_000 });

  const second = await touchstone(["serve", "--json", "--store", served, "--artifact-root", base]);
  assert.equal(second.code, 3);
  assert.deepEqual(steady(JSON.parse(second.stdout)), {
    schemaVersion: 1,
    error: {
      code: "ENGINE_TAKEN",
      message: "An engine serves <base>/served already, for another `touchstone serve`: --artifact-root is not taken up by it.",
      hint: "Leave --artifact-root out to log to that one, or end it first: touchstone stop",
    },
  });

  assert.deepEqual(steady(await answer("runs", ["--folder", served, "--filter", "params.lr = 0.1"])), [
    {
      schemaVersion: 1,
      runId: "<runId>",
      name: "first",
      title: "first",
      status: "finished",
      script: null,
      commit: null,
      params: { lr: "0.1" },
      metrics: { grad: { last: "Infinity", step: 1, min: "Infinity", max: "Infinity" }, loss: { last: 0.25, step: 3, min: 0.25, max: 0.5 } },
      start: "<start>",
      end: "<end>",
    },
  ]);
  assert.deepEqual(await answer("runs", ["--folder", served, "--filter", "metrics.loss > 1"]), []);
  const wrong = await touchstone(["runs", "--folder", served, "--json", "--filter", "metrics.loss > 1 and statsu = 'x'"]);
  assert.equal(wrong.code, 2);
  assert.deepEqual(JSON.parse(wrong.stdout), { schemaVersion: 1, error: { code: "EXPRESSION", message: "A run has no attribute `statsu`.", offset: 21, length: 6, hint: "Did you mean status?" } });
  assert.match(wrong.stderr, /^metrics\.loss > 1 and statsu = 'x'\n {21}\^{6}\n/);

  child.kill("SIGINT");
  const { code, stderr } = await ended;
  assert.equal(code, 0);
  assert.match(stderr, /^Warning: --no-token lets every process and every user of this machine read, change and delete what this store holds\.$/m);
  assert.equal((await answer("status", ["--folder", served])).running, false);
  assert.equal((await answer("doctor", ["--folder", served, "--artifact-root", artifacts])).ok, true);
  assert.equal((await answer("doctor", ["--folder", served], 1)).ok, false, "the content lies elsewhere");
});

test("serve --port: that very port, with a token on every call; taken by another program it says so", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const taken = await touchstone(["serve", "--json", "--store", served, "--port", String(port)]);
  await new Promise((resolve) => other.close(resolve));
  assert.deepEqual([taken.code, JSON.parse(taken.stdout)], [
    2,
    { schemaVersion: 1, error: { code: "PORT_TAKEN", message: `Port ${port} on 127.0.0.1 belongs to another program.`, hint: "Name another port, or none: then the store's own or a free one is taken." } },
  ]);

  const { child, ended } = start(["serve", "--store", served, "--port", String(port)]);
  let said = "";
  await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => ((said += text).includes("MLFLOW_TRACKING_TOKEN=") ? resolve() : undefined)));
  const [, uri, token] = /export MLFLOW_TRACKING_URI=(\S+)\n\s+export MLFLOW_TRACKING_TOKEN=(\S+)/.exec(said) ?? [];
  assert.equal(uri, `http://127.0.0.1:${port}`);
  const status = async (headers: Record<string, string>) => (await fetch(`${uri}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers })).status;
  const basic = { authorization: `Basic ${Buffer.from(`anyone:${token}`).toString("base64")}` };
  assert.deepEqual([await status({}), await status({ authorization: "Bearer wrong" }), await status({ authorization: `Bearer ${token}` }), await status(basic)], [401, 401, 200, 200]);
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr.includes("Warning")], [0, false]);
});

test("run: the script's exit code, its log live, an answer or NDJSON", async () => {
  const shown = await touchstone(["run", "--", process.execPath, "train.mjs", "0.1"]);
  assert.deepEqual([shown.code, shown.stdout.trim()], [0, "lr 0.1"]);
  assert.match(shown.stderr, /run [0-9a-f]{32} finished/);

  assert.deepEqual(steady(await answer("run", ["--", process.execPath, "train.mjs", "0.1", "3"], 3)), { schemaVersion: 1, runId: "<runId>", launchId: "<launchId>", experimentId: "<experimentId>", status: "failed", exitCode: 3, signal: null });

  const followed = await touchstone(["run", "--json", "--follow", "--", process.execPath, "train.mjs", "0.2"]);
  const lines = followed.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const { command } = await import("./commands/run.ts");
  for (const line of lines) assert.ok(command.lineSchema !== undefined && Check(command.lineSchema, line), JSON.stringify(line));
  assert.deepEqual([lines[0].event, lines.at(-1).event, lines.at(-1).status], ["started", "ended", "finished"]);
  assert.equal(lines.filter(({ event }) => event === "log").map(({ text }) => text).join("").trim(), "lr 0.2");
  const missing = await touchstone(["run", "--json", "--", "no-such-program-here"]);
  assert.deepEqual([missing.code, JSON.parse(missing.stdout).error.code], [2, "NO_PROGRAM"]);
  const asked = await start(["run", "--", process.execPath, "ask.mjs"], "Ann\n").ended;
  assert.match(asked.stdout, /hello Ann, end/);
});

test("recording without an engine, and taking it in: once", async () => {
  const offline = await answer("run", ["--offline", "far", "--name", "n", "--", process.execPath, "train.mjs", "0.1", "3"], 3);
  assert.deepEqual(steady(offline), { schemaVersion: 1, runId: "<runId>", launchId: "<launchId>", experimentId: "", status: "failed", exitCode: 3, signal: null });
  const { folder } = await answer("run-start", ["--offline", "far", "--name", "pipe", "--param", "k=5"]);
  assert.deepEqual(await answer("log", ["--run", folder, "--step", "1", "loss=0.5", "balance=-3"]), { schemaVersion: 1, folder, exitCode: null });
  assert.deepEqual(await answer("finish", ["--run", folder, "--exit-code", "1"]), { schemaVersion: 1, folder, exitCode: 1 });
  const first = await answer("take-in", ["far"]);
  assert.deepEqual(first.problems, []);
  assert.deepEqual(first.runs.map(({ runId, status }: { runId: string; status: string }) => [runId === offline.runId, status]), [[true, "failed"], [false, "failed"]]);
  assert.deepEqual((await answer("take-in", ["far"])).runs.map(({ changed }: { changed: boolean }) => changed), [false, false]);
  const piped = (await answer("runs")).find(({ name }: { name: string }) => name === "pipe");
  assert.deepEqual([piped.params, piped.metrics.loss, piped.metrics.balance.last], [{ k: "5" }, { last: 0.5, step: 1, min: 0.5, max: 0.5 }, -3]);
  assert.equal((await touchstone(["take-in", "nowhere"])).code, 2);
  const none = await touchstone(["run", "--offline", "none", "--", "pyhtom", "x.py"]);
  assert.deepEqual([none.code, none.stderr, existsSync(join(project, "none"))], [2, "touchstone: The program pyhtom was not found.\nCheck its name and the PATH.\n", false]);
});

test("status shows what runs; stop ends a run, its tree, and says how; Ctrl-C does so too", async () => {
  const started = await answer("run", ["--detach", "--", process.execPath, "wait.mjs"]);
  const status = await answer("status");
  assert.deepEqual(status.launches.map(({ runId, status: state, command }: { runId: string; status: string; command: string[] }) => [runId, state, command.at(-1)]), [[started.runId, "running", "wait.mjs"]]);
  assert.deepEqual([status.running, status.engine.liveLaunches, status.engine.readOnly], [true, 1, false]);
  const stopped = await answer("stop", [started.runId.slice(0, 10)]);
  assert.deepEqual([stopped.engine, stopped.launches[0].runId, stopped.launches[0].status], ["stays", started.runId, "killed"]);
  assert.equal((await touchstone(["stop", "0000"])).code, 2);

  const { child, ended } = start(["run", "--json", "--", process.execPath, "wait.mjs"]);
  await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => void (text.includes("waiting") && resolve())));
  child.kill("SIGINT");
  const interrupted = await ended;
  assert.equal(JSON.parse(interrupted.stdout).status, "killed");
  assert.notEqual(interrupted.code, 0);
});

test("doctor finds nothing wrong in a sound store, and names what is", async () => {
  const sound = await answer("doctor");
  assert.deepEqual(sound.checks.filter(({ result }: { result: string }) => result !== "ok"), []);
  assert.deepEqual(sound.checks.map(({ check }: { check: string }) => check), ["git", "database", "version", "launches", "artifacts", "engine"]);
  writeFileSync(join(project, "touchstone.yaml"), "metrics:\n  loss: dwn\n");
  mkdirSync(join(project, ".touchstone", "launches", "torn"));
  const ill = await answer("doctor", ["--quick"], 1);
  assert.deepEqual(ill.checks.filter(({ result }: { result: string }) => result === "problem").map(({ check, message }: { check: string; message: string }) => [check, steady(message)]), [
    ["touchstone.yaml", "<base>/mein Projekt/touchstone.yaml:2: `loss` must be up or down, or a map with direction, target."],
    ["launches", "1 of 9 launch folders have no readable launch.json: torn."],
  ]);
});

test("import: what another tracker wrote, what of it was new and what was not taken in; followed, a line for what comes", async () => {
  const logs = join(base, "csv logs");
  const run = join(logs, "mlruns", "1", "0123456789abcdef0123456789abcdef");
  for (const part of ["metrics", "params", "tags", "artifacts"]) mkdirSync(join(run, part), { recursive: true });
  writeFileSync(join(logs, "mlruns", "1", "meta.yaml"), "experiment_id: '1'\nname: elsewhere\nlifecycle_stage: active\n");
  writeFileSync(join(run, "meta.yaml"), "run_id: 0123456789abcdef0123456789abcdef\nrun_name: first\nstatus: 1\nstart_time: 1700000000000\nend_time: null\nlifecycle_stage: active\n");
  writeFileSync(join(run, "metrics", "loss"), "1700000000001 0.5 1\n1700000000002 nan 2\nnonsense\n");
  writeFileSync(join(run, "params", "lr"), "0.1");
  writeFileSync(join(run, "artifacts", "notes.txt"), "kept");
  writeFileSync(join(logs, "train.csv"), "step,loss\n0,1\n");
  const taken = { format: "mlruns", title: "MLflow folder", path: "<base>/csv logs/mlruns", runs: 1, here: 0 };
  const none = { runs: 0, points: 0, params: 0, tags: 0, models: 0, versions: 0, traces: 0, artifacts: 0 };
  const problem = { file: "1/0123456789abcdef0123456789abcdef/metrics/loss", line: 3, reason: "`nonsense` is no value of a metric (time value step)." };
  assert.deepEqual(steady(await answer("import", [logs])), {
    schemaVersion: 1,
    sources: [{ ...taken, added: { ...none, runs: 1, points: 2, params: 1, artifacts: 1 }, problems: [problem], problemCount: 1, follow: false }],
    passedOver: ["<base>/csv logs/train.csv"],
  });
  assert.deepEqual((await answer("import", [logs])).sources.map(({ added }: { added: object }) => added), [none]);

  const { command } = await import("./commands/import.ts");
  const { child, ended } = start(["import", "--json", "--follow", logs]);
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const line = async (): Promise<{ event: string; follow: boolean; added: object }> => JSON.parse((await lines.next()).value ?? "null");
  assert.deepEqual(await line(), { schemaVersion: 1, event: "passedOver", files: [join(logs, "train.csv")] });
  const first = await line();
  assert.deepEqual([first.event, first.follow], ["imported", true]);
  appendFileSync(join(run, "metrics", "loss"), "1700000000003 0.25 3\n");
  const news = await line();
  assert.ok(command.lineSchema !== undefined && Check(command.lineSchema, news));
  assert.deepEqual([news.event, news.added], ["followed", { ...none, points: 1 }]);
  child.kill("SIGINT");
  assert.equal((await ended).code, 0);
  assert.equal((await touchstone(["import", join(base, "nowhere"), "--json"])).code, 2);
});

test("gc frees nothing that belongs to a run; stop without a run ends the engine", async () => {
  assert.deepEqual(await answer("gc"), { schemaVersion: 1, files: 0, bytes: 0, strays: [] });
  assert.deepEqual(await answer("stop"), { schemaVersion: 1, launches: [], engine: "left" });
  assert.equal((await answer("status")).running, false);
  assert.ok(Check((await import("./commands/schema.ts")).command.schema, await answer("schema", ["runs"])));
});
