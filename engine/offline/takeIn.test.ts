import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { preparePython } from "../../test/run/python.ts";
import type { EngineConnection } from "../api/connect.ts";
import { launchGet, launchLog } from "../api/launches.ts";
import { offlineTakeIn, offlineWatch } from "../api/offline.ts";
import { type RunDetail, runsGet } from "../api/runs.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { oneFile } from "../python/oneFile.mjs";
import { openStore, type Store } from "../store/store.ts";

const script = join(import.meta.dirname, "../../test/python/mlflow/offline.py");
const engines = new TestEngines();
const node = join(engines.root, "node");
let python = "";

/** A machine that has nothing but the one file, the script and its data. */
before(async () => {
  python = await preparePython();
  mkdirSync(node);
  writeFileSync(join(node, "touchstone.py"), oneFile(join(import.meta.dirname, "../python")));
  cpSync(script, join(node, "train.py"));
  writeFileSync(join(node, "data.csv"), "a,b\n1,2\n");
});
after(() => engines.dispose());

function record(words: readonly string[], more: Record<string, string> = {}): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, XDG_CACHE_HOME: join(engines.root, "cache"), MY_API_KEY: "planted-secret-1", ...more };
  return spawn(python, [join(node, "touchstone.py"), ...words], { cwd: node, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
}

async function recorded(words: readonly string[], more: Record<string, string> = {}): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = record(words, more);
  child.stdin?.end();
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const [code] = await once(child, "close");
  if (code !== 0) process.stderr.write(stderr);
  return { code: typeof code === "number" ? code : null, stdout, stderr };
}

/** The only run's folder under one. */
const only = (folder: string): string => join(folder, readdirSync(folder)[0] ?? "");

async function detail(connection: EngineConnection, runId: string): Promise<RunDetail> {
  return connection.request(runsGet, { runId });
}

async function reading<T>(folder: string, read: (store: Store) => T): Promise<T> {
  const store = await openStore({ folder, readOnly: true });
  try {
    return read(store);
  } finally {
    await store.close();
  }
}

const points = (store: Store, runId: string, key: string) => store.read.metrics.points(store.read.runs.byId(runId)?.runKey ?? 0, key).map(({ step, value }) => [step, value]);

test("a run of an unmodified MLflow script, recorded by one Python file without an engine, is taken in once from wherever it is copied", { timeout: 240_000 }, async () => {
  const slurm = { SLURM_JOB_ID: "4711", SLURM_ARRAY_TASK_ID: "3", SLURM_SUBMIT_DIR: "/home/ann" };
  const out = join(engines.root, "scratch");
  const { code, stdout } = await recorded(["run", "--offline", out, "--", python, "train.py", "--lr", "0.1"], slurm);
  assert.equal(code, 0);
  assert.match(stdout, /rows 8\n[\s\S]*RESULT cnn/, "the script's own output is shown, and what it logged can be asked");
  const copies = ["first copy", "second"].map((name) => join(engines.root, name));
  for (const copy of copies) cpSync(out, copy, { recursive: true });
  rmSync(out, { recursive: true });

  const folder = engines.folder("laptop");
  const connection = engines.connect(folder);
  const results = [];
  for (const copy of [copies[0] ?? "", copies[0] ?? "", copies[1] ?? ""]) results.push(await connection.request(offlineTakeIn, { path: copy }));
  assert.deepEqual(results.map(({ taken, problems }) => [taken.length, taken[0]?.status, taken[0]?.changed, problems]), [[1, "finished", true, []], [1, "finished", false, []], [1, "finished", false, []]]);
  const { launchId = "", runId = "" } = results[0]?.taken[0] ?? {};
  const run = await detail(connection, runId);
  assert.deepEqual([run.head.status, run.name, run.experimentName, run.launch?.runIds.length], ["finished", "nødé", "far away", 2]);
  assert.deepEqual([run.tags["stage"], run.tags["SLURM_JOB_ID"], run.tags["SLURM_ARRAY_TASK_ID"]], ["pilot", "4711", "3"]);
  assert.deepEqual([run.launch?.environment["SLURM_SUBMIT_DIR"], run.launch?.environment["MY_API_KEY"]], ["/home/ann", "***"]);
  assert.deepEqual(run.params.filter(({ key }) => key === "lr" || key === "epochs" || key === "kind").map(({ key, value, source }) => [key, value, source]).sort(), [["epochs", "3", "default"], ["kind", "cnn", "client"], ["lr", "0.1", "argument"], ["lr", "0.1", "client"]]);
  assert.deepEqual(run.inputs.map(({ path, bytes, digest, site }) => [path, bytes, digest?.slice(0, 14), site?.line]), [["data.csv", 8, "sha256:492d5ea", 15]]);
  assert.deepEqual(run.outputs.map(({ path, bytes }) => [path, bytes]), [["model.bin", 3]]);
  assert.ok(run.launch?.packages.some(({ name }) => name === "mlflow"));
  assert.match(run.launch?.interpreter ?? "", /Python 3\./);
  assert.match(Buffer.from((await connection.request(launchLog, { launchId, offset: 0 })).data).toString(), /^rows 8\n/);
  const state = await connection.request(launchGet, { launchId });
  assert.deepEqual([state.status, state.exitCode, state.script], ["finished", 0, "train.py"]);
  await reading(folder, (store) => {
    assert.deepEqual(points(store, runId, "loss"), [[0, 1], [1, 1 / 2], [2, 1 / 3]]);
    assert.deepEqual(points(store, runId, "odd"), [[0, Number.NaN], [1, Number.NaN], [2, Number.NaN]]);
    assert.deepEqual(points(store, runId, "direct"), [[0, 0], [1, 1.5], [2, 3]]);
    assert.deepEqual(points(store, run.childIds[0] ?? "", "inner"), [[3, 7]]);
    assert.deepEqual(store.read.artifacts.under(`run:${runId}`, "").map(({ path, bytes }) => [path, bytes]), [["model.bin", 3], ["notes/a.txt", 5]]);
    assert.deepEqual(store.read.launches.blobs(store.read.launches.keyOf(launchId) ?? 0).map(({ path }) => path).includes("train.py"), true);
  });
});

