import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";
import { clearCohort, type ExpectedRows, expectRows, fromExplorer, rowsShown, tableOf } from "./evaluationScreen.ts";
import { readText, runPython } from "./oracle.ts";

export const options = { size: { width: 1600, height: 1000 } };

interface Oracle {
  readonly tag: ExpectedRows;
  readonly slice: ExpectedRows;
  readonly bar: ExpectedRows;
  readonly confusion_at_30: readonly (readonly number[])[];
  /** False and true positive rate at every distinct score. */
  readonly roc: readonly (readonly [number, number])[];
  readonly pr: readonly (readonly [number, number])[];
}

const SCRIPT = `
import json, re, sys
import numpy as np, pandas as pd
from sklearn import metrics as m
d = pd.read_csv(sys.argv[1], keep_default_na=False)
asked = json.loads(sys.argv[2])
yes = d["label"] == ">50K"
p = d["p_>50K"]
d["loss"] = -np.log(np.where(yes, p, 1 - p))
d["row"] = np.arange(1, len(d) + 1)
def rows(chosen):
    first = d[chosen].sort_values("loss", ascending=False, kind="stable").iloc[0]
    return {"n": int(chosen.sum()), "first": {"row": int(first["row"]), "log loss": first["loss"], "truth": first["label"], "prediction": first["prediction"], "p(>50K)": first["p_>50K"], "id": str(first["id"]), "age": int(first["age"]), "workclass": first["workclass"] if first["workclass"] != "?" else "—"}}
# A slice as the chip says it: "education = Some-college & age 51 – 58".
chosen = pd.Series(True, index=d.index)
for part in asked["slice"].split(" & "):
    between = re.match(r"^(\\w+) (-?[\\d.]+) – (-?[\\d.]+)$", part)
    if between:
        chosen &= (d[between[1]] >= float(between[2])) & (d[between[1]] < float(between[3]))
    else:
        name, value = part.split(" = ")
        chosen &= d[name].astype(str) == value
low, high = asked["bar"] / 15, (asked["bar"] + 1) / 15
fpr, tpr, _ = m.roc_curve(yes, p, drop_intermediate=False)
precision, recall, _ = m.precision_recall_curve(yes, p)
print(json.dumps({
    "tag": rows((d.marital_status == "Married-civ-spouse") & (d.capital_gain == 0) & (d.capital_loss == 0)), "slice": rows(chosen), "bar": rows((p > low) & (p <= high)),
    "confusion_at_30": m.confusion_matrix(yes, p >= 0.3).tolist(), "roc": list(zip(fpr, tpr)), "pr": list(zip(recall, precision)),
}))
`;

