import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clientEnvironment, runScript } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

test("mlflow.models.evaluate of scikit-learn models: metrics, plots, custom artifacts and logged tables are read back", async () => {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "evaluate.py");
  assert.equal(code, 0, output);
  const plots = ["calibration_curve_plot", "confusion_matrix", "lift_curve_plot", "precision_recall_curve_plot", "roc_curve_plot"];
  assert.deepEqual(result, {
    classes: {
      metrics: true,
      names: ["accuracy_score", "example_count", "f1_score", "false_negatives", "false_positives", "log_loss", "precision_recall_auc", "precision_score", "recall_score", "roc_auc", "score", "true_negatives", "true_positives"],
      accuracy: 1,
      artifacts: plots,
      files: plots.map((name) => `${name}.png`),
      sizes: true,
      uris: true,
      model_metrics: true,
      dataset: [["dataset", "code", []]],
    },
    regressed: {
      metrics: true,
      off: 0.5,
      exact: true,
      head: true,
      words: { a: [1, 2] },
      table: [["why", 0.5, true], ["whö", 1, true], ["more", 2, true]],
      files: ["answers.json", "head.csv", "words.json"],
      images: ["png", "webp"],
      tag: [{ path: "answers.json", type: "table" }],
    },
  });
});

test("values logged without waiting (synchronous=False, enable_async_logging) are all there, and a refused one is told", async () => {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "asynchronous.py");
  assert.equal(code, 0, output);
  assert.deepEqual(result, {
    single: { history: true, metrics: { a: "0.30000000000000004", b: "inf", c: "nan", loss: "0.0033333333333333335" }, params: [121, "1e-3", "119"], tags: { one: "ü", two: "2", three: "3" } },
    everywhere: { points: true, last: 499.5, params: { x: "1" }, tag: "v" },
    failing: { told: true, fixed: "1" },
  });
});