test("a job that was killed is lost, with all that it had logged; what came later is added when it is taken in again", { timeout: 240_000 }, async () => {
  const out = join(engines.root, "killed");
  const child = record(["run", "--offline", out, "--", python, "train.py", "--lr", "0.5", "--die"]);
  let said = "";
  child.stdout?.on("data", (data: Buffer) => (said += data.toString()));
  await until(() => said.includes("dying"), 120_000);
  const partial = join(engines.root, "partial");
  cpSync(out, partial, { recursive: true });
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await once(child, "close");
  assert.ok(!existsSync(join(only(out), "exit.json")));
  const folder = engines.folder("killed laptop");
  const connection = engines.connect(folder);
  const { taken } = await connection.request(offlineTakeIn, { path: out });
  assert.deepEqual(taken.map(({ status, changed }) => [status, changed]), [["lost", true]]);
  const run = await detail(connection, taken[0]?.runId ?? "");
  assert.deepEqual([run.head.status, run.tags["stage"], run.metrics.find(({ key }) => key === "loss")?.last], ["lost", "pilot", 1 / 3]);

  // Another job was only copied too early: it goes on, and ends.
  const going = engines.connect(engines.folder("going"));
  const early = await going.request(offlineTakeIn, { path: partial });
  const events = join(only(partial), "events.jsonl");
  writeFileSync(events, `${readFileSync(events, "utf8")}{"k":"metric","t":${Date.now()},"key":"direct","value":9,"step":9}\n`);
  writeFileSync(join(only(partial), "exit.json"), JSON.stringify({ code: 3, signal: null, end: Date.now() }));
  const late = await going.request(offlineTakeIn, { path: partial });
  assert.deepEqual([early.taken[0]?.status, late.taken[0]?.status, late.taken[0]?.changed], ["lost", "failed", true]);
  const ended = await detail(going, late.taken[0]?.runId ?? "");
  assert.deepEqual([ended.head.status, ended.metrics.find(({ key }) => key === "direct")?.points, ended.metrics.find(({ key }) => key === "direct")?.last], ["failed", 4, 9]);
});

