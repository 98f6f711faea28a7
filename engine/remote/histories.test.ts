import assert from "node:assert/strict";
import { test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { coded } from "../runs/runs.fixture.ts";
import { RemoteServer } from "./client.ts";
import { Histories } from "./histories.ts";
import { disconnected } from "./disconnected.ts";
import { Mirror } from "./mirror.ts";
import { fakePoints, fakeRun, type FakeServer, fakeServer } from "./server.fixture.ts";

const signal = new AbortController().signal;

async function withServer(body: (given: { store: Store; server: FakeServer; mirror: () => Mirror }) => Promise<void>): Promise<void> {
  const server = await fakeServer();
  const mirrors: Mirror[] = [];
  try {
    await withStore((store) =>
      body({
        store,
        server,
        mirror() {
          const one = new Mirror({ store, artifacts: createArtifacts(store), server: new RemoteServer({ uri: server.uri }), log: () => undefined, onStatus: () => undefined, watched: () => true });
          mirrors.push(one);
          return one;
        },
      }).finally(() => {
        for (const one of mirrors) one.close();
      }),
    );
  } finally {
    server.close();
  }
}

const steps = (store: Store, runId: string): number[] => store.read.metrics.points(store.read.runs.byId(runId)?.runKey ?? 0, "loss").map(({ step }) => step);
const upTo = (end: number): number[] => Array.from({ length: end }, (_, step) => step);

/** Resolves once a change makes it so. */
const until = (store: Store, done: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    store.onChange(() => {
      if (done()) resolve();
    });
    if (done()) resolve();
  });

test("the curve of a run under way goes on from its last page, also after the engine began anew; what is here is not asked for again", () =>
  withServer(async ({ store, server, mirror }) => {
    const run = fakeRun("live", "RUNNING", fakePoints(0, 30_000));
    server.runs.push(run);
    const first = mirror();
    await first.sync(signal, () => undefined);
    assert.equal((await first.curve(["live"], "loss", signal)).size, 0);
    assert.deepEqual(steps(store, "live"), upTo(30_000));
    assert.deepEqual(server.asked.splice(0), ["page 0+25000", "page 25000+25000"]);
    const grow = async (one: Mirror, to: number): Promise<string[]> => {
      run.curves["loss"]?.push(...fakePoints(run.curves["loss"].length, to));
      await one.sync(signal, () => undefined);
      await one.curve(["live"], "loss", signal);
      assert.deepEqual(steps(store, "live"), upTo(to));
      return server.asked.splice(0);
    };
    assert.deepEqual(await grow(first, 30_001), ["page 25000+1000", "page 26000+2000", "page 28000+4000"]);
    assert.deepEqual(await grow(first, 30_002), ["page 28000+1000", "page 29000+2000"]);
    first.close();
    const second = mirror();
    assert.deepEqual(await grow(second, 30_003), ["page 29000+1000", "page 30000+2000"]);
    assert.deepEqual(await grow(second, 30_004), ["page 30000+1000"]);
  }));

test("a point that was logged late comes: below the newest step, behind what was read and before it; once more all when the run has ended", () =>
  withServer(async ({ store, server, mirror }) => {
    const points = fakePoints(0, 2_000);
    const without = points.filter(({ step }) => step !== 7 && step !== 1_500);
    const run = fakeRun("live", "RUNNING", without);
    server.runs.push(run);
    const one = mirror();
    await one.sync(signal, () => undefined);
    await one.curve(["live"], "loss", signal);
    // Logged now: its time is the newest one.
    run.curves["loss"]?.push({ step: 1_500, timestamp: 2_000_000, value: 1 });
    one.start();
    await until(store, () => steps(store, "live").includes(1_500));
    one.close();
    // Logged now with the time when it was measured: it stands before what was read.
    run.curves["loss"]?.push(...points.filter(({ step }) => step === 7));
    const two = mirror();
    await two.sync(signal, () => undefined);
    await two.curve(["live"], "loss", signal);
    await until(store, () => steps(store, "live").includes(7));
    assert.deepEqual(steps(store, "live"), upTo(2_000));
    server.asked.splice(0);
    run.status = "FINISHED";
    await two.sync(signal, () => undefined);
    await two.curve(["live"], "loss", signal);
    assert.deepEqual(server.asked, ["page 0+25000"]);
  }));

test("pages are kept one by one: what was read before a fault is here, and the next look goes on there; tokens that go round end", () =>
  withServer(async ({ store, server, mirror }) => {
    server.runs.push(fakeRun("long", "FINISHED", fakePoints(0, 60_000)));
    const one = mirror();
    await one.sync(signal, () => undefined);
    server.token = (end) => (end === 25_000 ? "p25000" : "p0");
    const lacks = await one.curve(["long"], "loss", signal);
    assert.match(lacks.get("long") ?? "", /only what was read before is here.* again and again/);
    assert.deepEqual(server.asked.splice(0), ["page 0+25000", "page 25000+25000", "page 0+25000"]);
    assert.equal(steps(store, "long").length, 50_001, "two pages and the newest point");
    server.token = null;
    assert.equal((await one.curve(["long"], "loss", signal)).size, 0);
    assert.deepEqual(steps(store, "long"), upTo(60_000));
  }));

test("a run that is gone there costs no other run its curve, and it is said of which one points may be missing, also while the server is away", () =>
  withServer(async ({ store, server, mirror }) => {
    server.runs.push(fakeRun("here", "FINISHED", fakePoints(0, 10)), fakeRun("gone", "FINISHED", fakePoints(0, 10)));
    const one = mirror();
    await one.sync(signal, () => undefined);
    server.gone.add("gone");
    const lacks = await one.curve(["here", "gone"], "loss", signal);
    assert.deepEqual([...lacks], [["gone", `only what was read before is here. ${server.uri}: Run with id=gone not found`]]);
    assert.deepEqual([steps(store, "here"), steps(store, "gone")], [upTo(10), [9]]);
    // The server dies: nobody told the mirror.
    server.close();
    const dead = await one.curve(["here", "gone"], "loss", signal);
    assert.deepEqual([[...dead.keys()], /does not answer/.test(dead.get("gone") ?? "")], [["gone"], true]);
    await assert.rejects(one.sync(signal, () => undefined), coded("REMOTE_OFFLINE"));
    assert.match((await one.curve(["gone"], "loss", signal)).get("gone") ?? "", /^only what was read before is here\. .* does not answer/);
    assert.deepEqual([...(await disconnected(store).curve(["here", "gone"], "loss", signal))], [["gone", `only what was read before from ${server.uri}, which is not connected, is here.`]]);
  }));

test("somebody who looks does not wait for a slow server for ever; who closes a curve breaks off its fetch only for nobody else", () =>
  withServer(async ({ store, server, mirror }) => {
    server.runs.push(fakeRun("slow", "FINISHED", fakePoints(0, 10)));
    const one = mirror();
    await one.sync(signal, () => undefined);
    let open = (): void => undefined;
    server.held = new Promise((resolve) => (open = resolve));
    const put = async (): Promise<void> => undefined;
    const histories = new Histories({ store, server: new RemoteServer({ uri: server.uri }), signal, put, log: () => undefined });
    assert.equal(await histories.fetch("slow", "loss", signal, 1), false);
    const closed = new AbortController();
    const left = histories.fetch("slow", "loss", closed.signal, 60_000);
    const stays = histories.fetch("slow", "loss", signal, 60_000);
    closed.abort();
    await assert.rejects(left, { name: "AbortError" });
    open();
    assert.equal(await stays, true);
    assert.deepEqual(server.asked, ["page 0+25000"]);
  }));
