import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
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

/** No file grows any more, as on a full disk; then some do again, and then somebody answers. */
const SPOOL_FULL = `
import http.server, json, os, resource, socket, threading, time
import requests
import _touchstone.spool as spool
spool.PATIENCE = 0.3
port = socket.create_server(("127.0.0.1", 0))
address = port.getsockname()
port.close()
base = os.environ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:%d" % address[1]
def said(route, method="POST", **body):
    try: return requests.request(method, base + "/api/2.0/" + route, **body).status_code
    except requests.exceptions.ConnectionError as error: return str(error)
metric = dict(json={"run_id": "r", "key": "loss", "value": 1, "timestamp": 1, "step": 1})
calls = [("mlflow/runs/log-metric", "POST", metric), ("mlflow/runs/create", "POST", dict(json={"run_name": "a"})), ("mlflow-artifacts/artifacts/0/r/artifacts/w.bin", "PUT", dict(data=b"x" * 100000))]
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
limit(16)
full = [said(route, method, **body) for route, method, body in calls]
kept = os.listdir(os.path.join(os.path.dirname(os.environ["TOUCHSTONE_EVENTS"]), "spool"))
limit(resource.RLIM_INFINITY)
room = [said(route, method, **body) for route, method, body in calls]
limit(16)
class Engine(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *words): pass
def start(_seconds):
    time.sleep = real
    threading.Thread(target=http.server.HTTPServer(address, Engine).serve_forever, daemon=True).start()
real, time.sleep = time.sleep, start
spool.PATIENCE = 60
back = None if os.environ.get("TOUCHSTONE_OFFLINE") else said(*calls[0][:2], **metric)
print(json.dumps([full, kept, room, back]))
`;

for (const offline of ["", "1"]) {
  test(`what can neither be sent nor kept${offline === "" ? "" : ", offline"}, is an error of the client with its cause, leaves nothing behind, and all is well once there is room`, async () => {
    const folder = testFolder({ "train.py": SPOOL_FULL });
    try {
      const { stdout, stderr, code } = await runTracked(folder.path, [python, "train.py"], { more: { TOUCHSTONE_OFFLINE: offline } });
      assert.equal(code, 0, stderr);
      const [full, kept, room, back]: unknown[] = JSON.parse(stdout);
      assert.ok(Array.isArray(full));
      for (const [i, route] of ["POST runs/log-metric", "POST runs/create", "PUT /api/2.0/mlflow-artifacts/artifacts/0/r/artifacts/w.bin"].entries()) {
        assert.equal(full[i], `Touchstone's engine is away, and ${route} could not be kept for later: File too large. Make room on the disk of the project's folder.`);
      }
      assert.deepEqual([kept, room, back], [[], [200, 200, 200], offline === "" ? 200 : null]);
      const lines = readFileSync(join(folder.path, ".touchstone", "launches", "test", "spool.jsonl"), "utf8").split("\n").slice(1, -1);
      assert.deepEqual(lines.map((line) => String(Object(JSON.parse(line)).call)).slice(0, 3), ["POST runs/log-metric", "POST runs/create", "PUT artifact"]);
    } finally {
      folder.dispose();
    }
  });
}

/** Says in which order files and folders are flushed to the disk, and how long each is then. */
const FLUSHED = `
import io, json, os, socket, stat
import requests
import _touchstone.spool as spool
spool.PATIENCE = 0.3
port = socket.create_server(("127.0.0.1", 0))
address = port.getsockname()
port.close()
base = os.environ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:%d" % address[1]
root = os.path.dirname(os.environ["TOUCHSTONE_EVENTS"])
real, flushed = os.fsync, []
def fsync(fd):
    real(fd)
    flushed.append(os.fstat(fd))
os.fsync = fsync
bodies = [b"x" * 100000, io.BytesIO(b"y" * 3000000), (b"z" * 10 for _ in range(7)), "ä", b""]
answers = [requests.put(base + "/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts/%d.bin" % n, data=body).status_code for n, body in enumerate(bodies)]
names = {os.stat(os.path.join(folder, name)).st_ino: os.path.relpath(os.path.join(folder, name), root) for folder, _, files in os.walk(root) for name in files + ["."]}
print(json.dumps([answers, [[names[found.st_ino], None if stat.S_ISDIR(found.st_mode) else found.st_size] for found in flushed]]))
`;

test("a kept artifact is on the disk, with its name, before the line that says so, and the line has its length and digest", async () => {
  const folder = testFolder({ "train.py": FLUSHED });
  try {
    const { stdout, stderr, code } = await runTracked(folder.path, [python, "train.py"]);
    assert.equal(code, 0, stderr);
    const [answers, flushed]: unknown[] = JSON.parse(stdout);
    assert.deepEqual(answers, [200, 200, 200, 200, 200]);
    const launch = join(folder.path, ".touchstone", "launches", "test");
    const lines = readFileSync(join(launch, "spool.jsonl"), "utf8").trim().split("\n");
    const kept: { file: string; bytes: number; sha256: string }[] = lines.map((line) => JSON.parse(line));
    assert.deepEqual(kept.map(({ bytes }) => bytes), [100_000, 3_000_000, 70, 2, 0]);
    let length = 0;
    const expected = kept.flatMap(({ file, bytes, sha256 }, index) => {
      assert.equal(createHash("sha256").update(readFileSync(join(launch, file))).digest("hex"), sha256);
      length += (lines[index]?.length ?? 0) + 1;
      return [[file, bytes], ["spool", null], [".", null], ["spool.jsonl", length], ...(index === 0 ? [[".", null]] : [])];
    });
    assert.deepEqual(flushed, expected);
  } finally {
    folder.dispose();
  }
});