test("a program that does not exist records nothing; of a run it is said where it lies and how it is taken in", { timeout: 120_000 }, async () => {
  const none = await recorded(["run", "--offline", "none", "--", "pyhton", "train.py"]);
  assert.deepEqual([none.code, none.stderr], [127, "touchstone: the program pyhton was not found, so nothing was recorded. Check its name and the PATH.\n"]);
  assert.equal(existsSync(join(node, "none")), false);
  const { code, stdout, stderr } = await recorded(["run", "--", python, "-c", "import sys; print('said'); sys.exit(3)"]);
  const place = join(node, "touchstone-offline");
  assert.deepEqual([code, stdout, stderr], [3, "said\n", `touchstone: this run is recorded in ${only(place)}\nTake it in where Touchstone is: touchstone take-in ${place}\n`]);
});

test("a job that was preempted goes on offline, and is taken in again: one run", { timeout: 240_000 }, async () => {
  const out = join(engines.root, "preempted");
  cpSync(join(import.meta.dirname, "../../test/python/mlflow/resume.py"), join(node, "resume.py"));
  assert.equal((await recorded(["run", "--offline", out, "--", python, "resume.py", "--epochs", "3", "--fail"])).code, 1);
  const connection = engines.connect(engines.folder("preempted laptop"));
  const first = await connection.request(offlineTakeIn, { path: out });
  assert.equal((await recorded(["run", "--offline", out, "--resume", only(out), "--", python, "resume.py", "--epochs", "5", "--resume", "checkpoint"])).code, 0);
  assert.equal((await recorded(["run", "--offline", out, "--resume", "nothing", "--", python, "resume.py"])).code, 2);
  const second = await connection.request(offlineTakeIn, { path: out });
  const { runId = "", launchId = "" } = second.taken[0] ?? {};
  assert.deepEqual([first.taken, second.taken].map((taken) => taken.map(({ status, changed }) => [status, changed])), [[["failed", true]], [["finished", true]]]);
  const run = await detail(connection, runId);
  assert.deepEqual([run.head.status, run.head.error, run.launch?.runIds], ["finished", null, [runId]]);
  await reading(connection.folder, (store) => {
    assert.deepEqual(points(store, runId, "loss"), [0, 1, 2, 3, 4].map((step) => [step, 1 / (step + 1)]));
    assert.deepEqual(points(store, runId, "direct"), [0, 1, 2, 3, 4].map((step) => [step, step]));
  });
  assert.match(Buffer.from((await connection.request(launchLog, { launchId, offset: 0 })).data).toString(), /^begins at 0\n[\s\S]*preempted[\s\S]*begins at 3\n/);
  assert.deepEqual((await connection.request(offlineTakeIn, { path: out })).taken.map(({ changed }) => changed), [false]);
});

