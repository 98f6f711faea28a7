import assert from "node:assert/strict";
import { test } from "node:test";
import { tensorboardReader } from "../tensorboard/reader.ts";
import { wandbReader } from "../wandb/reader.ts";
import { type Placed, placeOf } from "./place.ts";

const folder = (group: string, more: Partial<Placed> = {}): Placed => ({ by: { reader: tensorboardReader, path: `${group}/events`, watch: [], run: null, group }, rank: 0, hasValues: true, ...more });

/** [what the folder belongs to, what `key` is called there]; null where that cannot be told. */
function placed(group: string, key: string, others: readonly Placed[], final = false): readonly [string | null, string] | null {
  const log = folder(group, { hasValues: false });
  const place = placeOf(log, key, [...others, log], final);
  return place === null ? null : [place.unit, place.name(key)];
}

test("each folder of event files is a run, also below another writer's; train, validation and their like are one", () => {
  assert.deepEqual(placed("/p/runs/b", "loss", [folder("/p/runs/a")]), ["/p/runs/b", "loss"]);
  assert.deepEqual(placed("/p/runs/b", "loss", [folder("/p/runs")]), ["/p/runs/b", "loss"]);
  assert.deepEqual(placed("/p/logs/1/validation", "epoch_loss", [folder("/p/logs/1/train")]), ["/p/logs/1", "validation/epoch_loss"]);
  assert.deepEqual(placed("/p/model/eval", "loss", [folder("/p/model")]), ["/p/model", "eval/loss"]);
});

test("the folders that add_scalars makes belong to its writer: torch's and tensorboardX's", () => {
  const above = [folder("/p/runs/a")];
  assert.deepEqual(placed("/p/runs/a/both_train", "both", above), ["/p/runs/a", "both_train"]);
  assert.deepEqual(placed("/p/runs/a/val_acc_top1", "val/acc", above), ["/p/runs/a", "val_acc_top1"]);
  assert.deepEqual(placed("/p/runs/a/both/train", "both", above), ["/p/runs/a", "both/train"]);
});

test("a trial of add_hparams belongs to a writer with values; several are a run each; a lone one of a silent writer waits for the end", () => {
  const [one, two] = ["/p/runs/a/1700000000.5", "/p/runs/a/1700000001.5"];
  const silent = folder("/p/runs/a", { hasValues: false });
  assert.deepEqual(placed(one, "hparam/acc", [folder("/p/runs/a")]), ["/p/runs/a", "hparam/acc"]);
  assert.equal(placed(one, "hparam/acc", [silent]), null);
  assert.deepEqual(placed(one, "hparam/acc", [silent], true), ["/p/runs/a", "hparam/acc"]);
  assert.deepEqual(placed(two, "hparam/acc", [silent, folder(one)]), [two, "hparam/acc"]);
});

test("a rank's log is of the job's run, under the rank's name; W&B's is of its run's id, wherever the file lies", () => {
  const rank = placeOf(folder("/p/runs/b", { rank: 2 }), "loss", [], false);
  assert.deepEqual([rank?.unit, rank?.name("loss"), rank?.name("system/cpu")], [null, "rank_2/loss", "system/rank_2/cpu"]);
  const path = "/p/wandb/offline-run-2-ab12/run-ab12.wandb";
  assert.equal(placeOf({ by: { reader: wandbReader, path, watch: [], run: null, group: "run-ab12.wandb" }, rank: 0, hasValues: false }, null, [], false)?.unit, "run-ab12.wandb");
});
