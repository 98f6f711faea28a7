import assert from "node:assert/strict";
import { test } from "node:test";
import { StallWatch } from "./alerts.ts";

const MINUTE = 60_000;

/** A launch as the watch sees it: when it last printed or logged something, on the clock that the test turns. */
const launch = (launchId: string, lastActivity: number, stalledAfterMs?: number) => ({ lastActivity, watched: { launchId, ...(stalledAfterMs === undefined ? {} : { stalledAfterMs }) } });

test("ten silent minutes are a stall, told once for each silence", () => {
  const watch = new StallWatch();
  const look = (lastActivity: number, now: number): string[] => watch.look([launch("a", lastActivity)], now).map(({ watched }) => watched.launchId);
  assert.deepEqual(look(0, 9.9 * MINUTE), []);
  assert.deepEqual(look(0, 10 * MINUTE), ["a"]);
  assert.deepEqual(look(0, 30 * MINUTE), []);
  // It said something again after half an hour: silence is its habit now, and only five times as long a one is told.
  assert.deepEqual(look(30 * MINUTE, 45 * MINUTE), []);
  assert.deepEqual(look(30 * MINUTE, 180 * MINUTE), ["a"]);
});

test("a person's own limit replaces the ten minutes, and a launch that ended is forgotten", () => {
  const watch = new StallWatch();
  const look = (now: number): string[] => watch.look([launch("quick", 0, 3_000), launch("usual", 0)], now).map(({ watched }) => watched.launchId);
  assert.deepEqual(look(2_999), []);
  assert.deepEqual(look(3_000), ["quick"]);
  watch.forget("quick");
  assert.deepEqual(look(10 * MINUTE), ["quick", "usual"]);
});
