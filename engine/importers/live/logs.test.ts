import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { artifactsList, artifactsRead } from "../../api/runs.ts";
import { TestEngines, until } from "../../life/engines.fixture.ts";
import { keysOf, Tracked, WAIT } from "./tracked.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

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
  const tracked = await new Tracked(engines, "tensorboard", { "train.py": script }).start();
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
  const tracked = await new Tracked(engines, "wandb", { "train.py": script }).start({ WANDB_SILENT: "true" });
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
  const tracked = await new Tracked(engines, "csv", { "train.py": script, "old.csv": "step,accuracy\n0,0.9\n1,0.9\n2,0.9\n" }).start({ KERAS_BACKEND: "jax" });
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
  const tracked = await new Tracked(engines, "doubled", { "train.py": script }).start();
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
