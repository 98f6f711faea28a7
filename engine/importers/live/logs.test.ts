import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { preparePython } from "../../../test/run/python.ts";
import type { EngineConnection } from "../../api/connect.ts";
import { launchGet, launchStart } from "../../api/launches.ts";
import { artifactsList, artifactsRead, metricCurves, runsGet, type RunDetail } from "../../api/runs.ts";
import { TestEngines, until } from "../../life/engines.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

/** What a script of these tests begins with: `wait(name)` goes on once the test says so, at most for a minute. */
const WAIT = `
import os, time
def wait(name):
    end = time.monotonic() + 60
    while not os.path.exists(name) and time.monotonic() < end:
        time.sleep(0.01)
`;

class Tracked {
  readonly folder: string;
  readonly engine: EngineConnection;
  launchId = "";
  runId = "";

  constructor(name: string, files: Readonly<Record<string, string>>) {
    this.folder = engines.folder(name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
    this.engine = engines.connect(this.folder);
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<this> {
    const own = { PATH: process.env["PATH"] ?? "", HOME: this.folder, ...env };
    Object.assign(this, await this.engine.request(launchStart, { command: [await preparePython(), "train.py"], cwd: this.folder, env: own, from: "cli" }));
    return this;
  }

  /** The script's `wait` of that name ends. */
  go(name: string): void {
    writeFileSync(join(this.folder, name), "");
  }

  /** What was printed. */
  log(): string {
    const file = join(this.folder, ".touchstone", "launches", this.launchId, "log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async points(key: string): Promise<[number, number][]> {
    const { curves } = await this.engine.request(metricCurves, { runIds: [this.runId], key, x: "step", maxPoints: 10_000 });
    return [...(curves[0]?.x ?? [])].map((step, index) => [step, curves[0]?.y[index] ?? Number.NaN]);
  }

  /** Waits until a key has so many points; the script has not ended then. */
  async live(key: string, count: number): Promise<void> {
    const end = performance.now() + 60_000;
    while ((await this.points(key)).length < count) {
      const over = performance.now() > end || (await this.engine.request(launchGet, { launchId: this.launchId })).end !== null;
      assert.ok(!over, `${key} has ${(await this.points(key)).length} of ${count} points; ${this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await this.engine.request(launchGet, { launchId: this.launchId })).end, null, "the script is still running");
  }

  async ended(): Promise<RunDetail> {
    while ((await this.engine.request(launchGet, { launchId: this.launchId })).end === null) await new Promise((resolve) => setTimeout(resolve, 20));
    const { exitCode } = await this.engine.request(launchGet, { launchId: this.launchId });
    assert.equal(exitCode, 0, this.log());
    return this.engine.request(runsGet, { runId: this.runId });
  }
}

const keysOf = ({ metrics }: RunDetail): string[] => metrics.map(({ key }) => key).filter((key) => !key.startsWith("system/")).sort();

test("tensorboardX: scalars while the script runs, once each also when the engine is killed meanwhile; texts and hyperparameters with them", { timeout: 120_000 }, async () => {
  const script = `${WAIT}
import numpy as np
from tensorboardX import SummaryWriter
writer = SummaryWriter("runs/one", flush_secs=1)
for step in range(40):
    writer.add_scalar("loss", 1 / (step + 1), step)
    writer.add_scalar("val/acc", step / 40, step)
writer.flush()
wait("go")
for step in range(40, 60):
    writer.add_scalar("loss", 1 / (step + 1), step)
writer.flush()
wait("end")
writer.add_text("note", "**done**", 60)
writer.add_scalars("both", {"train": 1.5, "test": 2.5}, 3)
writer.add_hparams({"lr": 0.1, "api_key": "sk-very-secret-000"}, {"hparam/acc": 0.75})
writer.close()
`;
  const tracked = await new Tracked("tensorboard", { "train.py": script }).start();
  await tracked.live("loss", 40);
  await tracked.live("val/acc", 40);
  const pid = engines.enginePid(tracked.folder) ?? assert.fail();
  process.kill(pid, "SIGKILL");
  tracked.go("go");
  await until(() => ![null, pid].includes(engines.enginePid(tracked.folder)));
  await tracked.live("loss", 60);
  tracked.go("end");
  const run = await tracked.ended();
  const float = (value: number): number => Math.fround(value);
  assert.deepEqual(await tracked.points("loss"), Array.from({ length: 60 }, (_, step) => [step, float(1 / (step + 1))]));
  assert.deepEqual(await tracked.points("val/acc"), Array.from({ length: 40 }, (_, step) => [step, float(step / 40)]));
  assert.deepEqual(keysOf(run), ["both/test", "both/train", "hparam/acc", "loss", "val/acc"]);
  assert.deepEqual(await tracked.points("both/test"), [[3, 2.5]]);
  assert.deepEqual(run.params.filter(({ source }) => source === "config").map(({ key, value }) => `${key}=${value}`).sort(), ["api_key=***", "lr=0.1"]);
  const { data } = await tracked.engine.request(artifactsRead, { runId: tracked.runId, path: "text/note/text_summary/60.md", offset: 0, length: 100 });
  assert.equal(Buffer.from(data).toString(), "**done**");
});

test("W&B without a key: offline, its history and configuration while the script runs, pictures and files at its end", { timeout: 120_000 }, async () => {
  const script = `${WAIT}
import numpy as np, wandb
run = wandb.init(project="digits", config={"lr": 0.1, "model": {"depth": 3}})
for step in range(30):
    wandb.log({"loss": 1 / (step + 1), "val": {"acc": step / 30}})
    # W&B writes in the background.
wait("go")
wandb.log({"sample": wandb.Image(np.zeros((4, 4, 3), dtype=np.uint8)), "loss": 0.001})
wandb.summary["best"] = 0.9
run.finish()
print("mode", os.environ["WANDB_MODE"])
`;
  const tracked = await new Tracked("wandb", { "train.py": script }).start({ WANDB_SILENT: "true" });
  await tracked.live("loss", 30);
  tracked.go("go");
  const run = await tracked.ended();
  assert.deepEqual(await tracked.points("loss"), [...Array.from({ length: 30 }, (_, step) => [step, 1 / (step + 1)]), [30, 0.001]]);
  assert.deepEqual(await tracked.points("val.acc"), Array.from({ length: 30 }, (_, step) => [step, step / 30]));
  assert.deepEqual(await tracked.points("best"), [[30, 0.9]]);
  assert.deepEqual(run.params.map(({ key, value, source }) => `${key}=${value} ${source}`).sort(), ["lr=0.1 config", "model.depth=3 config"]);
  const { entries } = await tracked.engine.request(artifactsList, { runId: tracked.runId, path: "media/images" });
  assert.match(entries.map(({ path }) => path).join(), /^media\/images\/sample_30_\w+\.png$/);
  const log = tracked.log();
  assert.match(log, /mode offline/);
});

test("CSV logs: Keras' callback, a table of one's own, Lightning's; rows of an earlier training are not this one's, data is no log", { timeout: 120_000 }, async () => {
  const script = `${WAIT}
import csv
os.environ["KERAS_BACKEND"] = "jax"
import keras, numpy as np
class Pause(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            wait("go")
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.ones((8, 3))
model.fit(x, x.sum(1), epochs=5, verbose=0, callbacks=[keras.callbacks.CSVLogger("keras.csv"), Pause()])
with open("old.csv", "a", newline="") as file:
    for step in range(3, 6):
        csv.writer(file).writerow([step, step / 10])
with open("data.csv", "w", newline="") as file:
    csv.writer(file).writerows([["step", "x"], [0, 1.5], [1, 2.5]])
os.makedirs("lightning_logs/version_0")
with open("lightning_logs/version_0/metrics.csv", "w", newline="") as file:
    csv.writer(file).writerows([["epoch", "train_f1", "step"], ["0", "0.5", "49"], ["0", "", "99"]])
`;
  const tracked = await new Tracked("csv", { "train.py": script, "old.csv": "step,accuracy\n0,0.9\n1,0.9\n2,0.9\n" }).start({ KERAS_BACKEND: "jax" });
  await tracked.live("loss", 3);
  tracked.go("go");
  const run = await tracked.ended();
  const [, ...lines] = readFileSync(join(tracked.folder, "keras.csv"), "utf8").trim().split(/\r?\n/);
  assert.deepEqual(await tracked.points("loss"), lines.map((line) => line.split(",").slice(0, 2).map(Number)));
  assert.equal(lines.length, 5);
  assert.deepEqual(await tracked.points("accuracy"), [[3, 0.3], [4, 0.4], [5, 0.5]]);
  assert.deepEqual(await tracked.points("train_f1"), [[49, 0.5]]);
  assert.deepEqual(keysOf(run), ["accuracy", "epoch", "loss", "train_f1"]);
  assert.ok(existsSync(join(tracked.folder, "data.csv")));
});

test("what the MLflow client logs too is there once, the client's; two loggers of one value are one curve; folders of parts are told apart", { timeout: 120_000 }, async () => {
  const script = `${WAIT}
import csv, mlflow
from tensorboardX import SummaryWriter
train, val = SummaryWriter("logs/train", flush_secs=1), SummaryWriter("logs/validation", flush_secs=1)
for step in range(10):
    train.add_scalar("epoch_loss", step, step)
    val.add_scalar("epoch_loss", step * 2, step)
    train.add_scalar("shared", step, step)
    train.add_scalar("alone", step, step)
wait("go")
with open("metrics.csv", "w", newline="") as file:
    csv.writer(file).writerows([["step", "train/alone", "f1"]] + [[step, step, step / 2] for step in range(10)])
with mlflow.start_run():
    for step in range(10):
        mlflow.log_metric("train/shared", step + 0.5, step=step)
print("loss: 5")
train.close(); val.close()
`;
  const tracked = await new Tracked("doubled", { "train.py": script }).start();
  await tracked.live("train/shared", 10);
  await tracked.live("validation/epoch_loss", 10);
  tracked.go("go");
  const run = await tracked.ended();
  const steps = Array.from({ length: 10 }, (_, step) => step);
  assert.deepEqual(await tracked.points("train/shared"), steps.map((step) => [step, step + 0.5]), "the client's");
  assert.deepEqual(await tracked.points("train/epoch_loss"), steps.map((step) => [step, step]));
  assert.deepEqual(await tracked.points("validation/epoch_loss"), steps.map((step) => [step, step * 2]));
  assert.deepEqual(await tracked.points("train/alone"), steps.map((step) => [step, step]));
  assert.deepEqual(await tracked.points("f1"), steps.map((step) => [step, step / 2]));
  assert.equal(run.metrics.find(({ key }) => key === "train/alone")?.points ?? 10, 10);
});

test("Trackio: of a database with other runs the launch's own rows come while the script runs, and the rest at its end", { timeout: 120_000 }, async () => {
  // What trackio 0.43 does: a database of the project in a write-ahead log, rows of all runs in one table.
  const fake = `
import json, sqlite3
class Run:
    project, id, name = "flowers", "0123456789abcdef0123456789abcdef", "mine"
database = sqlite3.connect("flowers.db")
def add(run, step, **metrics):
    database.execute("INSERT INTO metrics (run_id, run_name, timestamp, step, metrics) VALUES (?, ?, '2026-11-21T17:00:00', ?, ?)", (run, "run", step, json.dumps(metrics)))
    database.commit()
def init(project):
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, timestamp TEXT, step INTEGER, metrics TEXT)")
    database.execute("CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT, created_at TEXT)")
    database.execute("INSERT INTO configs VALUES (1, ?, 'mine', ?, '2026-11-21T17:00:00')", (Run.id, json.dumps({"lr": 0.1, "api_key": "sk-very-secret-000"})))
    return Run()
`;
  const script = `${WAIT}
import trackio
run = trackio.init("flowers")
for step in range(20):
    trackio.add("another", step, loss=step, other=1)
    trackio.add(run.id, step, loss=1 / (step + 1))
wait("go")
trackio.add(run.id, 20, loss=7.5)
`;
  const storage = 'class SQLiteStorage:\n    @staticmethod\n    def get_project_db_path(project):\n        return project + ".db"\n';
  const tracked = await new Tracked("trackio", { "train.py": script, "trackio/__init__.py": fake, "trackio/sqlite_storage.py": storage }).start();
  await tracked.live("loss", 20);
  tracked.go("go");
  const run = await tracked.ended();
  assert.deepEqual(await tracked.points("loss"), [...Array.from({ length: 20 }, (_, step) => [step, 1 / (step + 1)]), [20, 7.5]]);
  assert.deepEqual(keysOf(run), ["loss"]);
  assert.deepEqual(run.params.filter(({ source }) => source === "config").map(({ key, value }) => `${key}=${value}`).sort(), ["api_key=***", "lr=0.1"]);
});
