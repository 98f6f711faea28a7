import assert from "node:assert/strict";
import { test } from "node:test";
import { withStore } from "../store/store.fixture.ts";
import { openRunTable } from "./openTable.ts";
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
    answer = { text: tableAnswer(table, rows, []), best: bestOfColumns(table, rows, columns, []) };
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
