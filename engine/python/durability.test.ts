import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ingest } from "../capture/ingest.ts";
import { readEvents, runTracked, trackedEnvironment } from "./tracked.fixture.ts";
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

const THREADS = `
import sys, threading, touchstone
sys.setswitchinterval(1e-6)
def work(key):
    for step in range(1000):
        touchstone.log({key: step}, step=step)
threads = [threading.Thread(target=work, args=("k%d" % i,)) for i in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`;

test("threads that log at the same time write whole lines, each once, and nothing between them", async () => {
  const folder = testFolder({ "train.py": THREADS });
  try {
    const { stderr, events } = await runTracked(folder.path, [python, "train.py"]);
    assert.equal(stderr, "");
    const points = events.filter((event) => event["k"] === "metric");
    for (let i = 0; i < 8; i++) assert.deepEqual(points.filter(({ key }) => key === `k${i}`).map(({ step }) => step), Array.from({ length: 1000 }, (_, step) => step));
    const text = readFileSync(join(folder.path, ".touchstone", "launches", "test", "events.jsonl"), "utf8");
    assert.equal(text.split("\n").filter((line) => line === "").length, 1, "the end of the last line only");
  } finally {
    folder.dispose();
  }
});

/** Of four writes one takes half of what it is given, two fail, one succeeds, as on a full disk. */
const FULL = `
import os, touchstone
real, calls = os.write, [0]
def write(fd, data):
    if not data.startswith((b'{"k":"metric"', b"\\n{")) and calls[0] % 4 != 1: return real(fd, data)
    calls[0] += 1
    if calls[0] % 4 == 1: return real(fd, data[:len(data) // 2])
    if calls[0] % 4 in (2, 3): raise OSError(28, "No space left on device")
    return real(fd, data)
os.write = write
for step in range(6): touchstone.log({"loss": step}, step=step)
`;

test("a line that a full disk cut in two spoils no line after it", async () => {
  const folder = testFolder({ "train.py": FULL });
  try {
    const env = trackedEnvironment(folder.path);
    const child = spawn(python, ["train.py"], { cwd: folder.path, env, stdio: "ignore" });
    assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
    const lines = readFileSync(env["TOUCHSTONE_EVENTS"] ?? "", "utf8").split("\n");
    const { metrics, notes } = ingest(lines, folder.path);
    assert.deepEqual(metrics.map(({ step }) => step), [2, 5]);
    assert.deepEqual(notes, ["2 lines of what the script recorded could not be read."]);
  } finally {
    folder.dispose();
  }
});
