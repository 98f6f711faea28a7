import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricNames } from "./names.ts";

test("the first log owns a name; another of its kind gets its own name before it, one of another kind says the same again", () => {
  const names = new MetricNames();
  const nameOf = (key: string, group: string, format = "tensorboard"): string | null => names.nameOf(key, group, format, ["/p/runs/a", "/p/runs/b"]);
  assert.equal(nameOf("loss", "/p/runs/a"), "loss");
  assert.equal(nameOf("loss", "/p/runs/a"), "loss");
  assert.equal(nameOf("loss", "/p/runs/b"), "b/loss");
  assert.equal(nameOf("loss", "/q/runs/b"), "runs/b/loss");
  assert.equal(nameOf("loss", "/p/metrics.csv", "csv"), null);
  assert.equal(nameOf("f1", "/p/metrics.csv", "csv"), "f1");
  assert.equal(names.nameOf("loss", "/p/w/run-ab12.wandb", "wandb", []), null);
  names.restore(["acc"], "/p/w/run-ab12.wandb", "wandb");
  assert.equal(names.nameOf("acc", "/p/w/run-ab12.wandb", "wandb", []), "acc");
  assert.equal(names.nameOf("acc", "/p/w/run-cd34.wandb", "wandb", []), "cd34/acc");
  assert.equal(names.nameOf("acc", "/p/digits.db#x1", "trackio", []), null);
});

test("folders below a writer's own, and those of the parts of a training, stand before the name", () => {
  const names = new MetricNames();
  const groups = ["/p/logs", "/p/logs/both_train", "/p/logs/1700000000.5", "/p/other/validation"];
  assert.equal(names.nameOf("both", "/p/logs/both_train", "tensorboard", groups), "both_train", "torch's add_scalars");
  assert.equal(names.nameOf("x", "/p/logs/both_train", "tensorboard", groups), "both_train/x");
  assert.equal(names.nameOf("hparam/acc", "/p/logs/1700000000.5", "tensorboard", groups), "hparam/acc", "a trial");
  assert.equal(names.nameOf("epoch_loss", "/p/other/validation", "tensorboard", groups), "validation/epoch_loss");
});
