import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricNames } from "./names.ts";

test("the first log owns a name; another of its kind gets its own name before it, one of another kind says the same again", () => {
  const names = new MetricNames();
  const nameOf = (key: string, group: string, format = "tensorboard"): string | null => names.nameOf(key, key, group, format);
  assert.equal(nameOf("loss", "/p/runs/a"), "loss");
  assert.equal(nameOf("loss", "/p/runs/a"), "loss");
  assert.equal(nameOf("loss", "/p/runs/b"), "b/loss");
  assert.equal(nameOf("loss", "/q/runs/b"), "runs/b/loss");
  assert.equal(nameOf("loss", "/p/metrics.csv", "csv"), null);
  assert.equal(nameOf("f1", "/p/metrics.csv", "csv"), "f1");
  assert.equal(names.nameOf("loss", "loss", "/p/w/run-ab12.wandb", "wandb"), null);
  names.restore(["acc"], "/p/w/run-ab12.wandb", "wandb");
  assert.equal(names.nameOf("acc", "acc", "/p/w/run-ab12.wandb", "wandb"), "acc");
  assert.equal(names.nameOf("acc", "acc", "/p/w/run-cd34.wandb", "wandb"), "cd34/acc");
  assert.equal(names.nameOf("acc", "acc", "/p/digits.db#x1", "trackio"), null);
});
