// Golden values: scikit-learn 1.9.1 with sample_weight, through test/python/evaluation_golden.py, on the same files and weights.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { EvaluationView, Mapping } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { describeFile, openPredictions } from "./open.ts";
import { weightedSides } from "../statistics/sides.ts";
import { rank } from "./ranking.ts";
import { viewOf } from "./view.ts";

const fixtures = fileURLToPath(new URL("../../test/fixtures/evaluation/", import.meta.url));
// SAFETY: the file is written by the script named above, in this shape.
const golden = JSON.parse(readFileSync(join(fixtures, "golden.json"), "utf8")) as { weighted: Record<"binary" | "zero" | "multiclass" | "regression", Record<string, number>>; longley: { y: number[]; predicted: number[] } };
const folder = mkdtempSync(join(tmpdir(), "touchstone-weights-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The file with one more column. */
function withColumn(name: string, text: string, column: string, value: (row: number) => string | number): string {
  const path = join(folder, name);
  writeFileSync(path, text.trimEnd().split("\n").map((line, i) => `${line},${i === 0 ? column : value(i - 1)}`).join("\n"));
  return path;
}

async function evaluate(path: string, more: Partial<Mapping> = {}): Promise<EvaluationView> {
  const { mapping } = await describeFile(path, { declared: null, before: null });
  assert.equal(mapping.columns.find(({ column }) => column === "sample_weight")?.role, "weight");
  const { data } = await openPredictions(path, { ...mapping, ...more }, { cancelled: () => false, onProgress: () => undefined });
  return viewOf({ evaluationId: "e", data, tags: [], tagNotes: [], selection: [], threshold: null, stale: false });
}

function agrees(view: EvaluationView, expected: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(expected)) {
    const found = view.metrics.find((metric) => metric.key === key)?.estimate;
    assert.ok(found?.value != null && Math.abs(found.value - value) < 1e-9, `${key}: ${found?.value} ${value}`);
    assert.ok(found.low <= found.value && found.value <= found.high && found.low < found.high, `${key} lies in its interval`);
  }
}

test("weighted metrics are scikit-learn's with sample_weight; the answer and the notes say so, counts stay counts", async () => {
  const two = await evaluate(withColumn("two.csv", readFileSync(join(fixtures, "two_class_example.csv"), "utf8"), "sample_weight", (row) => (row % 5) + 0.5), { positive: "Class1" });
  agrees(two, golden.weighted.binary);
  assert.match(two.answer, /^Weighted error \*\*/);
  assert.match(two.notes.join("\n"), /weigh each row by “sample_weight”, as scikit-learn's sample_weight does/);
  assert.deepEqual(two.confusion?.matrix, [[227, 31], [50, 192]]);
  assert.deepEqual([two.n, two.perClass[0]?.n, two.metrics[0]?.estimate.n], [500, 258, 500]);

  const many = await evaluate(withColumn("many.csv", readFileSync(join(fixtures, "hpc_cv.csv"), "utf8"), "sample_weight", (row) => (row % 3) + 1));
  agrees(many, golden.weighted.multiclass);
  const { y, predicted } = golden.longley;
  const numbers = await evaluate(withColumn("numbers.csv", `y_true,y_pred\n${y.map((value, i) => `${value},${predicted[i]}`).join("\n")}`, "sample_weight", (row) => (row % 4) + 0.5));
  agrees(numbers, golden.weighted.regression);
});

test("rows of weight 0 with the highest scores count nowhere, and curves stay thinned", async () => {
  const text = readFileSync(join(fixtures, "two_class_example.csv"), "utf8");
  const [header = "", ...lines] = text.trimEnd().split("\n").map((line) => line.split(","));
  const at = header.indexOf("Class1");
  const scores = lines.map((cells) => Number(cells[at]));
  const zero = await evaluate(withColumn("zero.csv", text, "sample_weight", (row) => (scores[row]! > 0.99 ? 0 : row % 5)), { positive: "Class1" });
  agrees(zero, golden.weighted.zero);
  assert.ok([...zero.pr!.x, ...zero.pr!.y, ...zero.roc!.x, ...zero.roc!.y].every(Number.isFinite));
  const score = Float64Array.from({ length: 5_000 }, (_, row) => -row);
  const ranking = rank(weightedSides(score, (row) => row % 3 === 0, { length: 5_000, at: (row) => (row === 0 ? 0 : 1) }));
  assert.ok(ranking.pr.x.length < 1_000 && ranking.roc.x.length < 1_000, `${ranking.pr.x.length} points`);
});

test("equal weights change no number, and intervals only a little", async () => {
  const text = readFileSync(join(fixtures, "two_class_example.csv"), "utf8");
  const weighed = await evaluate(withColumn("equal.csv", text, "sample_weight", () => 2), { positive: "Class1" });
  const { mapping } = await describeFile(join(fixtures, "two_class_example.csv"), { declared: null, before: null });
  const { data } = await openPredictions(join(fixtures, "two_class_example.csv"), { ...mapping, positive: "Class1" }, { cancelled: () => false, onProgress: () => undefined });
  const plain = viewOf({ evaluationId: "e", data, tags: [], tagNotes: [], selection: [], threshold: null, stale: false });
  plain.metrics.forEach(({ key, estimate: expected }, i) => {
    const { estimate: found } = weighed.metrics[i]!;
    assert.ok(expected.value !== null && found.value !== null);
    assert.ok(Math.abs(found.value - expected.value) < 1e-12, key);
    const width = expected.high - expected.low;
    assert.ok(Math.abs(found.low - expected.low) < 0.15 * width && Math.abs(found.high - expected.high) < 0.15 * width, `${key}: [${found.low}, ${found.high}] [${expected.low}, ${expected.high}]`);
  });
});

test("a missing weight leaves its row out; one below 0 is an error with its line", async () => {
  const rows = "label,prediction\na,a\na,b\nb,b\nb,b";
  const holed = await evaluate(withColumn("holed.csv", rows, "sample_weight", (row) => ["1", "", "0", "2"][row]!));
  assert.equal(holed.n, 3);
  await assert.rejects(evaluate(withColumn("below.csv", rows, "sample_weight", (row) => [1, 2, -1, 2][row]!)), (error) => error instanceof TouchstoneError && error.shape.code === "NO_WEIGHT" && error.shape.line === 4);
});
