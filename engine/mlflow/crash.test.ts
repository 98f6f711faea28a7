import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchGet, launchStart } from "../api/launches.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";
import { preparePython } from "../../test/run/python.ts";

const KILLS = process.env["TOUCHSTONE_LONG"] === "1" ? 50 : 10;
const script = join(import.meta.dirname, "../../test/python/crash.py");

const engines = new TestEngines();
after(() => engines.dispose());

/** Numbers of the calls that the client knows to be stored. */
function acknowledged(folder: string, name: string): number[] {
  const file = join(folder, `${name}.acks`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map(Number) : [];
}

function callsIn(folder: string): number {
  return ["one", "two", "batch", "events"].reduce((sum, name) => sum + acknowledged(folder, name).length, 0);
}

test(`${KILLS} kills of the engine under two clients and an upload: acknowledged ⊆ stored ⊆ sent, by value, nothing twice`, async (t) => {
  const random = seeded(40);
  const folder = engines.folder();
  const connection = engines.connect(folder);
  const { env } = process;
  const { launchId } = await connection.request(launchStart, { command: [await preparePython(), script, folder], cwd: folder, env: { PATH: env["PATH"] ?? "", HOME: env["HOME"] ?? "" }, from: "cli" });
  await until(() => acknowledged(folder, "one").length > 20, 60_000);

  let served = 0;
  let up = 0;
  const incoming = join(folder, ".touchstone", "artifacts", "incoming");
  for (let kill = 0; kill < KILLS; kill++) {
    const before = callsIn(folder);
    await until(() => callsIn(folder) > before, 30_000);
    const started = performance.now();
    const first = callsIn(folder);
    const calls = 40 + Math.floor(random() * 400);
    // One kill while an upload is under way: its bytes have come, its answer has not gone.
    if (kill === 2) await until(() => existsSync(incoming) && readdirSync(incoming).some((name) => statSync(join(incoming, name), { throwIfNoEntry: false })?.size), 30_000);
    else await until(() => callsIn(folder) >= first + calls, 30_000);
    served += callsIn(folder) - first;
    up += performance.now() - started;
    const pid = engines.enginePid(folder);
    assert.ok(pid !== null, `kill ${kill}: an engine lives`);
    process.kill(pid, "SIGKILL");
    await until(() => ![null, pid].includes(engines.enginePid(folder)), 20_000);
  }
  t.diagnostic(`${served} calls acknowledged in ${Math.round(up)} ms of the engine's life: ${Math.round((served / up) * 1000)} a second`);
  writeFileSync(join(folder, "stop"), "");
  await until(() => existsSync(join(folder, "sent.json")), 60_000);
  let state = await connection.request(launchGet, { launchId });
  while (state.end === null) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await connection.request(launchGet, { launchId });
  }
  assert.deepEqual([state.status, state.exitCode], ["finished", 0]);

  // SAFETY: the script writes this file.
  const { run_id, sent, digests } = JSON.parse(readFileSync(join(folder, "sent.json"), "utf8")) as { run_id: string; sent: Record<string, number>; digests: Record<string, string> };
  const store = await openStore({ folder, readOnly: true });
  try {
    const run = store.read.runs.byId(run_id);
    assert.deepEqual([run?.status, store.read.runs.ofLaunch(run?.launchKey ?? 0).length], ["finished", 1], "one run, adopted once");
    const compare = (name: string, key: string, value: (number: number) => number): void => {
      const points = store.read.metrics.points(run?.runKey ?? 0, key);
      const steps = new Set(points.map(({ step }) => step));
      assert.equal(steps.size, points.length, `${key}: nothing twice`);
      assert.deepEqual(points.filter((point) => point.value !== value(point.step) || point.step >= (sent[name] ?? 0)), [], `${key}: stored ⊆ sent`);
      assert.deepEqual(acknowledged(folder, name).filter((number) => !steps.has(number)), [], `${key}: acknowledged ⊆ stored`);
      assert.equal(store.read.runs.latestOfKey(run?.runKey ?? 0, key)?.points, points.length, `${key}: its count`);
    };
    compare("one", "one", (number) => number / 8);
    compare("two", "two", (number) => number / 8);
    compare("events", "events", (number) => number / 4);
    for (let i = 0; i < 20; i++) compare("batch", `batch/${i}`, (number) => number + i / 8);

    const artifacts = createArtifacts(store);
    const listed = new Map(store.read.artifacts.under(`run:${run_id}`, "uploads").map(({ path, digest }) => [path.slice("uploads/".length, -".bin".length), digest]));
    for (const number of acknowledged(folder, "upload")) assert.equal(listed.get(String(number)), `sha256:${digests[String(number)]}`);
    for (const [number, digest] of listed) {
      assert.equal(digest, `sha256:${digests[number]}`, "stored ⊆ sent");
      await artifacts.locate({ kind: "run", id: run_id }, `uploads/${number}.bin`);
    }
    assert.ok(listed.size > 0);
  } finally {
    await store.close();
  }
});
