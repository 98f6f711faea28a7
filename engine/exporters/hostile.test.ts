import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { unpack, withImports } from "../importers/importers.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { coded, storeRuns } from "../runs/runs.fixture.ts";
import { exportRuns } from "./exporters.ts";
import { below } from "./mlrunsFiles.ts";

const OUT = "../../../../escaped";

test("ids of traces and logged models that are paths are not stored from a database, and said", () =>
  withImports(async ({ store, take }) => {
    const file = join(unpack("mlflow-db.tar.gz", ownFolder()), "mlflow.db");
    const db = new Database(file);
    db.pragma("foreign_keys = OFF");
    db.exec(`UPDATE trace_info SET request_id = '${OUT}-trace' WHERE request_id = (SELECT min(request_id) FROM trace_info)`);
    db.exec(`UPDATE logged_models SET model_id = '${OUT}-model' WHERE model_id = (SELECT min(model_id) FROM logged_models)`);
    db.close();
    const { problems } = await take(file);
    const said = problems.map(({ reason }) => reason).join("\n");
    for (const what of ["trace", "model"]) assert.match(said, new RegExp(`${OUT.replaceAll(".", "\\.")}-${what}`));
    assert.equal(store.read.traces.byId(`${OUT}-trace`), undefined);
    assert.equal(store.read.models.byId(`${OUT}-model`), undefined);
  }));

test("an export to mlruns writes nothing outside of its folder, whatever the store names; what it leaves out is said, the rest is written", () =>
  withImports(async ({ store, artifacts }) => {
    await storeRuns(store, [{ id: "one", metrics: { loss: 1 } }]);
    const of = { experimentId: "1", time: 5, tags: [{ key: "k", value: "v" }] };
    const model = { ...of, name: "net", modelType: null, sourceRun: "one", params: [] };
    await store.write("model.create", { ...model, modelId: `${OUT}-model` });
    await store.write("model.create", { ...model, modelId: "m-1" });
    await store.write("run.logOutputs", { runId: "one", models: [{ modelId: `${OUT}-model`, step: 0 }] });
    const trace = { ...of, duration: null, state: "OK" as const, clientRequestId: null, requestPreview: null, responsePreview: null, metadata: [{ key: "mlflow.sourceRun", value: "one" }], assessments: [] };
    await store.write("trace.start", { ...trace, traceId: `${OUT}-trace` });
    await store.write("trace.start", { ...trace, traceId: "tr-1" });
    const folder = ownFolder();
    mkdirSync(join(folder, "deep"));
    const { leftOut } = await exportRuns(["one"], "mlruns", join(folder, "deep", "out"), { store, artifacts, signal: new AbortController().signal, progress: () => undefined });
    const written = readdirSync(folder, { recursive: true }).map(String);
    assert.deepEqual(written.filter((path) => path.includes("escaped")), []);
    assert.ok(written.some((path) => path.endsWith(join("traces", "tr-1", "tags", "k"))) && written.some((path) => path.endsWith(join("models", "m-1", "meta.yaml"))));
    assert.deepEqual(leftOut.filter((what) => what.includes("no folder")), ["links to logged models whose ids no folder can have (1 run)", "logged models whose ids no folder can have (1 run)", "traces whose ids no folder can have (1 run)"]);
  }));

test("a place below a folder is named by single names", () => {
  const place = { folder: "/a", final: "/b" };
  assert.deepEqual(below(place, "c", "größe 1.txt"), { folder: join("/a", "c", "größe 1.txt"), final: join("/b", "c", "größe 1.txt") });
  for (const part of ["", ".", "..", "a/b", "a\\b", "../x"]) assert.throws(() => below(place, "c", part), coded("EXPORT_FAILED"));
});
