import assert from "node:assert/strict";
import { after, test } from "node:test";
import { prepareOtherPython } from "../../../test/run/python.ts";
import type { RunDetail } from "../../api/runs.ts";
import { TestEngines, until } from "../../life/engines.fixture.ts";
import { keysOf, Tracked, WAIT } from "./tracked.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

const configOf = ({ params }: RunDetail): string[] => params.filter(({ source }) => source === "config").map(({ key, value }) => `${key}=${value}`).sort();

/** The engine is killed; the next one, which the runner starts, goes on. */
async function killEngine(tracked: Tracked): Promise<void> {
  const pid = engines.enginePid(tracked.folder) ?? assert.fail();
  process.kill(pid, "SIGKILL");
  await until(() => ![null, pid].includes(engines.enginePid(tracked.folder)));
}

test("W&B: each run of a script is one, named as W&B names it, each value once also when the engine is killed in the second; what is begun in one belongs to it", { timeout: 180_000 }, async () => {
  const script = `${WAIT}
import csv, wandb
from tensorboardX import SummaryWriter
for number, name in enumerate([None, "second", "third"]):
    run = wandb.init(project="digits", name=name, id=["aaaa1111", "bbbb2222", "cccc3333"][number], config={"lr": 0.1 * (number + 1)})
    writer = SummaryWriter("runs/%d" % number, flush_secs=1)
    for step in range(20):
        wandb.log({"loss": number + 1 / (step + 1)})
        writer.add_scalar("own", number * 100 + step, step)
    writer.flush()
    if number == 1:
        wait("half")
        for step in range(20, 30):
            wandb.log({"loss": number + 1 / (step + 1)})
        wait("second")
    writer.close()
    run.finish()
run = wandb.init(project="digits", id="bbbb2222", resume="allow")
wandb.log({"loss": 0.5}, step=30)
run.finish(exit_code=1)
wait("end")
`;
  const tracked = await new Tracked(engines, "wandb runs", { "train.py": script }).start({ WANDB_SILENT: "true" });
  await tracked.live("loss", 20, 1);
  await killEngine(tracked);
  tracked.go("half");
  await tracked.live("loss", 30, 1);
  tracked.go("second");
  await tracked.live("loss", 20, 2);
  await tracked.live("loss", 31, 1);
  const statuses = (runs: readonly RunDetail[]): string[] => runs.map(({ head }) => head.status);
  while (statuses(await tracked.runs())[1] !== "failed") await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(statuses(await tracked.runs()), ["running", "failed", "finished"], "the launch's own run ends with the script");
  tracked.go("end");
  await tracked.ended();
  const runs = await tracked.runs();
  assert.deepEqual(runs.map(({ name, head, experimentName, tags }) => [name, head.status, experimentName, tags["wandb.id"]]), [
    ["", "finished", "train.py", "aaaa1111"],
    ["second", "failed", "train.py", "bbbb2222"],
    ["third", "finished", "train.py", "cccc3333"],
  ]);
  assert.deepEqual(runs.map(configOf), [["lr=0.1"], ["lr=0.2"], ["lr=0.30000000000000004"]]);
  assert.deepEqual(runs.map(keysOf), [["loss", "own"], ["loss", "own"], ["loss", "own"]]);
  for (const [number, { head: { runId } }] of runs.entries()) {
    const steps = Array.from({ length: number === 1 ? 30 : 20 }, (_, step) => [step, number + 1 / (step + 1)]);
    assert.deepEqual(await tracked.points("loss", runId), number === 1 ? [...steps, [30, 0.5]] : steps);
    assert.deepEqual(await tracked.points("own", runId), Array.from({ length: 20 }, (_, step) => [step, number * 100 + step]));
  }
});

test("TensorBoard: each folder of a script is a run, as TensorBoard shows them, also after the engine was killed; MLflow's own runs keep what was begun in them", { timeout: 180_000 }, async () => {
  const script = `${WAIT}
import mlflow
from tensorboardX import SummaryWriter
for name in ["a", "b", "c"]:
    with SummaryWriter("runs/" + name, flush_secs=1) as writer:
        for step in range(10):
            writer.add_scalar("loss", ord(name) + step, step)
        writer.add_scalars("both", {"train": ord(name)}, 3)
        writer.add_hparams({"lr": ord(name)}, {"hparam/acc": 0.5})
    wait(name)
for number in range(2):
    with mlflow.start_run(run_name="mlflow %d" % number), SummaryWriter("logs/%d" % number, flush_secs=1) as writer:
        writer.add_scalar("loss", number, 0)
`;
  const tracked = await new Tracked(engines, "folders", { "train.py": script }).start();
  await tracked.live("hparam/acc", 1);
  tracked.go("a");
  await tracked.live("hparam/acc", 1, 1);
  await killEngine(tracked);
  tracked.go("b");
  await tracked.live("hparam/acc", 1, 2);
  tracked.go("c");
  await tracked.ended();
  const runs = await tracked.runs();
  // MLflow's first run takes the launch's own over.
  assert.deepEqual(runs.map(({ name, head }) => [name, head.status]), [["mlflow 0", "finished"], ["runs/b", "finished"], ["runs/c", "finished"], ["mlflow 1", "finished"]]);
  for (const [place, letter] of [97, 98, 99].entries()) {
    const run = runs[place] ?? assert.fail();
    assert.deepEqual(configOf(run), [`lr=${letter}`]);
    assert.deepEqual(keysOf(run), ["both/train", "hparam/acc", "loss", ...(place === 0 ? ["0/loss"] : [])].sort());
    assert.deepEqual(await tracked.points("loss", run.head.runId), Array.from({ length: 10 }, (_, step) => [step, letter + step]));
  }
  assert.deepEqual(await tracked.points("0/loss"), [[0, 0]]);
  assert.deepEqual(await tracked.points("loss", runs[3]?.head.runId), [[0, 1]]);
});

