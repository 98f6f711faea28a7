import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { launchOf } from "../store/store.fixture.ts";
import { withImports } from "./importers.fixture.ts";
import { ownRuns } from "./ownLogs.ts";
import { fixtures, ownFolder } from "./records.fixture.ts";

test("the logs of launches are runs that are here already, by each format's keys", () => {
  const logs = ["/p/runs/a/events.out.tfevents.1.h", "/p/runs/events.out.tfevents.2.h", "/p/wandb/run-2026-abc/run-abc.wandb", "/t/flowers.db#0123", "/elsewhere/runs/b/events.out.tfevents.3.h"];
  assert.deepEqual([...ownRuns(logs, "/p/runs")], ["a", "."]);
  assert.deepEqual([...ownRuns(logs, "/p/wandb")], ["abc"]);
  assert.deepEqual([...ownRuns(logs, "/t/flowers.db")], ["0123"]);
});

test("a folder of logs with a launch's own among them brings the others", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const folder = join(ownFolder(), "runs");
    cpSync(join(fixtures, "tensorboard", "runs"), folder, { recursive: true });
    await store.write("launch.create", launchOf("l1", "r1"));
    const path = join(folder, "torchlike", "events.out.tfevents.1700000000.host");
    await store.write("launch.events", { launchId: "l1", stream: "events", from: 0, to: 10, sources: [{ path, start: 0 }] });
    assert.deepEqual(store.read.launches.allSources(), [path]);
    await fixture.take(folder);
    assert.deepEqual([...store.read.runs.all()].map(({ name }) => name).sort(), ["", "tf2/train", "torchlike/trial"]);
  }));
