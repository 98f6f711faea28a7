import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expectAccessible } from "../host/accessible.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";
import { root } from "../run/entry.mjs";
import { clearCohort, type ExpectedRows, expectRows, tableOf } from "./evaluationScreen.ts";
import { readText, runPython } from "./oracle.ts";

export const options = { size: { width: 1600, height: 1000 } };

interface Oracle {
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion: readonly (readonly number[])[];
  readonly cell: ExpectedRows;
  readonly truth: ExpectedRows;
  readonly predicted: ExpectedRows;
  readonly class_row: ExpectedRows;
  /** Of the calibration's bins: from, to, rows, mean probability, share observed. */
  readonly bins: readonly (readonly number[])[];
  readonly bar: ExpectedRows;
  readonly f1_of_class: number;
}

const SCRIPT = `
import json, sys
import numpy as np, pandas as pd
from sklearn import metrics as m
d = pd.read_csv(sys.argv[1])
names = ["F", "L", "M", "VF"]
p = d[names].to_numpy()
p = p / p.sum(axis=1, keepdims=True)
at = d["obs"].map(names.index).to_numpy()
eps = np.finfo(float).eps
d["loss"] = -np.log(np.clip(p[np.arange(len(d)), at], eps, 1 - eps))
d["top"] = p.max(axis=1)
d["row"] = np.arange(1, len(d) + 1)
def rows(chosen):
    first = d[chosen].sort_values("loss", ascending=False, kind="stable").iloc[0]
    return {"n": int(chosen.sum()), "first": {"row": int(first["row"]), "log loss": first["loss"], "truth": first["obs"], "prediction": first["pred"], "highest p": first["top"], "Resample": first["Resample"]}}
edges = np.linspace(0, 1, 16)
where = np.clip(np.ceil(d["top"] * 15 - 1e-12).astype(int) - 1, 0, 14)
right = pd.Series(p.argmax(axis=1) == at)
bins = [[edges[b], edges[b + 1], int((where == b).sum()), d["top"][where == b].mean(), right[where == b].mean()] for b in range(15) if (where == b).any()]
print(json.dumps({
    "metrics": {"accuracy": m.accuracy_score(d.obs, d.pred), "macro_f1": m.f1_score(d.obs, d.pred, average="macro"), "kappa": m.cohen_kappa_score(d.obs, d.pred),
        "auc_ovr": m.roc_auc_score(d.obs, p, multi_class="ovr", labels=names), "log_loss": m.log_loss(d.obs, p, labels=names)},
    "confusion": m.confusion_matrix(d.obs, d.pred, labels=names).tolist(),
    "cell": rows((d.obs == "F") & (d.pred == "L")), "truth": rows(d.obs == "M"), "predicted": rows(d.pred == "L"), "class_row": rows(d.obs == "L"),
    "bins": bins, "bar": rows(pd.Series(where == 14)),
    "f1_of_class": m.f1_score(d.obs, d.pred, labels=["L"], average=None)[0],
}))
`;

/** Predictions of four classes are mapped and evaluated; numbers, and the rows that each click opens, are scikit-learn's and pandas'. */
export default async function evaluation(window: Workbench): Promise<void> {
  const file = join(root, "test", "fixtures", "evaluation", "hpc_cv.csv");
  copyFileSync(file, join(window.folder, "hpc_cv.csv"));
  // SAFETY: printed by the script above, in this shape.
  const oracle = JSON.parse(runPython(["-c", SCRIPT, file])) as Oracle;
  let panel: Panel;

  await window.step("the columns are mapped, each with name, type, three values and role; n and the first metric follow a change", async () => {
    await window.openFile("hpc_cv.csv");
    await window.command("Touchstone: Evaluate Predictions…");
    panel = await window.panel("Evaluation: hpc_cv.csv").shown();
    const said = panel.locator("mapping-page .said");
    await said.filter({ hasText: `accuracy ${oracle.metrics["accuracy"]?.toFixed(4)}` }).waitFor();
    assert.match(await readText(said), /^3467 rows · accuracy/);
    const first = panel.locator("mapping-page tbody tr").first();
    assert.deepEqual((await first.locator("td").allInnerTexts()).slice(0, 3), ["obs", "text", "VF · F · M"]);
    assert.equal(await panel.locator("mapping-page tbody tr").count(), 7);
    await expectAccessible(panel);
    await window.screenshot("evaluation-mapping");
    await role(panel, "obs", "ignore");
    await said.filter({ hasText: "label" }).waitFor();
    const button = panel.button(/^Evaluate$/);
    assert.ok(await button.isDisabled(), "without a label there is nothing to evaluate");
    assert.match((await button.getAttribute("title")) ?? "", /label/);
    await role(panel, "obs", "label");
    await said.filter({ hasText: "accuracy" }).waitFor();
    await button.click();
    await panel.locator("confusion-matrix .cell").first().waitFor();
  });

  await window.step("metrics, confusion and classes are scikit-learn's", async () => {
    for (const [key, value] of Object.entries(oracle.metrics)) assert.equal(await panel.locator(`tr[data-metric="${key}"] b`).innerText(), value.toFixed(4), key);
    const counts = await panel.locator("confusion-matrix .cell .count").allInnerTexts();
    assert.deepEqual(counts.map((text) => Number(text.replace(/\D/g, ""))), oracle.confusion.flat());
    const row = panel.locator('table[aria-label="Classes"] tbody tr').filter({ hasText: /^\s*L/ });
    assert.ok((await readText(row)).includes(oracle.f1_of_class.toFixed(3)), await readText(row));
    await panel.locator("data-grid [role=row]").nth(4).waitFor();
    await expectAccessible(panel);
    await window.screenshot("evaluation");
  });

  await window.step("a confusion cell, both margins and a class row open their rows", async () => {
    const matrix = panel.locator("confusion-matrix");
    await matrix.locator(".cell.wrong").first().click();
    await expectRows(panel, oracle.cell, "truth F, predicted L");
    await clearCohort(panel);
    await matrix.locator('.margin[title="truth M"]').click();
    await expectRows(panel, oracle.truth, "margin of the truth M");
    await matrix.locator('.margin[title="predicted L"]').click();
    await expectRows(panel, oracle.predicted, "margin of the prediction L");
    await clearCohort(panel);
    await panel.locator('table[aria-label="Classes"] tbody tr').filter({ hasText: /^\s*L/ }).click();
    await expectRows(panel, oracle.class_row, "class L");
    await clearCohort(panel);
  });

  await window.step("the calibration's table is pandas', and its highest bar opens its rows", async () => {
    const { rows } = await tableOf(panel, "Calibration");
    assert.equal(rows.length, oracle.bins.length);
    for (const [i, bin] of oracle.bins.entries()) bin.forEach((value, j) => assert.ok(Math.abs((rows[i]?.[j] ?? Number.NaN) - value) < 1e-9, `bin ${i}, column ${j}: ${rows[i]?.[j]} shown, ${value} by pandas`));
    await panel.locator("calibration-plot .bar.act").last().click();
    await expectRows(panel, oracle.bar, "the highest bar");
    await clearCohort(panel);
  });
}

async function role(panel: Panel, column: string, name: string): Promise<void> {
  const select = panel.locator(`mapping-page vscode-single-select[label="Role of ${column}"]`);
  await select.click();
  await select.locator("li, .option").filter({ hasText: new RegExp(`^\\s*${name}`) }).first().click();
}