/** On predictions of two classes: tags, slices, bars and curves are pandas' and scikit-learn's; what can be done with rows leads where it says. */
export default async function evaluationRows(window: Workbench): Promise<void> {
  runPython(["train.py"], window.folder);
  const file = join(window.folder, "predictions.csv");
  let panel: Panel;
  let oracle: Oracle;

  await window.step("a CSV file is evaluated from the explorer's menu", async () => {
    await fromExplorer(window, "predictions.csv", "Evaluate Predictions…");
    panel = await window.panel("Evaluation: predictions.csv").shown();
    await panel.button(/^Evaluate$/).click();
    const slice = panel.locator("failure-table tr.act").filter({ has: panel.locator(".chips .chip") }).first().locator("button.rowlink");
    await slice.click();
    const chip = panel.locator(".cohort .chip").filter({ hasNotText: "all rows" });
    const text = (await readText(chip)).trim();
    // SAFETY: printed by the script above, in this shape.
    oracle = JSON.parse(runPython(["-c", SCRIPT, file, JSON.stringify({ slice: text, bar: 4 })])) as Oracle;
    await expectRows(panel, oracle.slice, text);
    await clearCohort(panel);
  });

  await window.step("a tag row and a bar of the probabilities open their rows", async () => {
    await panel.locator("failure-table tr.act").filter({ hasText: "married, no capital income" }).click();
    await expectRows(panel, oracle.tag, "the tag of touchstone.yaml");
    await clearCohort(panel);
    await panel.locator('calibration-plot .bar.act[aria-label^="probability 0.27 to 0.33"]').click();
    await expectRows(panel, oracle.bar, "probabilities from 4/15 to 5/15");
    await clearCohort(panel);
  });

  await window.step("ROC and precision–recall hold scikit-learn's points, and the threshold its confusion", async () => {
    for (const [button, plot, points] of [["ROC", "ROC curve", oracle.roc], ["PR", "Precision–recall curve", oracle.pr]] as const) {
      await panel.button(button).click();
      const { rows } = await tableOf(panel, plot);
      assert.ok(rows.length > 100, `${rows.length} points`);
      for (const [x = Number.NaN, y = Number.NaN] of rows) assert.ok(points.some(([px, py]) => Math.abs(px - x) < 1e-9 && Math.abs(py - y) < 1e-9), `${plot}: (${x}, ${y}) is no point of scikit-learn's`);
    }
    await panel.locator('threshold-slider input[type="number"]').fill("0.3");
    await panel.locator('threshold-slider input[type="number"]').press("Enter");
    const cell = panel.locator("confusion-matrix .cell .count");
    await cell.first().filter({ hasText: new RegExp(`^${String(oracle.confusion_at_30[0]?.[0]).replace(/\B(?=(\d{3})+$)/, "\\D{1,3}")}$`) }).waitFor();
    assert.deepEqual((await cell.allInnerTexts()).map((text) => Number(text.replace(/\D/g, ""))), oracle.confusion_at_30.flat());
    await panel.button("Predictions as in the file").click();
  });

  await window.step("a slice becomes a tag of touchstone.yaml, by its name", async () => {
    await panel.locator("failure-table tr.act").filter({ has: panel.locator(".chips .chip") }).first().click();
    const chip = (await readText(panel.locator(".cohort .chip").filter({ hasNotText: "all rows" }))).trim();
    await panel.button(/^Tag$/).click();
    await window.quickInput.answer("hard ones");
    await panel.locator("failure-table tr.act").filter({ hasText: "hard ones" }).waitFor();
    const yaml = readFileSync(join(window.folder, "touchstone.yaml"), "utf8");
    const [name = "", value = ""] = chip.split(" & ")[0]?.split(" = ") ?? [];
    assert.match(yaml, new RegExp(`^ {2}hard ones: .*${name} = ["']+${value}`, "m"));
    assert.match(yaml, /# rows to look at one kind at a time/, "comments stay");
    await clearCohort(panel);
  });

  await window.step("a tag that is written into touchstone.yaml by hand is counted as the file is saved", async () => {
    const yaml = join(window.folder, "touchstone.yaml");
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("  hard ones:", "  by hand: age >= 60\n  hard ones:"));
    await panel.frame.getByRole("tab", { name: "Tags" }).click();
    await panel.locator("failure-table tr.act").filter({ hasText: "by hand" }).waitFor();
    await panel.frame.getByRole("tab", { name: "Overview" }).click();
  });

  await window.step("chosen rows are a cohort of their own, and a tag by their ids", async () => {
    const shown = await rowsShown(panel, 3);
    for (const row of [0, 2]) await choose(panel, row);
    await panel.button(/^New cohort$/).click();
    await panel.locator(".cohort .chip").filter({ hasText: "2 chosen rows" }).waitFor();
    await panel.locator("evaluation-rows .head .small").filter({ hasText: /^2 rows, / }).waitFor();
    assert.deepEqual((await rowsShown(panel, 2)).map((row) => row["id"]), [shown[0]?.["id"], shown[2]?.["id"]]);
    for (const row of [0, 1]) await choose(panel, row);
    await panel.button(/^Tag$/).click();
    await window.quickInput.answer("two");
    await panel.locator("failure-table tr.act .cut").filter({ hasText: /^two$/ }).waitFor();
    assert.match(readFileSync(join(window.folder, "touchstone.yaml"), "utf8"), new RegExp(`^ {2}two: .*id in \\(["']+${shown[0]?.["id"]}["']+, ["']+${shown[2]?.["id"]}["']+\\)`, "m"));
  });

  await window.step("Label hands exactly these rows to a new label set", async () => {
    const ids = (await rowsShown(panel, 2)).map((row) => `r:${row["id"]}`);
    for (const row of [0, 1]) await choose(panel, row);
    await panel.button(/^Label$/).click();
    await answerQuestions(window, "two-rows");
    const labeling = await window.panel("Label: two-rows").shown();
    await labeling.button(/^Label as/).click();
    await labeling.byText("0 of 2").waitFor();
    const set = join(window.folder, "labels", "two-rows");
    assert.ok(readdirSync(set).includes("labels.yaml"));
    const items = readFileSync(join(set, "items.jsonl"), "utf8").trimEnd().split("\n");
    assert.deepEqual(items.map((line): string => JSON.parse(line).item), ids);
    await labeling.close();
  });

  await window.step("Open source goes to the row's line in the file", async () => {
    await panel.shown();
    await panel.locator("evaluation-rows .head .small").filter({ hasText: /^2 rows, / }).waitFor();
    const [first] = await rowsShown(panel, 1);
    await choose(panel, 0);
    await panel.button(/^Open source$/).click();
    // The header is line 1.
    const line = Number(first?.["row"]?.replace(/\D/g, "")) + 1;
    await window.statusItem(`Ln ${line},`).waitFor();
    assert.ok((await window.editor("predictions.csv").text()).includes(`\n${first?.["id"]},`));
  });
}

/** Ticks a row's box. */
async function choose(panel: Panel, row: number): Promise<void> {
  const line = panel.locator(`evaluation-rows data-grid [data-row="${row}"]`).last();
  await line.hover();
  await line.locator("[data-check]").click();
}

/** The questions of a new label set as they are proposed, but for its name. */
async function answerQuestions(window: Workbench, name: string): Promise<void> {
  const title = (step: string): Promise<void> => window.page.locator(".quick-input-title").filter({ hasText: step }).waitFor();
  await title("2/4");
  await window.quickInput.accept();
  await title("3/4");
  await window.quickInput.accept();
  await title("4/4");
  await window.quickInput.fill(name);
  await window.quickInput.accept();
}
