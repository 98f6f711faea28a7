// Golden values: scikit-learn 1.9.1 through test/python/evaluation_golden.py on the same files.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import type { EvaluationView, Mapping } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { rowKeys } from "../items/key.ts";
import { openItems } from "../tables/items.ts";
import { NumberColumn } from "../tables/columns.ts";
import { sidesOf } from "../statistics/sides.ts";
import { aucParts } from "../statistics/delong.ts";
import { describeFile, openPredictions } from "./open.ts";
import { rank } from "./ranking.ts";
import { rowsOfEvaluation } from "./rows.ts";
import { collectTags } from "./tags.ts";
import { viewOf } from "./view.ts";

const folder = fileURLToPath(new URL("../../test/fixtures/evaluation/", import.meta.url));
// SAFETY: the file is written by the script named above; every value asked for below is a number or a list of them.
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Record<"binary" | "multiclass", Record<string, number> & { confusion: number[][]; delong: number[]; wilson: number[]; per_class: number[][] }>;
const quiet = { cancelled: () => false, onProgress: () => undefined };

async function view(path: string, mapping: Mapping | null, more: { threshold?: number; selection?: Parameters<typeof viewOf>[0]["selection"] } = {}): Promise<EvaluationView> {
  const { data } = await openPredictions(path, mapping, quiet);
  return viewOf({ evaluationId: "e", data, tags: [], tagNotes: [], selection: more.selection ?? [], threshold: more.threshold ?? null, stale: false });
}

function value(result: EvaluationView, key: string): number {
  const found = result.metrics.find((metric) => metric.key === key)?.estimate;
  assert.ok(found && found.value !== null, key);
  assert.ok(found.low <= found.value && found.value <= found.high, `${key} lies in its interval`);
  return found.value;
}

async function positive(path: string, name: string): Promise<Mapping> {
  return { ...(await describeFile(path, { declared: null, before: null })).mapping, positive: name };
}

function temporary(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "touchstone eval ü ")), name);
  writeFileSync(path, text);
  return path;
}

test("binary: every metric is scikit-learn's, the intervals are Wilson's and DeLong's", async () => {
  const path = join(folder, "two_class_example.csv");
  const result = await view(path, await positive(path, "Class1"));
  for (const key of ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "kappa", "auc", "average_precision", "log_loss", "brier"]) {
    assert.ok(Math.abs(value(result, key) - golden.binary[key]!) < 1e-9, `${key}: ${value(result, key)}`);
  }
  assert.deepEqual(result.confusion, { labels: ["Class1", "Class2"], matrix: golden.binary.confusion });
  const [accuracy, auc] = ["accuracy", "auc"].map((key) => result.metrics.find((metric) => metric.key === key)?.estimate);
  assert.ok(accuracy?.value != null && auc?.value != null);
  assert.ok(Math.abs(accuracy.low - golden.binary.wilson[0]!) < 1e-12 && Math.abs(accuracy.high - golden.binary.wilson[1]!) < 1e-12);
  assert.ok(Math.abs(auc.low - golden.binary.delong[1]!) < 1e-9 && Math.abs(auc.high - golden.binary.delong[2]!) < 1e-9);
  assert.match(result.answer, /^Error \*\*16\.2 %\*\* \[13\.2 – 19\.7\]; always answering \*\*Class1\*\* would err on 48\.4 %\./);
});

test("multi-class: macro, weighted, one against rest and one against one, per class", async () => {
  const path = join(folder, "hpc_cv.csv");
  const result = await view(path, null);
  for (const key of ["accuracy", "balanced_accuracy", "macro_f1", "macro_precision", "macro_recall", "weighted_f1", "mcc", "kappa", "auc_ovr", "auc_ovo", "log_loss", "brier"]) {
    assert.ok(Math.abs(value(result, key) - golden.multiclass[key]!) < 1e-8, `${key}: ${value(result, key)} ${golden.multiclass[key]}`);
  }
  assert.deepEqual(result.confusion?.matrix, golden.multiclass.confusion);
  result.perClass.forEach((row, i) => {
    const [precision, recall, f1, support] = golden.multiclass.per_class[i]!;
    assert.ok(Math.abs(row.precision.value! - precision!) < 1e-12 && Math.abs(row.recall.value! - recall!) < 1e-12 && Math.abs(row.f1.value! - f1!) < 1e-12);
    assert.equal(row.n, support);
  });
});

