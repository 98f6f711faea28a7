import assert from "node:assert/strict";
import { test } from "node:test";
import { withStore } from "../store/store.fixture.ts";
import { findBaseline } from "./baseline.ts";
import { type MadeRun, tableOf } from "./groups/groups.fixture.ts";
import { openRunTable } from "./openTable.ts";
import { singly } from "./groups/partition.ts";
import { atOnce } from "./turns.ts";
import { runQuery } from "./query.ts";
import { type RunValues, storeRuns } from "./runs.fixture.ts";
import { bestOfColumns, tableAnswer } from "./tableAnswer.ts";

/** The sentence and the best runs of a table in which the first `finished` runs have ended. */
async function answerOf(runs: readonly RunValues[], finished: number, columns: readonly string[] = []): Promise<{ text: string; best: Record<string, string> }> {
  let answer = { text: "", best: {} };
  await withStore(async (store) => {
    const table = openRunTable(store);
    await storeRuns(store, runs);
    for (const [index, { id }] of runs.entries()) await store.write("run.update", { runIds: [id], status: index < finished ? "finished" : "running" });
    const { rows } = runQuery(table, {});
    const scope = { table, declared: [], baseline: null, baselineDeclared: false };
    const best = atOnce(bestOfColumns(scope, singly(rows), rows.map((_, place) => place), columns));
    answer = { text: atOnce(tableAnswer(scope, rows)), best: Object.fromEntries([...best].map(([id, [row = 0]]) => [id, table.run(row).runId])) };
  });
  return answer;
}

const run = (id: string, lr: string, metrics: Record<string, number>): RunValues => ({ id, params: { lr }, metrics });

test("the best finished run by the key metric, with its lead; running ones do not win", async () => {
  const { text } = await answerOf([run("a", "0.1", { val_f1: 0.7 }), run("b", "0.2", { val_f1: 0.75 }), run("c", "0.3", { val_f1: 0.99 })], 2);
  assert.equal(text, "**lr 0.2** is best on val_f1: **0.75**, 0.05 ahead of lr 0.1 (2 runs finished; one run each does not rule out chance). 1 run is under way.");
});

test("a metric that should fall is best at its lowest; NaN is never best; one value makes no best", async () => {
  const runs = [run("a", "0.1", { val_loss: 0.3, acc: 0.5 }), run("b", "0.2", { val_loss: Number.NaN }), run("c", "0.3", { val_loss: 0.2 })];
  const { text, best } = await answerOf(runs, 3, ["metrics.val_loss", "metrics.acc", "params.lr"]);
  assert.match(text, /^\*\*lr 0\.3\*\* is best on val_loss: \*\*0\.2\*\*, 0\.1 ahead of lr 0\.1/);
  assert.deepEqual(best, { "metrics.val_loss": "c" });
});

test("what is missing to say which is best is said", async () => {
  assert.equal((await answerOf([], 0)).text, "");
  assert.equal((await answerOf([run("a", "0.1", {})], 0)).text, "No run has finished yet. 1 run is under way.");
  assert.equal((await answerOf([run("a", "0.1", {})], 1)).text, "1 run finished, and none logged a metric.");
  assert.match((await answerOf([run("a", "0.1", { val_zeta: 1 })], 1)).text, /Whether val_zeta should rise or fall is not known: declare it in touchstone\.yaml\.$/);
  assert.match((await answerOf([run("a", "0.1", { loss: 1 })], 1)).text, /No metric is named as held-out/);
  assert.match((await answerOf([run("a", "0.1", { val_f1: 0.5 })], 1)).text, /the only finished run with val_f1: \*\*0\.5\*\*\. A second run makes a comparison\.$/);
  assert.match((await answerOf([run("a", "0.1", { val_f1: 0.5 }), run("b", "0.2", { val_f1: 0.5 })], 2)).text, /are level on val_f1: \*\*0\.5\*\* \(2 runs finished\)\.$/);
});

const seeds = (lr: string, values: readonly number[]): MadeRun[] => values.map((val_f1, i) => ({ params: { lr, seed: String(i) }, metrics: { val_f1 } }));

