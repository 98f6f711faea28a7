import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kernelCode } from "../notebooks/kernel.ts";
import { printedHooks } from "../printed/hooks.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { launchFiles, writeJson } from "./files.ts";
import { Followers } from "./followers.ts";
import type { LaunchHooks, WatchedLaunch } from "./hooks.ts";
import { LiveLaunch } from "./liveLaunch.ts";

/** A recorded launch whose script has printed `log` and ended. */
async function endedScript(store: Store, log: string): Promise<WatchedLaunch> {
  const launchId = "l1";
  const files = launchFiles(store.folder, launchId);
  mkdirSync(files.folder, { recursive: true });
  await store.write("launch.create", launchOf(launchId, "r1"));
  writeFileSync(files.log, log);
  writeJson(files.exit, { code: 0, signal: null, end: 5_000 });
  return { launchId, runId: "r1", command: ["python", "train.py"], cwd: store.folder, scriptPath: null, start: 1_000, files };
}

/** Watches a launch as an engine does that finds it; resolved with what was logged, once the end is stored. */
function watchToEnd(store: Store, watched: WatchedLaunch, hooks: readonly LaunchHooks[], endHooksMs?: number): Promise<string[]> {
  const logged: string[] = [];
  return new Promise((resolve) => {
    const live = new LiveLaunch(watched, new Followers(watched.launchId, watched.files, () => undefined), {
      store,
      hooks: () => hooks,
      log: (message) => logged.push(message),
      onChanged: () => undefined,
      onEnded: () => resolve(logged),
      ...(endHooksMs === undefined ? {} : { endHooksMs }),
    }, "running");
    live.wake();
  });
}

test("the end of a launch is stored after what is done at its end, whatever of that fails", async () => {
  await withStore(async (store) => {
    const watched = await endedScript(store, "");
    const seen: unknown[] = [];
    const slow: LaunchHooks = {
      async onEnded({ launchId }, end) {
        await store.write("launch.update", { launchId, notes: ["measured"] });
        seen.push(end, store.read.launches.byId(launchId)?.status, store.read.launches.byId(launchId)?.end);
      },
    };
    const failing: LaunchHooks = { onEnded: () => assert.fail("no more room") };
    const logged = await watchToEnd(store, watched, [failing, slow]);
    assert.deepEqual(seen, [5_000, "running", null]);
    const launch = store.read.launches.byId("l1");
    assert.deepEqual([launch?.status, launch?.end, launch?.notes], ["finished", 5_000, ["measured"]]);
    assert.match(logged.join(), /no more room/);
  });
});

test("a launch that waits for a notebook's kernel ends with its reason when none comes, and a kernel that comes later is told", { timeout: 60_000 }, async () => {
  await withStore(async (store) => {
    const files = launchFiles(store.folder, "l1");
    mkdirSync(files.folder, { recursive: true });
    await store.write("launch.create", launchOf("l1", "r1", { status: "scheduled", origin: "notebook" }));
    const watched = { launchId: "l1", runId: "r1", command: ["a.ipynb"], cwd: store.folder, scriptPath: null, start: Date.now() - 5_000, files };
    await new Promise<void>((resolve) => {
      const needs = { store, hooks: () => [], log: assert.fail, onChanged: () => undefined, onEnded: () => resolve(), awaitedMs: 4_000 };
      new LiveLaunch(watched, new Followers("l1", files, () => undefined), needs, "prepared").wake();
    });
    assert.deepEqual([store.read.launches.byId("l1")?.status, store.read.runs.byId("r1")?.status, store.read.runs.byId("r1")?.error], ["failed", "failed", "no kernel took it"]);
    const code = kernelCode({ TOUCHSTONE_EVENTS: files.events, TOUCHSTONE_FOLDER: store.folder }, join(store.folder, "a.ipynb"));
    const late = spawnSync(testPython(), ["-c", code], { encoding: "utf8" });
    assert.match(late.stderr, /RuntimeError: Touchstone no longer waits for this kernel\. Choose Track/);
  });
});

test("what hangs at a launch's end does not keep the launch open", async () => {
  await withStore(async (store) => {
    const watched = await endedScript(store, "");
    const logged = await watchToEnd(store, watched, [{ onEnded: () => new Promise(() => undefined) }], 30);
    assert.equal(store.read.launches.byId("l1")?.status, "finished");
    assert.match(logged.join(), /not everything was done/);
  });
});

test("a progress bar's last values are stored once, also by an engine that comes after the last line was read", async () => {
  await withStore(async (store) => {
    const log = "Epoch 9: 100%|###| 1/1 [00:01<00:01, 9.1it/s, bar_loss=0.125]\n";
    const watched = await endedScript(store, log);
    await store.write("launch.events", { launchId: "l1", stream: "log", from: 0, to: log.length });
    const points = () => store.read.metrics.points(store.read.launches.byId("l1")?.runKey ?? assert.fail(), "bar_loss").map(({ step, value }) => [step, value]);
    await printedHooks(store).onEnded?.(watched, 5_000);
    assert.deepEqual(points(), [[9, 0.125]]);
    await watchToEnd(store, watched, [printedHooks(store)]);
    assert.deepEqual(points(), [[9, 0.125]]);
  });
});
