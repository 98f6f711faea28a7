import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchGet, launchStart } from "../api/launches.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { launchFiles, readRunner } from "../launches/files.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { buildEngine } from "../life/otherEngine.fixture.ts";
import { openConnection } from "../store/connection.ts";
import { latestVersion, storeVersion } from "../store/migrations.ts";
import { slowMigration } from "../store/slowMigration.fixture.ts";
import { openStore } from "../store/store.ts";
import { preparePython } from "../../test/run/python.ts";

// Short, few: kill.test.ts kills twenty times under four clients.
const KILLS = process.env["TOUCHSTONE_LONG"] === "1" ? 50 : 5;
const IN_AN_UPLOAD = 1;
const IN_A_MIGRATION = 3;
const ACK_BYTES = 16;
const script = join(import.meta.dirname, "../../test/python/crash.py");
const clients = ["mlflow", "touchstone"] as const;
type Client = (typeof clients)[number];

const engines = new TestEngines();
let newer = "";
before(async () => {
  newer = await buildEngine(join(engines.root, "newer"), "99.0.0", slowMigration);
});
after(() => engines.dispose());

/** How many calls a client knows to be stored; `touchstone` goes on while no engine lives. */
function calls(folder: string, client: Client): number {
  return Math.floor((statSync(join(folder, `${client}.acks`), { throwIfNoEntry: false })?.size ?? 0) / ACK_BYTES);
}

/** Numbers of the acknowledged calls by name, in their order. */
function acknowledged(folder: string): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const client of clients) {
    for (const line of readFileSync(join(folder, `${client}.acks`), "utf8").split("\n")) {
      const [name = "", number] = line.split(/ +/);
      if (number === undefined) continue;
      const found = numbers.get(name);
      if (found) found.push(Number(number));
      else numbers.set(name, [Number(number)]);
    }
  }
  return numbers;
}

/** Kills the engine, and the newer one that somebody started in its place while it migrates the store; then the runner starts its own again. */
async function killInMigration(folder: string, launchId: string, kill: () => void): Promise<void> {
  const runner = readRunner(launchFiles(folder, launchId));
  assert.ok(runner);
  // Who starts an engine by himself waits.
  process.kill(runner.pid, "SIGSTOP");
  kill();
  await until(() => engines.enginePid(folder) === null);
  const migrating = spawn(process.execPath, [newer, "--folder", folder], { stdio: "ignore" });
  const ended = once(migrating, "exit");
  const dir = join(folder, ".touchstone");
  const backedUp = (): boolean => existsSync(join(dir, "backups")) && readdirSync(join(dir, "backups")).length > 0;
  await until(() => migrating.exitCode !== null || (backedUp() && statSync(join(dir, "touchstone.db-wal")).size > 1_000_000), 60_000);
  migrating.kill("SIGKILL");
  assert.deepEqual(await ended, [null, "SIGKILL"], "it was still at it");
  process.kill(runner.pid, "SIGCONT");
}

