import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pythonWith } from "../../../test/run/frameworks.ts";
import { TestEngines } from "../../life/engines.fixture.ts";
import { keysOf, Tracked, WAIT } from "./tracked.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

const lacks = (name: string): string => `no Python on PATH or in TOUCHSTONE_TEST_FRAMEWORKS has ${name}`;
const steps = (from: number, to: number): [number, number][] => Array.from({ length: to - from }, (_, index) => [from + index, 1 / 2 ** (from + index)]);

const tensorflow = pythonWith("tensorflow");
test("TensorFlow's own writer and Keras' TensorBoard callback: values while the script runs", { timeout: 400_000, skip: tensorflow === null && lacks("tensorflow") }, async () => {
  const script = `${WAIT}
import tensorflow as tf
writer = tf.summary.create_file_writer("own")
def log(steps):
    with writer.as_default():
        for step in steps:
            tf.summary.scalar("loss", 1 / 2 ** step, step=step)
    writer.flush()
log(range(10))
wait("own go on")
log(range(10, 20))
model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
class Pause(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            wait("keras go on")
x = tf.ones((8, 3))
history = model.fit(x, tf.ones((8, 1)), validation_data=(x, tf.ones((8, 1))), epochs=4, verbose=0, callbacks=[tf.keras.callbacks.TensorBoard("keras"), Pause()])
print("HISTORY", history.history["val_loss"])
`;
  const tracked = await new Tracked(engines, "tensorflow", { "train.py": script }).start({ TF_CPP_MIN_LOG_LEVEL: "2" }, Promise.resolve(tensorflow ?? ""));
  await tracked.live("loss", 10);
  tracked.go("own go on");
  await tracked.live("validation/epoch_loss", 2, 1);
  tracked.go("keras go on");
  await tracked.ended();
  const [own, keras] = await tracked.runs();
  assert.deepEqual([own?.name, keras?.name, await tracked.points("loss")], ["own", "keras", steps(0, 20)]);
  assert.deepEqual(keras && keysOf(keras), ["train/epoch_learning_rate", "train/epoch_loss", "validation/epoch_loss", "validation/evaluation_loss_vs_iterations"]);
  const said: number[] = JSON.parse(/HISTORY (\[.*\])/.exec(tracked.log())?.[1] ?? "[]");
  assert.deepEqual(await tracked.points("validation/epoch_loss", keras?.head.runId), said.map((value, epoch) => [epoch, Math.fround(value)]));
});

const torch = pythonWith("torch", "tensorboard");
test("torch's SummaryWriter: values while the script runs, curves and trial with their training", { timeout: 400_000, skip: torch === null && lacks("torch and tensorboard") }, async () => {
  const script = `${WAIT}
from torch.utils.tensorboard import SummaryWriter
writer = SummaryWriter("runs/one")
for step in range(10):
    writer.add_scalar("loss", 1 / 2 ** step, step)
writer.flush()
wait("go on")
writer.add_scalars("both", {"train": 1.5, "test": 2.5}, 3)
writer.add_hparams({"lr": 0.25}, {"hparam/acc": 0.75})
writer.close()
`;
  const tracked = await new Tracked(engines, "torch", { "train.py": script }).start({}, Promise.resolve(torch ?? ""));
  await tracked.live("loss", 10);
  tracked.go("go on");
  const run = await tracked.ended();
  assert.deepEqual([(await tracked.runs()).length, keysOf(run), await tracked.points("loss")], [1, ["both_test", "both_train", "hparam/acc", "loss"], steps(0, 10)]);
  assert.deepEqual(run.params.filter(({ source }) => source === "config").map(({ key, value }) => [key, value]), [["lr", "0.25"]]);
});