test("a shell pipeline: run-start, log, finish; it comes by itself where it lies in a workspace that is trusted", { timeout: 120_000 }, async () => {
  const folder = engines.folder("pipeline");
  const start = await recorded(["run-start", "--offline", join(folder, "runs"), "--name", "align", "--experiment", "genome", "--param", "threads=4", "--param", "api_key=planted-secret-2", "--tag", "species=yeast", "--input", "data.csv"]);
  const own = start.stdout.trim();
  const more = { TOUCHSTONE_OFFLINE_RUN: own };
  assert.equal((await recorded(["log", "reads=1200", "rate=nan", "--step", "2"], more)).code, 0);
  assert.equal((await recorded(["log", "--run", own, "reads=1500", "--step", "3", "--artifact", "train.py"])).code, 0);
  assert.equal((await recorded(["log", "--run", own, "reads=many"])).code, 2);
  assert.equal((await recorded(["log", "--run", join(own, "nowhere"), "a=1"])).code, 2);
  const noFile = await recorded(["log", "reads=9", "--artifact", "nowhere.yaml"], more);
  assert.deepEqual([noFile.code, noFile.stderr], [2, "touchstone log: the artifact nowhere.yaml does not exist: nothing was logged.\n"]);
  assert.equal((await recorded(["finish", "--exit-code", "0"], more)).code, 0);
  const late = await recorded(["log", "reads=1900"], more);
  assert.deepEqual([late.code, late.stderr], [2, `touchstone log: the run in ${own} has ended: nothing was logged. Log before \`touchstone finish\`.\n`]);
  const connection = engines.connect(folder);
  await connection.request(offlineWatch, null);
  const { id: launchId, runId } = JSON.parse(readFileSync(join(own, "offline.json"), "utf8"));
  for (;;) {
    const state = await connection.request(launchGet, { launchId }).catch(() => null);
    if (state !== null && state.end !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const run = await detail(connection, runId);
  assert.deepEqual([run.head.status, run.name, run.experimentName, run.tags["species"]], ["finished", "align", "genome", "yeast"]);
  assert.deepEqual(run.params.map(({ key, value }) => [key, value]), [["api_key", "***"], ["threads", "4"]]);
  assert.deepEqual(run.inputs.map(({ bytes }) => bytes), [8]);
  await reading(folder, (store) => {
    assert.deepEqual([points(store, runId, "reads"), points(store, runId, "rate")], [[[2, 1200], [3, 1500]], [[2, Number.NaN]]]);
    assert.deepEqual(store.read.artifacts.under(`run:${runId}`, "").map(({ path }) => path), ["train.py"]);
  });
});

test("no secret of the environment or of a param stands in any file that was recorded", () => {
  const files = ["first copy", "killed", join("pipeline", "runs")].flatMap((name) => readdirSync(join(engines.root, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)));
  assert.ok(files.length > 20);
  for (const file of files) assert.ok(!readFileSync(file, "latin1").includes("planted-secret"), file);
});

test("a folder that somebody else made reaches nothing but its own run", { timeout: 120_000 }, async () => {
  const folder = engines.folder("victim");
  const connection = engines.connect(folder);
  const own = join(engines.root, "own", "a");
  const make = (place: string, more: object = {}): void => {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "offline.json"), JSON.stringify({ format: "touchstone-offline", version: 1, id: "victim1", runId: "a".repeat(32), command: ["x"], cwd: "/", folder: "/", start: 1, ...more }));
    writeFileSync(join(place, "exit.json"), '{"code":0,"signal":null,"end":2}');
  };
  make(own);
  await connection.request(offlineTakeIn, { path: own });
  const evil = join(engines.root, "evil");
  make(join(evil, "b"), { id: "victim2", runId: "b".repeat(32), script: "../../etc/passwd.py" });
  const call = (route: string, body: object, more: object = {}): string => `${JSON.stringify({ t: 1, call: route, body: JSON.stringify(body), ...more })}\n`;
  writeFileSync(
    join(evil, "b", "spool.jsonl"),
    call("POST runs/set-tag", { run_id: "a".repeat(32), key: "owned", value: "yes" }) +
      call("POST runs/delete", { run_id: "a".repeat(32) }) +
      call("PUT artifact", {}, { path: `0/${"a".repeat(32)}/artifacts/x`, file: `spool/${"0".repeat(32)}` }) +
      call("PUT artifact", {}, { path: `0/${"b".repeat(32)}/artifacts/x`, file: "../../secret" }) +
      "no json\n" +
      call("POST runs/set-tag", { run_id: "b".repeat(32), key: "mine", value: "yes" }),
  );
  writeFileSync(join(engines.root, "secret"), "secret");
  mkdirSync(join(evil, "b", "artifacts"));
  symlinkSync(join(engines.root, "secret"), join(evil, "b", "artifacts", "link"));
  writeFileSync(join(evil, "b", "events.jsonl"), '{"k":"artifact","t":1,"path":"/x","name":"link"}\n{"k":"artifact","t":1,"path":"/x","name":"../../offline.json"}\n{"k":"env","t":1,"executable":"/bin/false"}\n');
  make(join(evil, "c"), { runId: "c".repeat(32) });
  make(join(evil, "d"), { id: "../up" });
  writeFileSync(join(evil, "d", "x"), "");
  const { taken, problems } = await connection.request(offlineTakeIn, { path: evil });
  assert.deepEqual(taken.map(({ launchId, status }) => [launchId, status]), [["victim2", "finished"]]);
  assert.deepEqual(problems.map(({ reason }) => reason), ["This run cannot be taken in: the store has another one with its id.", "This run cannot be taken in: its ids are none."]);
  const [before, mine] = [await detail(connection, "a".repeat(32)), await detail(connection, "b".repeat(32))];
  assert.deepEqual([before.tags["owned"], before.head.status, mine.tags["mine"]], [undefined, "finished", "yes"]);
  assert.equal(mine.launch?.notes.filter((note) => /could not be (stored|read)|is not kept/.test(note)).length, 7);
  await reading(folder, (store) => {
    assert.deepEqual(["a", "b"].map((letter) => store.read.artifacts.under(`run:${letter.repeat(32)}`, "").length), [0, 0]);
  });
});