test(`${KILLS} kills of the engine under two clients, in an upload, in a migration: acknowledged ⊆ stored ⊆ sent, by value, nothing twice`, { timeout: KILLS * 60_000 }, async (t) => {
  const random = seeded(40);
  const folder = engines.folder();
  const { env } = process;
  const starter = engines.connect(folder);
  const { launchId } = await starter.request(launchStart, { command: [await preparePython(), script, folder], cwd: folder, env: { PATH: env["PATH"] ?? "", HOME: env["HOME"] ?? "" }, from: "cli" });
  // No window is open: whoever starts the engine again is the runner.
  starter.dispose();
  await until(() => calls(folder, "mlflow") > 20 && calls(folder, "touchstone") > 20, 120_000);

  const served = { mlflow: 0, touchstone: 0 };
  let up = 0;
  const incoming = join(folder, ".touchstone", "artifacts", "incoming");
  for (let kill = 0; kill < KILLS; kill++) {
    const before = calls(folder, "mlflow");
    await until(() => calls(folder, "mlflow") > before, 60_000);
    const started = performance.now();
    const first = { mlflow: calls(folder, "mlflow"), touchstone: calls(folder, "touchstone") };
    const moment = first.mlflow + 20 + Math.floor(random() * 400);
    // Its bytes have come, its answer has not gone.
    if (kill === IN_AN_UPLOAD) await until(() => existsSync(incoming) && readdirSync(incoming).some((name) => statSync(join(incoming, name), { throwIfNoEntry: false })?.size), 60_000);
    else await until(() => calls(folder, "mlflow") >= moment, 60_000);
    for (const client of clients) served[client] += calls(folder, client) - first[client];
    up += performance.now() - started;
    const pid = engines.enginePid(folder);
    assert.ok(pid !== null, `kill ${kill}: an engine lives`);
    if (kill === IN_A_MIGRATION) await killInMigration(folder, launchId, () => process.kill(pid, "SIGKILL"));
    else process.kill(pid, "SIGKILL");
    await until(() => ![null, pid].includes(engines.enginePid(folder)), 60_000);
  }
  const rate = (count: number): number => Math.round((count / up) * 1000);
  t.diagnostic(`while an engine lived (${Math.round(up)} ms): ${rate(served.mlflow + served.touchstone)} calls a second, ${rate(served.mlflow)} of them MLflow's, ${rate(served.touchstone)} of touchstone.log`);
  writeFileSync(join(folder, "stop"), "");
  const connection = engines.connect(folder);
  let state = await connection.request(launchGet, { launchId });
  while (state.end === null) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await connection.request(launchGet, { launchId });
  }
  assert.deepEqual([state.status, state.exitCode], ["finished", 0]);

  const [sent, digests] = [new Map<string, number>(), new Map<string, string>()];
  for (const client of clients) {
    // SAFETY: the script writes these files.
    const said = JSON.parse(readFileSync(join(folder, `${client}.json`), "utf8")) as { sent: Record<string, number>; digests: Record<string, string> };
    for (const [name, count] of Object.entries(said.sent)) sent.set(name, count);
    for (const [number, digest] of Object.entries(said.digests)) digests.set(number, `sha256:${digest}`);
  }
  const acks = acknowledged(folder);
  t.diagnostic(`sent: ${JSON.stringify(Object.fromEntries(sent))}`);
  for (const [name, count] of sent) assert.deepEqual(acks.get(name), Array.from({ length: count }, (_, number) => number), `${name}: every call was acknowledged in the end, once`);

  const store = await openStore({ folder, readOnly: true });
  try {
    const run = store.read.runs.byId(readFileSync(join(folder, "run"), "utf8"));
    assert.deepEqual([run?.status, store.read.runs.ofLaunch(run?.launchKey ?? 0).length], ["finished", 1], "one run, adopted once");
    const compare = (name: string, key: string, value: (number: number) => number): void => {
      const points = store.read.metrics.points(run?.runKey ?? 0, key);
      const steps = new Set(points.map(({ step }) => step));
      assert.equal(steps.size, points.length, `${key}: nothing twice`);
      assert.deepEqual(points.filter((point) => point.value !== value(point.step) || point.step >= (sent.get(name) ?? 0)), [], `${key}: stored ⊆ sent`);
      assert.deepEqual(acks.get(name)?.filter((number) => !steps.has(number)), [], `${key}: acknowledged ⊆ stored`);
      assert.equal(store.read.runs.latestOfKey(run?.runKey ?? 0, key)?.points, points.length, `${key}: its count`);
    };
    for (const name of ["one", "two", "three"]) compare(name, name, (number) => number / 8);
    compare("events", "events", (number) => number / 4);
    for (let i = 0; i < 20; i++) compare("batch", `batch/${i}`, (number) => number + i / 8);

    const artifacts = createArtifacts(store);
    const listed = new Map(store.read.artifacts.under(`run:${run?.runId ?? ""}`, "uploads").map(({ path, digest }) => [path.slice("uploads/".length, -".bin".length), digest]));
    for (const number of acks.get("upload") ?? []) assert.equal(listed.get(String(number)), digests.get(String(number)));
    for (const [number, digest] of listed) {
      assert.equal(digest, digests.get(number), "stored ⊆ sent");
      await artifacts.locate({ kind: "run", id: run?.runId ?? "" }, `uploads/${number}.bin`);
    }
    assert.ok(listed.size > 0);
    const db = openConnection(store.file, "read");
    assert.equal(storeVersion(db), latestVersion(), "the migration that was killed left the store as it was");
    db.close();
  } finally {
    await store.close();
  }
});
