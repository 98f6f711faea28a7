import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { until } from "../life/engines.fixture.ts";
import { buildEngine } from "../life/otherEngine.fixture.ts";
import { PrivateFolder } from "../life/private.ts";
import { firstReport } from "../life/start.ts";
import { storeToken } from "../life/tokens.ts";
import { OWN_VERSION } from "../life/version.ts";
import { openStore } from "../store/store.ts";
import { written } from "./killClient.fixture.ts";

const KILLS = process.env["TOUCHSTONE_LONG"] === "1" ? 200 : 20;
const CLIENTS = ["north", "east", "south", "west"];
/** About what a line of `acks` has. */
const LINE_BYTES = 10;
/** Each so many kills one hits an upload whose bytes are coming. */
const IN_AN_UPLOAD = 3;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone kill ü ")));
process.env["TOUCHSTONE_RUNTIME_DIR"] = join(folder, "run");
const children = new Set<ChildProcess>();
let entry = "";
before(async () => {
  entry = await buildEngine(join(folder, "engine"), OWN_VERSION.version);
});
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function startEngine(port: number | null): Promise<{ child: ChildProcess; uri: string }> {
  const child = start([entry, "--folder", folder, "--stay", ...(port === null ? [] : ["--port", String(port)])]);
  const report = await firstReport(child);
  assert.ok(report?.state === "ready", JSON.stringify(report));
  return { child, uri: report.trackingUri };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

const lines = (file: string): string[] => readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1);
const acknowledged = (): number => CLIENTS.reduce((sum, name) => sum + (statSync(join(folder, `${name}.acks`), { throwIfNoEntry: false })?.size ?? 0), 0);

/** Numbers by lane. */
function numbers(file: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const line of lines(file)) {
    const [lane = "", number] = line.split(" ");
    if (lane !== "run") found.set(lane, [...(found.get(lane) ?? []), Number(number)]);
  }
  return found;
}

test(`${KILLS} kills of the engine under four clients, in uploads too: acknowledged ⊆ stored ⊆ sent, by value, nothing twice`, { timeout: 60_000 + KILLS * 30_000 }, async (t) => {
  const random = seeded(419);
  const token = storeToken(new PrivateFolder(folder).secret());
  let engine = await startEngine(null);
  const { uri } = engine;
  const port = Number(new URL(uri).port);
  const fixture = join(import.meta.dirname, "killClient.fixture.ts");
  const clients = CLIENTS.map((name) => start([fixture, uri, token, folder, name]));
  const incoming = join(folder, ".touchstone", "artifacts", "incoming");
  await until(() => CLIENTS.every((name) => (statSync(join(folder, `${name}.acks`), { throwIfNoEntry: false })?.size ?? 0) > 1_000), 120_000);

  let inUploads = 0;
  let [calls, up] = [0, 0];
  for (let i = 0; i < KILLS; i++) {
    const [first, started] = [acknowledged(), performance.now()];
    const moment = first + 1_000 + Math.floor(random() * 6_000);
    await until(() => acknowledged() >= moment, 60_000);
    const arriving = (): boolean => readdirSync(incoming).some((name) => !name.endsWith(".json") && (statSync(join(incoming, name), { throwIfNoEntry: false })?.size ?? 0) > 0);
    if (i % IN_AN_UPLOAD === 0) await until(arriving, 60_000);
    if (arriving()) inUploads++;
    calls += (acknowledged() - first) / LINE_BYTES;
    up += performance.now() - started;
    await kill(engine.child);
    engine = await startEngine(port);
  }
  // Everybody ends in the middle of something.
  const moment = acknowledged() + 3_000;
  await until(() => acknowledged() >= moment, 60_000);
  for (const client of clients) assert.equal(client.exitCode, null, "every client lived to the end");
  await Promise.all([...clients, engine.child].map(kill));

  const store = await openStore({ folder, readOnly: true });
  const artifacts = createArtifacts(store);
  const count = new Map<string, number>();
  try {
    for (const name of CLIENTS) {
      const [sent, acks] = [numbers(`${name}.sent`), numbers(`${name}.acks`)];
      const runId = lines(`${name}.acks`)[0]?.slice("run ".length) ?? "";
      const run = store.read.runs.byId(runId) ?? assert.fail(`${name}: its run is gone`);
      /** Acknowledged ⊆ stored ⊆ sent, of numbers. */
      const check = (lane: string, stored: readonly number[]): void => {
        assert.equal(new Set(stored).size, stored.length, `${name} ${lane}: nothing twice`);
        const [kept, meant] = [new Set(stored), new Set(sent.get(lane))];
        assert.deepEqual(acks.get(lane)?.filter((n) => !kept.has(n)), [], `${name} ${lane}: acknowledged ⊆ stored`);
        assert.deepEqual(stored.filter((n) => !meant.has(n)), [], `${name} ${lane}: stored ⊆ sent`);
        count.set(lane, (count.get(lane) ?? 0) + (acks.get(lane)?.length ?? 0));
      };
      const points = (lane: string, key: string, value: (n: number) => number): void => {
        const found = store.read.metrics.points(run.runKey, key);
        check(lane, found.map(({ step }) => step));
        assert.deepEqual(found.filter((point) => !Object.is(point.value, value(point.step)) || point.time !== 1_700_000_000_000 + point.step), [], `${name} ${key}: by value`);
        assert.equal(store.read.runs.latestOfKey(run.runKey, key)?.points, found.length, `${name} ${key}: its count`);
      };
      points("metric", "metric", written.metric);
      for (let i = 0; i < 20; i++) points("batch", `batch/${i}`, (n) => written.batch(n, i));
      /** Numbers of the params or tags whose keys begin so, each with the value of its number. */
      const keyed = (pairs: readonly { key: string; value: string }[], start: string): number[] =>
        pairs.flatMap(({ key, value }) => {
          const n = key.startsWith(start) ? Number(key.slice(start.length)) : Number.NaN;
          if (Number.isNaN(n)) return [];
          assert.equal(value, written.param(n));
          return [n];
        });
      const [params, tags] = [store.read.runs.params(run.runKey), store.read.runs.tags(run.runKey)];
      check("param", keyed(params, "p"));
      check("batch", keyed(params, "of batch "));
      check("batch", keyed(tags, "of batch "));
      const latest = Number(tags.find(({ key }) => key === "latest")?.value);
      assert.ok(latest >= (acks.get("tag")?.at(-1) ?? -1) && latest <= (sent.get("tag")?.at(-1) ?? -1), `${name}: the tag's last value is ${latest}`);
      count.set("tag", (count.get("tag") ?? 0) + (acks.get("tag")?.length ?? 0));
      for (const [lane, place, of] of [["upload", "whole", name], ["parts", "parts", `${name} in parts`]] as const) {
        const rows = store.read.artifacts.under(`run:${runId}`, place);
        check(lane, rows.map(({ path }) => Number(/(\d+)\.bin$/.exec(path)?.[1])));
        for (const { path, digest } of rows) {
          assert.equal(digest, written.digest(written.artifact(of, Number(/(\d+)\.bin$/.exec(path)?.[1]))), `${name} ${path}: by value`);
          await artifacts.locate({ kind: "run", id: runId }, path);
        }
      }
    }
    assert.equal(store.read.runs.count(), CLIENTS.length, "each run was made once");
  } finally {
    await store.close();
  }
  t.diagnostic(`acknowledged and found: ${JSON.stringify(Object.fromEntries(count))}; ${inUploads} of ${KILLS} kills hit an upload under way; about ${Math.round((calls / up) * 1000)} calls a second while an engine was up`);
});