test("a threshold moves predictions; the curve of the error agrees with it; the best F1 is where it says", async () => {
  const path = join(folder, "two_class_example.csv");
  const mapping = await positive(path, "Class1");
  const at = await view(path, mapping, { threshold: 0.3 });
  assert.ok(Math.abs(1 - value(at, "accuracy") - at.thresholdCurve!.y[30]!) < 1e-12);
  const best = await view(path, mapping, { threshold: at.bestThreshold!.value });
  for (const threshold of [0.1, 0.25, 0.4, 0.5, 0.6, 0.8]) assert.ok(value(best, "f1") >= value(await view(path, mapping, { threshold }), "f1"));
  assert.equal((await view(path, mapping)).threshold, 0.5);
});

test("a row without its score is left out and said, also where the file has predictions", async () => {
  const lines = ["label,prediction,score", "a,a,0.9", "a,b,0.4", "b,b,0.3", "b,a,0.7", "a,a,0.8"];
  const whole = await scored(lines.join("\n"));
  const holed = await scored([...lines, "b,b,", "a,a,NaN", "b,b,inf"].join("\n"));
  assert.equal(holed.n, 5);
  assert.deepEqual(holed.notes.filter((note) => note.includes("left out")), ["3 of 8 rows have no label, no prediction or no score and are left out."]);
  // By hand: of 3 × 2 pairs of a positive and a negative row, 0.9 and 0.8 win all, 0.4 wins one of two.
  assert.ok(Math.abs(value(whole, "auc") - 5 / 6) < 1e-12);
  assert.equal(value(holed, "auc"), value(whole, "auc"));
  assert.equal(value(holed, "accuracy"), value(whole, "accuracy"));
});

test("a ranking with scores that are no numbers ends", () => {
  const [scores, truth] = [Float64Array.of(0.5, Number.NaN, 0.1, Number.NaN), Int32Array.of(1, 1, 0, 0)];
  assert.deepEqual(rank(sidesOf(new NumberColumn(scores), (row) => truth[row] === 1)).roc, { x: [0, 0, 1], y: [0, 1, 1] });
  assert.equal(aucParts(scores, (row) => truth[row] === 1).influence.length, 4);
});

async function scored(text: string): Promise<EvaluationView> {
  const path = temporary("scored.csv", `${text}\n`);
  const columns: Mapping["columns"] = [{ column: "label", role: "label" }, { column: "prediction", role: "prediction" }, { column: "score", role: "score" }];
  return view(path, { ...(await describeFile(path, { declared: null, before: null })).mapping, task: "binary", positive: "a", columns });
}

test("a confusion cell opens exactly its rows, by loss, with key, line and cells", async () => {
  const path = join(folder, "two_class_example.csv");
  const { data } = await openPredictions(path, await positive(path, "Class1"), quiet);
  const rows = await rowsOfEvaluation({ data, predicted: null, tags: [] }, { selection: [{ kind: "cell", label: "Class1", prediction: "Class2" }], sort: { column: "@loss", descending: true }, from: 0, to: 100 });
  assert.equal(rows.total, 31);
  assert.ok(rows.wrong.every(Boolean));
  const loss = rows.cells[rows.columns.findIndex((column) => column.name === "@loss")]!;
  assert.deepEqual(loss, [...loss].sort((a, b) => Number(b) - Number(a)));
  const text = readFileSync(path, "utf8").split("\n")[rows.rows[0]! + 1]!;
  assert.ok(text.startsWith("Class1,") && text.endsWith(",Class2"), text);
  assert.match(rows.keys[0]!, /^c:[0-9a-f]{32}$/);
});

test("evaluation and labeling give a row the same key: by id, and by content with fractions, times and missing cells", async () => {
  for (const [name, text, columns] of [
    ["ids.csv", "id,label,prediction\n007,a,b\n8,b,b\n", ["id"]],
    ["content.csv", "when,x,y,label,prediction\n2024-01-02 03:04:05,1.0,2,a,b\n,0.25,,b,b\n2024-01-03 00:00:00,1e21,3,b,b\n", ["when", "x", "y"]],
  ] as const) {
    const path = temporary(name, text);
    const { data } = await openPredictions(path, null, quiet);
    const rows = await rowsOfEvaluation({ data, predicted: null, tags: [] }, { selection: [], sort: { column: "@row", descending: false }, from: 0, to: 10 });
    const table = await openItems(path, rows.key.kind === "id" ? rows.key.columns : []);
    const keys = rowKeys(rows.key, rows.key.columns);
    assert.deepEqual([...columns].sort(), [...rows.key.columns, ...(name === "content.csv" ? ["when"] : [])].filter((column, at, all) => all.indexOf(column) === at).sort());
    assert.deepEqual(rows.keys, (await table.rowsAt(rows.rows, rows.key.columns)).map((cells) => keys(cells)));
    table.close();
  }
});

