import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type Artifacts, createArtifacts } from "../artifacts/artifacts.ts";
import { launchFiles } from "../launches/files.ts";
import { bodyFields } from "../mlflow/fields.ts";
import { Retries } from "../mlflow/retries.ts";
import { createRoutes } from "../mlflow/routes.ts";
import { createRunSearch } from "../mlflow/search.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import { openRunTable } from "../runs/openTable.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { Spools } from "./spools.ts";

const OLD = "a".repeat(32);
const NEW = "b".repeat(32);
const CHILD = "c".repeat(32);
const MODEL = `m-${"d".repeat(32)}`;

type Resume = (services: { readonly folder: string; readonly store: Store; readonly artifacts: Artifacts; readonly runTable: RunTable }) => Promise<void>;

/** What a script kept under a new launch, before it says that it goes on with a run of another experiment. */
async function goesOn(store: Store, resume: Resume): Promise<void> {
  const artifacts = createArtifacts(store);
  const [old, fresh] = [{ kind: "run", id: OLD }, { kind: "run", id: NEW }] as const;
  const dataset = (name: string) => ({ name, digest: "1", sourceType: "local", source: "{}", schema: null, profile: null, tags: [{ key: "mlflow.data.context", value: "train" }] });
  await store.write("launch.create", launchOf("l1", OLD, { experiment: "earlier.py" }));
  await artifacts.put(old, "config.yaml", Buffer.from("lr: 1"));
  await artifacts.put(old, "notes/a.txt", Buffer.from("a"));
  await store.write("run.logInputs", { runId: OLD, datasets: [dataset("both")], models: [] });
  await store.write("launch.update", { launchId: "l1", status: "failed", exitCode: 1, end: 2_000 });

  await store.write("launch.create", launchOf("l2", NEW, { start: 3_000 }));
  for (const [path, content] of [["config.yaml", "lr: 2"], ["plots/loss.svg", "<svg/>"], ["notes", "in the way"]] as const) {
    const row = await artifacts.stage(fresh, path, Buffer.from(content));
    await store.write("launch.events", { launchId: "l2", stream: "events", from: store.read.launches.offset("l2", "events"), to: store.read.launches.offset("l2", "events") + 1, artifacts: [row] });
  }
  await store.write("launch.events", { launchId: "l2", stream: "events", from: 3, to: 4, progress: "3/10", exception: { type: "Warning", message: "caught", site: null, traceback: "", time: 3_500 } });
  await store.write("run.logInputs", { runId: NEW, datasets: [dataset("both"), dataset("more")], models: [] });
  await store.write("model.create", { modelId: MODEL, experimentId: "0", launchId: "l2", name: "net", modelType: null, sourceRun: NEW, time: 5, params: [], tags: [] });
  await store.write("run.logOutputs", { runId: NEW, models: [{ modelId: MODEL, step: 7 }] });
  await store.write("run.create", { runId: CHILD, experimentId: "0", launchId: "l2", adopts: false, parentRunId: NEW, name: "inner", named: true, user: null, start: 5, tags: [] });

  await resume({ folder: store.folder, store, artifacts, runTable: openRunTable(store) });

  const run = store.read.runs.byId(OLD) ?? assert.fail();
  assert.deepEqual([run.status, run.progress, store.read.launches.byId("l2")?.runId, store.read.runs.byId(NEW)?.deleted !== null], ["running", "3/10", OLD, true]);
  assert.equal(JSON.parse(store.read.runs.words(run.runKey).exception ?? "{}").message, "caught");
  assert.deepEqual(store.read.artifacts.under(`run:${OLD}`, "").map(({ path }) => path), ["config.yaml", "notes/a.txt", "plots/loss.svg"]);
  for (const [path, content] of [["config.yaml", "lr: 2"], ["plots/loss.svg", "<svg/>"]] as const) {
    const { data, file } = await artifacts.read(old, path, 0, 100);
    assert.deepEqual([Buffer.from(data).toString(), file], [content, join(artifacts.rootOf(old), path)], "where people look for it");
    assert.ok(!existsSync(join(artifacts.rootOf(fresh), path)));
  }
  assert.deepEqual(store.read.artifacts.under(`run:${NEW}`, "").map(({ path }) => path), ["notes"]);
  assert.ok(store.read.launches.byId("l2")?.notes.some((note) => note.includes("The artifact notes, kept before")));
  assert.deepEqual(store.read.models.datasets(run.runKey).map(({ name }) => name).sort(), ["both", "more"]);
  assert.deepEqual(store.read.experiments.datasets(run.experimentId).map(({ name }) => name).sort(), ["both", "more"], "its experiment has them");
  assert.deepEqual(store.read.models.links(run.runKey, "output"), [{ modelId: MODEL, step: 7 }]);
  assert.equal(store.read.models.byId(MODEL)?.sourceRun, OLD);
  assert.equal(store.read.runs.byId(CHILD)?.parentKey, run.runKey);
}

test("what a script kept before it says which run it goes on with is that run's: the engine is there", () =>
  withStore((store) =>
    goesOn(store, async ({ artifacts, runTable }) => {
      const routes = createRoutes({ store, artifacts, search: createRunSearch(runTable, store.read), retries: new Retries() });
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      await routes["POST runs/update"]?.({ fields: bodyFields(JSON.stringify({ run_id: OLD, status: "RUNNING" })), launchId: "l2", madeId: undefined, digest: () => "", response });
    }),
  ));

test("the same where the engine was away and takes in later what the script said", () =>
  withStore((store) =>
    goesOn(store, async (services) => {
      const { spool, folder } = launchFiles(services.folder, "l2");
      mkdirSync(folder, { recursive: true });
      writeFileSync(spool, `${JSON.stringify({ t: 5, call: "POST runs/update", body: JSON.stringify({ run_id: OLD, status: "RUNNING" }) })}\n`);
      await new Spools(services).catchUp("l2");
    }),
  ));