test("Trackio, the real one: two runs of a script beside others of the project, live, each value once also when the engine is killed", { timeout: 240_000 }, async () => {
  const script = `${WAIT}
import sys, trackio
if len(sys.argv) > 1:
    trackio.init(project="flowers", name="another's")
    trackio.log({"loss": 99.0, "other": 1})
    trackio.finish()
    sys.exit()
import subprocess
# Somebody else logs into the project meanwhile: none of this launch.
subprocess.run([sys.executable, "-I", __file__, "other"], check=True)
for number, name in enumerate(["first", "second"]):
    trackio.init(project="flowers", name=name, config={"lr": 0.1 + number, "api_key": "sk-very-secret-000"})
    for step in range(20):
        trackio.log({"loss": number + 1 / (step + 1), "val/acc": step / 20})
    wait(name)
    trackio.log({"loss": 7.5})
    trackio.finish()
`;
  const tracked = new Tracked(engines, "trackio", { "train.py": script });
  await tracked.start({ HF_HUB_OFFLINE: "1" }, prepareOtherPython("trackio"));
  await tracked.live("loss", 20);
  tracked.go("first");
  await tracked.live("loss", 20, 1);
  await killEngine(tracked);
  tracked.go("second");
  await tracked.ended();
  const runs = await tracked.runs();
  assert.deepEqual(runs.map(({ name, head }) => [name, head.status]), [["first", "finished"], ["second", "finished"]]);
  assert.deepEqual(runs.map(configOf), [["api_key=***", "lr=0.1"], ["api_key=***", "lr=1.1"]]);
  for (const [number, run] of runs.entries()) {
    assert.deepEqual(keysOf(run), ["loss", "val/acc"]);
    assert.deepEqual(await tracked.points("loss", run.head.runId), [...Array.from({ length: 20 }, (_, step) => [step, number + 1 / (step + 1)]), [20, 7.5]]);
    assert.deepEqual(await tracked.points("val/acc", run.head.runId), Array.from({ length: 20 }, (_, step) => [step, step / 20]));
  }
});

// Stands for TensorFlow's writer, which is C++ and 1 GB of packages: the C library's own open and write, that no hook of Python sees.
test("event files that a native writer opens: its folders are runs while the script runs, also one that was closed between two looks", { timeout: 180_000, skip: process.platform !== "linux" && "open files are only told on Linux" }, async () => {
  const script = `${WAIT}
import ctypes, struct
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.record_writer import masked_crc32c
libc = ctypes.CDLL(None)
def event(**more):
    data = Event(wall_time=time.time(), **more).SerializeToString()
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", masked_crc32c(head)) + data + struct.pack("<I", masked_crc32c(data))
def writer(name):
    os.makedirs("native/" + name)
    path = "native/%s/events.out.tfevents.%010d.node.example.%d.0.v2" % (name, time.time(), os.getpid())
    return libc.open(path.encode(), os.O_WRONLY | os.O_CREAT, 0o600)
def write(fd, data):
    assert libc.write(fd, data, len(data)) == len(data)
def scalar(tag, value, step):
    return event(step=step, summary={"value": [{"tag": tag, "simple_value": value}]})
first = writer("a")
write(first, event(file_version="brain.Event:2"))
for step in range(5):
    write(first, scalar("loss", step / 4, step))
wait("go")
second = writer("b")
write(second, scalar("loss", 9, 0))
libc.close(second)
wait("end")
write(first, scalar("loss", 8, 5))
`;
  const tracked = await new Tracked(engines, "native", { "train.py": script }).start();
  await tracked.live("loss", 5);
  tracked.go("go");
  await tracked.live("loss", 1, 1);
  tracked.go("end");
  await tracked.ended();
  const runs = await tracked.runs();
  assert.deepEqual(runs.map(({ name }) => name), ["native/a", "native/b"]);
  assert.deepEqual(await tracked.points("loss"), [[0, 0], [1, 0.25], [2, 0.5], [3, 0.75], [4, 1], [5, 8]]);
  assert.deepEqual(await tracked.points("loss", runs[1]?.head.runId), [[0, 9]]);
});
