import assert from "node:assert/strict";
import { test } from "node:test";
import { directionByName, downWords, upWords } from "./directions.ts";

test("names that trainers log have the direction that people mean", () => {
  const down = ["loss", "val_loss", "train/loss", "valLoss", "log_loss", "mean_absolute_error", "eval_rmse", "RMSE", "perplexity", "dice_loss", "training_mean_squared_error", "brier_score", "negative_log_likelihood", "validation_0-logloss", "multi_logloss", "error_rate", "top5_error", "word_error_rate"];
  const up = ["accuracy", "val_accuracy", "val_acc", "f1", "val_f1", "f1-score", "macro avg_f1-score", "roc_auc", "validation_0-auc", "r2", "test/R2", "map50", "metrics/mAP50-95(B)", "recall@5", "precision_1", "training_score", "neg_mean_squared_error", "explained_variance", "eval/rougeL", "mean_reward", "BLEU", "log_likelihood"];
  const unknown = ["epoch", "lr", "learning_rate", "step_time", "variance", "system/memory_error", "tokens", "mapping", "scores_by_day", "losing"];
  for (const key of down) assert.equal(directionByName(key), "down", key);
  for (const key of up) assert.equal(directionByName(key), "up", key);
  for (const key of unknown) assert.equal(directionByName(key), "unknown", key);
});

test("a word is on one side only", () => {
  assert.deepEqual(downWords.filter((word) => upWords.includes(word)), []);
});
