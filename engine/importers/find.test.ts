import assert from "node:assert/strict";
import { cpSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { findSources } from "./find.ts";
import { unpack } from "./importers.fixture.ts";
import { passedOverText } from "./passedOver.ts";
import { fixtures, ownFolder } from "./records.fixture.ts";

test("a project: each tracker's own folder or file, never the project itself, nothing within another source, no table of data", async () => {
  const project = ownFolder();
  unpack("mlflow-db.tar.gz", project);
  unpack("exptrack.tar.gz", project);
  unpack("mlruns.tar.gz", join(project, "old"));
  cpSync(join(fixtures, "tensorboard", "runs", "torchlike"), join(project, "logs", "first"), { recursive: true });
  cpSync(join(fixtures, "tensorboard", "runs", "torchlike"), join(project, "logs", "second"), { recursive: true });
  // A database's own mlruns holds artifacts: what another tracker left there belongs to a run already.
  cpSync(join(fixtures, "tensorboard", "runs", "torchlike"), join(project, "mlruns", "1", "r", "artifacts"), { recursive: true });
  mkdirSync(join(project, "data"));
  writeFileSync(join(project, "data", "steps.csv"), "step,loss\n1,0.5\n2,0.25\n");
  const found = async (path: string) => (await findSources(path, { project })).sources.map(({ reader, detected }) => `${reader.format} ${relative(project, detected.path)}`);
  assert.deepEqual(await found(project), ["exptrack .exptrack/experiments.db", "tensorboard logs", "mlflow-db mlflow.db", "mlruns old/mlruns"]);
  assert.deepEqual(await found(join(project, "data", "steps.csv")), ["csv data/steps.csv"]);
  const [run] = await found(join(project, "old", "mlruns"));
  assert.equal(run, "mlruns old/mlruns");
  assert.deepEqual(await found(join(project, "logs", "first")), ["tensorboard logs/first"]);
});

test("in a folder, Keras' own logs are sources; other CSV files that look like logs of metrics are named; tables of data, W&B's own files and those of launches are not", async () => {
  const root = ownFolder();
  cpSync(join(fixtures, "wandb"), join(root, "wandb"), { recursive: true });
  cpSync(join(fixtures, "csv", "lightning_logs"), join(root, "lightning_logs"), { recursive: true });
  cpSync(join(fixtures, "csv", "keras.csv"), join(root, "models", "digits.csv"), { recursive: true });
  const files = {
    "wandb/offline-run-20261101_100000-abc/files/table.csv": "step,loss\n0,1\n",
    "plain.csv": "Epoch;Verlust\n1;0,5\n",
    "sub/long.csv": "metric,step,value\nloss,0,1\n",
    "sub/hand.csv": "epoch,val_loss,accuracy\n1,,0.9\n",
    "sub/own.csv": "step,loss\n0,1\n",
    "data/people.csv": "trial,subject,rt\n1,ann,0.5\n",
    "data/prices.csv": "date,open,close\n2026-01-01,1,2\n",
    "data/words.csv": "step,text\n1,hello\n",
    "data/empty.csv": "step,loss\n",
    "data/deep/er/still/far.csv": "step,loss\n0,1\n",
    "notes.txt": "step,loss\n0,1\n",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  // A table of two gigabytes is looked at like any other: at its beginning.
  truncateSync(join(root, "plain.csv"), 2 * 1024 ** 3);
  const { sources, passedOver } = await findSources(root, { project: root, own: new Set([join(root, "sub", "own.csv")]) });
  assert.deepEqual(sources.map(({ reader, detected }) => `${reader.format} ${relative(root, detected.path)}`), ["lightning lightning_logs", "keras models/digits.csv", "wandb wandb"]);
  assert.deepEqual(passedOver.map((file) => relative(root, file)), ["lightning_logs/before.csv", "plain.csv", "sub/hand.csv", "sub/long.csv"]);
});

test("what was passed over is said in a sentence that names three files at most", () => {
  assert.equal(passedOverText(["/p/a.csv"], "/p"), "1 CSV file that looks like a log of metrics was passed over: a.csv; to import one, point at it.");
  assert.equal(passedOverText(["/p/a.csv", "/p/b/b.csv", "/p/c.csv", "/p/d.csv", "/p/e.csv"], "/p"), "5 CSV files that look like logs of metrics were passed over: a.csv, b/b.csv, c.csv and 2 more; to import one, point at it.");
});
