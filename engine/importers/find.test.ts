import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { findSources } from "./find.ts";
import { unpack } from "./importers.fixture.ts";
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
  const found = async (path: string) => (await findSources(path, project)).map(({ reader, detected }) => `${reader.format} ${relative(project, detected.path)}`);
  assert.deepEqual(await found(project), ["exptrack .exptrack/experiments.db", "tensorboard logs", "mlflow-db mlflow.db", "mlruns old/mlruns"]);
  assert.deepEqual(await found(join(project, "data", "steps.csv")), ["csv data/steps.csv"]);
  const [run] = await found(join(project, "old", "mlruns"));
  assert.equal(run, "mlruns old/mlruns");
  assert.deepEqual(await found(join(project, "logs", "first")), ["tensorboard logs/first"]);
});