test("a cohort filters everything, and says itself in words", async () => {
  const result = await view(join(folder, "hpc_cv.csv"), null, { selection: [{ kind: "slice", predicates: [{ feature: "Resample", op: "=", value: "Fold01" }] }] });
  assert.equal(result.n, 347);
  assert.equal(result.total, 3467);
  assert.equal(result.cohort, "Resample = Fold01");
});

test("tags: a column, and an expression of touchstone.yaml; one that does not fit is said, not fatal", async () => {
  const { data } = await openPredictions(join(folder, "layouts/weights-groups-tags.csv"), null, quiet);
  const { tags, notes } = collectTags(data, [{ name: "third group", where: "group = 'g2'" }, { name: "broken", where: "colour = 'red'" }], null);
  assert.deepEqual(tags.map((tag) => tag.name), ["third group", "noisy", "short"]);
  assert.equal(notes.length, 1);
  const result = viewOf({ evaluationId: "e", data, tags, tagNotes: notes, selection: [], threshold: null, stale: false });
  const row = result.tags.find((tag) => tag.tag === "third group");
  assert.equal(row?.n, 6);
  assert.ok(Math.abs(row.dataShare - 0.25) < 1e-12);
  assert.ok(Math.abs(row.lift! - row.errorShare! / 0.25) < 1e-12);
});

test("regression: RMSE, MAE, R² and the median against the mean of the labels", async () => {
  const path = temporary("regression.csv", "y,yhat\n1,1.5\n2,1\n3,3\n4,6\n10,9\n");
  const result = await view(path, { task: "regression", positive: null, columns: [{ column: "y", role: "label" }, { column: "yhat", role: "prediction" }] });
  assert.ok(Math.abs(value(result, "rmse") - Math.sqrt((0.25 + 1 + 0 + 4 + 1) / 5)) < 1e-12);
  assert.ok(Math.abs(value(result, "mae") - 0.9) < 1e-12);
  assert.ok(Math.abs(value(result, "r2") - (1 - 6.25 / 50)) < 1e-12);
  assert.equal(value(result, "median_ae"), 1);
  assert.equal(result.metrics[0]?.baseline, Math.sqrt(10));
});

const failures: readonly (readonly [string, string, string, string, number | null])[] = [
  ["an empty file", "empty.csv", "", "EMPTY_FILE", null],
  ["a header without rows", "header.csv", "label,prediction\n", "EMPTY_FILE", null],
  ["no usable column", "columns.csv", "a,b\n1,x\n2,y\n", "NO_USABLE_COLUMN", null],
  ["words among numbers", "mixed.csv", "y_true,y_pred\n1.25,1.5\n2.5,2.25\n3.75,oops\n4.5,4.25\n", "MIXED_TYPES", 4],
  ["a row with too many cells", "ragged.csv", `label,prediction\n${"a,b\n".repeat(30)}a,b,c,d\n`, "BAD_ROW", 32],
  ["broken JSON", "broken.jsonl", '{"label":"a","prediction":"b"}\n{"label":"a",\n{"label":"b","prediction":"b"}\n', "BAD_ROW", 2],
  ["another format", "model.pkl", "x", "UNKNOWN_FORMAT", null],
  ["a probability above 1", "prob.csv", "label,p_a,p_b\na,0.2,0.8\nb,1.5,0.1\n", "NO_PROBABILITY", 3],
];
for (const [what, name, text, code, line] of failures) {
  test(`${what} is an error with code, file and line`, async () => {
    const path = temporary(name, text);
    const mapping: Mapping | null = name === "mixed.csv" ? { task: "regression", positive: null, columns: [{ column: "y_true", role: "label" }, { column: "y_pred", role: "prediction" }] } : name === "prob.csv" ? { task: "binary", positive: "b", columns: [{ column: "label", role: "label" }, { column: "p_a", role: "probability", classes: ["a"] }, { column: "p_b", role: "probability", classes: ["b"] }] } : null;
    await assert.rejects(view(path, mapping), (error) => {
      assert.ok(error instanceof TouchstoneError, String(error));
      assert.equal(error.shape.code, code, error.message);
      assert.equal(error.shape.file, path);
      assert.equal(error.shape.line ?? null, line, error.message);
      return true;
    });
  });
}
