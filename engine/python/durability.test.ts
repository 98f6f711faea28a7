import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readEvents, trackedEnvironment } from "./tracked.fixture.ts";
import { testFolder, testPython } from "../../test/fixtures/python.ts";

const python = testPython();
const KILLS = process.env["TOUCHSTONE_LONG"] === "1" ? 200 : 8;

/** The script says each step to its own file, fsynced, after `log` has returned: what it said must be among the events. */
const SCRIPT = `
import os, touchstone
said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
step = 0
while True:
    touchstone.log({"loss": step * 0.5, "acc": step}, step=step)
    os.pwrite(said, str(step).encode(), 0)
    os.fsync(said)
    step += 1
`;

test(`${KILLS} kills at any moment: every acknowledged point is there, whole, once, and nothing else is`, async () => {
  const folder = testFolder({ "train.py": SCRIPT });
  try {
    let seed = 3;
    for (let kill = 0; kill < KILLS; kill++) {
      const env = trackedEnvironment(folder.path);
      const child = spawn(python, ["train.py"], { cwd: folder.path, env, stdio: "ignore" });
      const gone = new Promise((resolve) => child.on("close", resolve));
      const events = env["TOUCHSTONE_EVENTS"] ?? "";
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const bytes = 500 + (seed % 60_000);
      while (!existsSync(events) || readFileSync(events).length < bytes) await new Promise((resolve) => setImmediate(resolve));
      child.kill("SIGKILL");
      await gone;
      const acknowledged = Number(readFileSync(join(folder.path, "said"), "utf8"));
      const points = readEvents(events).filter((event) => event["k"] === "metric");
      const losses = points.filter((point) => point["key"] === "loss");
      assert.deepEqual(losses.map((point) => point["step"]), losses.map((_, index) => index), "each step once, in order");
      assert.deepEqual(losses.map((point) => point["value"]), losses.map((_, index) => index * 0.5));
      assert.equal(points.length, 2 * losses.length, "both keys of a call, or none");
      assert.ok(losses.length > acknowledged && losses.length <= acknowledged + 2, `${losses.length} points, ${acknowledged + 1} acknowledged`);
    }
  } finally {
    folder.dispose();
  }
});
