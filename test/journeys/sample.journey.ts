import assert from "node:assert/strict";
import { join } from "node:path";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";
import { askSklearn, lastPrinted, readText, votesOf } from "./oracle.ts";

export const options = { size: { width: 1600, height: 1000 } };

/** The way through all parts on the sample, as a newcomer goes it: run, watch, compare, evaluate, label, back to the code. */
export default async function sample(window: Workbench): Promise<void> {
  await window.step("run and track from the lens", async () => {
    const editor = await window.openFile("train.py", "__main__");
    await editor.clickLens("Run & track");
    await lens(window, "1 run");
    assert.match(await window.terminalText(), /epoch \d+\/20 train_loss=/);
  });

  await window.step("again with other arguments", async () => {
    await window.editor("train.py").clickLens("with arguments");
    await window.quickInput.fill("--lr 0.1 --epochs 30");
    await window.page.keyboard.press("Enter");
    await lens(window, "2 runs");
    await lens(window, "what changed");
    await terminalSays(window, "epoch 30/30");
  });

  await window.step("the tree tells the two apart", async () => {
    const tree = await window.tree("Experiments", "Touchstone");
    await window.page.locator(".part.sidebar").getByText("lr 0.1 · epochs 30").waitFor();
    const rows = (await tree.rows()).join("\n");
    assert.match(rows, /train\.py/);
    assert.match(rows, /lr 0\.02 · epochs 20/);
    await window.page.keyboard.press("ControlOrMeta+J");
  });

  let table: Panel;
  await window.step("the table shows the last values and sorts", async () => {
    await window.editor("train.py").clickLens("2 runs");
    table = await window.panel(/Experiments/).shown();
    await table.byText("lr 0.1 · epochs 30").waitFor();
    const shown = await readText(table.locator("run-grid"));
    for (const printed of lastPrinted(window.folder, "val_f1")) assert.ok(shown.includes(printed), `${printed} is not in ${shown}`);
    const order = (): Promise<string[]> => table.locator("run-grid [role=row] a.title").allInnerTexts();
    assert.deepEqual(await order(), ["lr 0.1 · epochs 30", "lr 0.02 · epochs 20"], "newest first");
    await table.locator("run-grid [role=columnheader]").filter({ hasText: "val_loss" }).click();
    await table.locator("run-grid [role=row] a.title").first().filter({ hasText: "lr 0.02" }).waitFor();
    assert.deepEqual(await order(), ["lr 0.02 · epochs 20", "lr 0.1 · epochs 30"], "the smaller loss first");
  });

  await window.step("comparing says what differs", async () => {
    await window.editor("train.py").clickLens("what changed");
    const compare = await window.panel(/Compare/).shown();
    await compare.byText("val_f1").waitFor();
    const text = await readText(compare.locator("main"));
    assert.match(text, /lr 0\.02 0\.1/);
    assert.match(text, /The same in all: code/);
  });

  await window.step("the run page", async () => {
    await window.editor("train.py").clickLens("best");
    const run = await window.panel(/lr 0\.1 · epochs 30/).shown();
    await run.byText("data/adult.csv").waitFor();
    const text = await readText(run.locator("main"));
    assert.match(text, /best of 2 runs/, text);
    assert.match(text, /predictions\.csv/);
    assert.match(text, /train\.py : \d+/);
  });

  let evaluation: Panel;
  await window.step("evaluating the predictions, the mapping guessed", async () => {
    await window.editor("train.py").clickLens("Evaluate predictions.csv");
    evaluation = await window.panel(/Evaluation/).shown();
    await evaluation.button(/^Evaluate$/).click();
    await evaluation.byText("Where it fails").waitFor();
  });

  await window.step("its numbers are scikit-learn's", async () => {
    const oracle = askSklearn(join(window.folder, "predictions.csv"));
    const text = await readText(evaluation.locator("main"));
    for (const [name, value] of [["accuracy", oracle.accuracy], ["F1", oracle.f1], ["AUC", oracle.auc], ["log loss", oracle.log_loss]] as const) {
      assert.match(text, new RegExp(`${name} ?[↑↓] ?${value.toFixed(4)}`, "i"), name);
    }
    const cells = await Promise.all((await evaluation.locator("confusion-matrix button.cell .count").all()).map((cell) => readText(cell)));
    assert.deepEqual(cells.map(Number), oracle.confusion.flat());
  });

  await window.step("a confusion cell opens its rows", async () => {
    const cell = evaluation.locator("confusion-matrix button.cell.wrong .count").first();
    const count = await readText(cell);
    await cell.click();
    await evaluation.byText(new RegExp(`^${count} rows`)).waitFor();
    await evaluation.locator(".cohort").getByText("Clear").click();
  });

  await window.step("the worst slice, and its rows labeled with one key each", async () => {
    await evaluation.locator("failure-table tr.act").last().locator("button.rowlink").click();
    await evaluation.locator(".cohort").getByText("Clear").waitFor();
    await evaluation.button(/^Label/).click();
    await nameTheSet(window);
    const labeling = await window.panel("Label: worst").shown();
    await labeling.button(/Another Name/).click();
    await window.quickInput.answer("mei");
    const place = labeling.locator("item-view .head > span").first();
    await place.waitFor();
    for (const key of ["1", "2", "1"]) {
      const before = await place.innerText();
      await window.page.keyboard.press(key);
      await place.filter({ hasNotText: new RegExp(`^${before}$`) }).waitFor();
    }
    const votes = votesOf(window.folder, "worst");
    assert.deepEqual([votes.length, new Set(votes.map(({ item }) => item)).size, votes.every(({ by }) => by === "mei")], [3, 3, true]);
    await window.page.keyboard.press("z");
    await labeling.locator(".count").filter({ hasText: /^2\s/ }).waitFor();
  });

  await window.step("back in the code, the line says how good it was", async () => {
    const editor = window.editor("train.py");
    await window.tab("train.py").click();
    await lens(window, "Evaluated:");
    assert.ok((await editor.lenses()).some((text) => /Evaluated: .*0\.8\d+/.test(text)), (await editor.lenses()).join(" | "));
    const evaluations = await window.tree("Evaluations", "Touchstone");
    const [only, ...others] = await evaluations.rows();
    assert.match(only ?? "", /^predictions\.csv ?error 1\d\.\d % worst: .+/);
    assert.deepEqual(others, []);
    await evaluations.click("predictions.csv");
    await window.panel(/Evaluation/).shown();
  });

  await window.step("panels come back after a reload", async () => {
    await window.reload();
    const restored = await window.panel(/Experiments/).shown();
    await restored.byText("lr 0.1 · epochs 30").waitFor();
  });
}

async function lens(window: Workbench, text: string): Promise<void> {
  await window.editor("train.py").lens(text).waitFor();
}

async function terminalSays(window: Workbench, text: string): Promise<void> {
  await window.page.locator(".terminal-wrapper.active .xterm-rows").getByText(text).first().waitFor();
}

/** The questions of a new label set: its name is typed, the rest is as proposed. */
async function nameTheSet(window: Workbench): Promise<void> {
  for (const title of ["2/4", "3/4"]) {
    await window.page.locator(".quick-input-title").filter({ hasText: title }).waitFor();
    await window.quickInput.accept();
  }
  await window.page.locator(".quick-input-title").filter({ hasText: "4/4" }).waitFor();
  await window.quickInput.fill("worst");
  await window.quickInput.accept();
}
