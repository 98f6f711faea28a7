// The whole way of the engine: worker thread, tasks, store. Numbers are those of scikit-learn (see evaluate.test.ts).
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TouchstoneError } from "../api/tokens.ts";
import { createCompute, type Compute } from "../compute/compute.ts";
import { editConfig } from "../config/edit.ts";
import { loadConfig } from "../config/load.ts";
import { launchOf } from "../store/store.fixture.ts";
import { openStore, type Store } from "../store/store.ts";
import { evaluatedLine, Evaluations } from "./service.ts";
import { residualsTask, rowsTask, slicesTask, viewTask } from "./tasks.ts";

const fixtures = fileURLToPath(new URL("../../test/fixtures/evaluation/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "touchstone evaluations ß "));
let store: Store;
let compute: Compute;
let evaluations: Evaluations;

before(async () => {
  store = await openStore({ folder });
  compute = createCompute(() => undefined);
  evaluations = new Evaluations({ folder, store, compute, tagRules: () => [{ name: "first folds", where: "Resample in ('Fold01', 'Fold02')" }], mappings: () => loadConfig(folder).config.mappings, remember: (edits) => editConfig(folder, edits), log: () => undefined, saved: () => undefined });
  copyFileSync(join(fixtures, "hpc_cv.csv"), join(folder, "predictions.csv"));
});
after(async () => {
  await compute.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a file is evaluated on the worker, stored, and found again with its mapping", async () => {
  const view = await evaluations.run("predictions.csv", null, "run1", {});
  assert.equal(view.path, "predictions.csv");
  assert.equal(view.n, 3467);
  assert.equal(view.tags[0]?.tag, "first folds");
  const [head] = evaluations.list({ path: "predictions.csv" });
  assert.equal(head?.evaluationId, view.evaluationId);
  assert.equal(head?.runId, "run1");
  assert.equal(head?.error, "error 29.1 %");
  const record = store.read.evaluations.byId(view.evaluationId);
  assert.ok(record);
  assert.match(evaluatedLine(record), /^acc 0\.7087 ± 0\.015/);
  const described = await evaluations.describe("predictions.csv", {});
  assert.equal(described.remembered, true);
});

test("tags are those that are declared now, without the file being read again", async () => {
  let rules = [{ name: "first fold", where: "Resample = 'Fold01'" }];
  const own = new Evaluations({ folder, store, compute, tagRules: () => rules, mappings: () => [], remember: () => undefined, log: () => undefined, saved: () => undefined });
  const { evaluationId, tags } = await own.run("predictions.csv", null, null, {});
  const before = tags.map(({ tag }) => tag);
  rules = [{ name: "second fold", where: "Resample = 'Fold02'" }, { name: "nothing", where: "nobody > 1" }];
  const view = await compute.run(viewTask, { source: own.source(evaluationId), selection: [{ kind: "tag", tag: "second fold" }], threshold: null });
  assert.deepEqual([before, view.tags.map(({ tag, n }) => [tag, n === view.n]), view.notes.filter((note) => note.startsWith("The tag"))], [["first fold"], [["second fold", true]], ["The tag “nothing” does not fit this file: This file has no column `nobody`."]]);
});

test("a new worker opens the file again from what is stored", async () => {
  const [head] = evaluations.list({});
  const other = createCompute(() => undefined);
  try {
    const source = new Evaluations({ folder, store, compute: other, tagRules: () => [], mappings: () => loadConfig(folder).config.mappings, remember: (edits) => editConfig(folder, edits), log: () => undefined, saved: () => undefined }).source(head!.evaluationId);
    const rows = await other.run(rowsTask, { source, selection: [{ kind: "wrong" }], threshold: null, sort: { column: "@loss", descending: true }, from: 0, to: 5 });
    assert.equal(rows.total, Math.round(3467 * (1 - 0.7086818575137006)));
    const cohort = await other.run(viewTask, { source, selection: [{ kind: "cell", label: "M", prediction: "F" }], threshold: null });
    assert.equal(cohort.n, 219);
  } finally {
    await other.close();
  }
});

test("slices come with a sentence; classes have no residuals, and the error says so", async () => {
  const source = evaluations.source(evaluations.list({})[0]!.evaluationId);
  const slices = await compute.run(slicesTask, { source, threshold: null, settings: {} });
  assert.equal(slices.exact, true);
  assert.ok(slices.answer.length > 0);
  await assert.rejects(compute.run(residualsTask, { source, selection: [], feature: null }), (error) => error instanceof TouchstoneError && error.shape.code === "NO_RESIDUALS");
});

test("a large reading can be cancelled: its work ends, nothing is stored, and the next evaluation works", async () => {
  writeFileSync(join(folder, "large.csv"), `label,prediction,x\n${"1,0,0.25\n0,0,0.5\n".repeat(400_000)}`);
  const controller = new AbortController();
  const running = evaluations.run("large.csv", null, null, { signal: controller.signal, onProgress: () => controller.abort() });
  await assert.rejects(running, (error) => error instanceof TouchstoneError && error.shape.code === "CANCELLED");
  await compute.quiet();
  assert.deepEqual(evaluations.list({ path: "large.csv" }), []);
  assert.equal((await evaluations.run("predictions.csv", null, null, {})).n, 3467);
});

test("predictions are those of the run that wrote the file last, whichever run the page was opened from", async () => {
  for (const [runId, time] of [["first", 1], ["second", 2]] as const) {
    await store.write("launch.create", launchOf(`launch-${runId}`, runId, { start: time }));
    await store.write("launch.events", { launchId: `launch-${runId}`, stream: "events", from: 0, to: 1, files: [{ path: "predictions.csv", bytes: 10, digest: null, site: null, model: null, direction: "output", time }] });
  }
  const view = await evaluations.run("predictions.csv", null, "first", {});
  assert.deepEqual([view.runId, evaluations.list({ runId: "second" }).length], ["second", 1]);
});

test("a file that was written again is stale", async () => {
  const view = await evaluations.run("predictions.csv", null, null, {});
  copyFileSync(join(fixtures, "two_class_example.csv"), join(folder, "predictions.csv"));
  const again = await compute.run(viewTask, { source: evaluations.source(view.evaluationId), selection: [], threshold: null });
  assert.equal(again.stale, true);
});

test("a mapping that a person confirms is remembered in touchstone.yaml, with what stands there, and read when the file comes again", async () => {
  const file = join(folder, "touchstone.yaml");
  writeFileSync(file, "# ours\ntags:\n  easy: x < 1 # small\nmappings:\n  other/*.csv: { columns: { a: label } }\n");
  writeFileSync(join(folder, "answers.csv"), `who,a,b,x\n${Array.from({ length: 40 }, (_, i) => `${i % 4},${i % 2 ? "yes" : "no"},${i % 3 ? "yes" : "no"},${i}`).join("\n")}\n`);
  const roles = { a: "label", b: "prediction", x: "feature", who: "group" } as const;
  const mapping = { task: "binary" as const, positive: "no", columns: (["who", "a", "b", "x"] as const).map((column) => ({ column, role: roles[column] })) };
  await evaluations.run("answers.csv", mapping, null, {}, true);
  assert.equal(readFileSync(file, "utf8"), `# ours\ntags:\n  easy: x < 1 # small\nmappings:\n  other/*.csv: { columns: { a: label } }\n  answers.csv:\n    task: binary\n    positive: no\n    columns:\n      who: group\n      a: label\n      b: prediction\n`);
  const again = await evaluations.run("answers.csv", null, null, {});
  assert.deepEqual(again.mapping, mapping);
  const described = await evaluations.describe("answers.csv", {});
  assert.deepEqual([described.remembered, described.mapping], [true, mapping]);

  // Another role changes that line only; what would be taken anyhow changes nothing; a command line changes nothing.
  const before = readFileSync(file, "utf8").replace("who: group", "who: group # the annotator");
  writeFileSync(file, before);
  await evaluations.run("answers.csv", mapping, null, {}, true);
  await evaluations.run("answers.csv", { ...mapping, positive: "yes" }, null, {});
  assert.equal(readFileSync(file, "utf8"), before);
  await evaluations.run("answers.csv", { ...mapping, columns: mapping.columns.map((each) => (each.column === "who" ? { column: "who", role: "split" as const } : each)) }, null, {}, true);
  assert.equal(readFileSync(file, "utf8"), before.replace("who: group #", "who: split #"));

  // A broken file is not written to, and the evaluation says so.
  writeFileSync(file, "tags: [\n");
  const { notes } = await evaluations.run("answers.csv", mapping, null, {}, true);
  assert.match(notes.at(-1) ?? "", /^The roles of the columns could not be written into touchstone\.yaml: /);
  assert.equal(readFileSync(file, "utf8"), "tags: [\n");
  rmSync(file);
});