/** The sentence about made-up runs with a baseline among them. */
function sentenceOf(runs: readonly MadeRun[], baseline: string | null = null): string {
  const table = tableOf(runs);
  return atOnce(tableAnswer({ table, declared: [], baseline: findBaseline(table, baseline === null ? null : { run: baseline }), baselineDeclared: baseline !== null }, runQuery(table, {}).rows));
}

// Intervals: scipy.stats.ttest_ind(…, equal_var=False).confidence_interval(.95), SciPy 1.17.1.
test("seeds of one configuration are one: mean ± standard error, the interval over the baseline, and whether the next can be told apart", () => {
  const five = seeds("0.05", [0.93, 0.94, 0.92, 0.95, 0.93]);
  const base = seeds("0.1", [0.91, 0.9, 0.92]);
  assert.equal(
    sentenceOf([...five, ...base], "r5"),
    "**lr 0.05** is best on val_f1: **0.9340** ± 0.0051 (5 seeds), [+|+0.024] over the baseline (95 % CI +0.004 … +0.044). Next is lr 0.1, 0.024 behind (95 % CI +0.004 … +0.044).",
  );
  assert.equal(
    sentenceOf([...five, ...base, ...seeds("0.2", [0.933, 0.925])], "r5"),
    "**lr 0.05** is best on val_f1: **0.9340** ± 0.0051 (5 seeds), [+|+0.024] over the baseline (95 % CI +0.004 … +0.044). lr 0.2 (2 seeds) cannot be told apart from it (95 % CI −0.013 … +0.023).",
  );
  assert.equal(sentenceOf([...five, ...base]), "**lr 0.05** is best on val_f1: **0.9340** ± 0.0051 (5 seeds), 0.024 ahead of lr 0.1 (95 % CI +0.004 … +0.044).");
  assert.match(sentenceOf([...five, ...base], "r0"), /ahead of lr 0\.1 \(95 % CI [^)]*\)\. It is the baseline\.$/);
});

test("what the data cannot answer is said: one seed, a baseline with one run, no spread, a seed that diverged, a baseline without a value", () => {
  const five = seeds("0.05", [0.93, 0.94, 0.92, 0.95, 0.93]);
  assert.match(sentenceOf([...five, ...seeds("0.1", [0.91])], "r5"), /, \+0\.024 over the baseline \(one run of the baseline: chance is not ruled out; run it with more seeds\)\. lr 0\.1 · seed 0, one seed, cannot be told apart from it\.$/);
  assert.match(sentenceOf([...five, ...seeds("0.1", [0.91])]), /0\.024 ahead of lr 0\.1 · seed 0 \(lr 0\.1 · seed 0 ran with one seed: chance is not ruled out\)\.$/);
  assert.match(sentenceOf([...seeds("0.05", [0.9, 0.9]), ...seeds("0.1", [0.8, 0.8])]), /\*\*0\.9\*\* ± 0 \(2 seeds\), 0\.1 ahead of lr 0\.1 \(their runs do not vary, so chance cannot be judged: is the seed fixed in the code\?\)\.$/);
  assert.match(sentenceOf([...seeds("0.05", [0.9, 0.92, Number.NaN]), ...seeds("0.1", [0.8, 0.81])]), /± 0\.010 \(3 seeds, 1 of them without a finite value\)/);
  assert.match(sentenceOf([...five, ...seeds("0.1", [0.91, 0.9])], "nobody"), /The baseline of touchstone\.yaml has no finished run with a value here\.$/);
  assert.match(sentenceOf([...seeds("0.05", [0.9, 0.92])]), /is the only finished configuration with val_f1: .* A second one makes a comparison\.$/);
});

test("a difference within chance is not coloured; a loss that falls is better below the baseline", () => {
  assert.match(sentenceOf([...seeds("0.05", [0.93, 0.9, 0.95]), ...seeds("0.1", [0.91, 0.92, 0.9])], "r3"), /, \+0\.017 over the baseline \(95 % CI [^)]*: within chance\)/);
  const loss = (lr: string, values: readonly number[]): MadeRun[] => values.map((val_loss, i) => ({ params: { lr, seed: String(i) }, metrics: { val_loss } }));
  assert.match(sentenceOf([...loss("0.05", [0.2, 0.21, 0.22]), ...loss("0.1", [0.5, 0.51, 0.52])], "r3"), /\[\+\|−0\.300\] under the baseline \(95 % CI −0\.323 … −0\.277\)/);
});
