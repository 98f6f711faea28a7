import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expectAccessible } from "../host/accessible.ts";
import type { Workbench } from "../host/workbench.ts";
import { root } from "../run/entry.mjs";

/** A predictions file is mapped and evaluated; numbers are scikit-learn's; a click on a cell opens exactly its rows. */
export default async function evaluation(window: Workbench): Promise<void> {
  const fixtures = join(root, "test", "fixtures", "evaluation");
  copyFileSync(join(fixtures, "hpc_cv.csv"), join(window.folder, "hpc_cv.csv"));

  await window.step("map the columns", async () => {
    await window.openFile("hpc_cv.csv");
    await window.command("Touchstone: Evaluate Predictions…");
    const panel = await window.panel("Evaluation: hpc_cv.csv").shown();
    await panel.locator("mapping-page .said b").waitFor();
    assert.match(await panel.locator("mapping-page .said").innerText(), /accuracy 0\.7087/);
    await expectAccessible(panel);
    await window.screenshot("evaluation-mapping");
    await panel.button("Evaluate").click();
    await panel.locator("confusion-matrix .cell").first().waitFor();
  });

  await window.step("read the metrics", async () => {
    const panel = await window.panel("Evaluation: hpc_cv.csv").shown();
    // scikit-learn 1.9.1 on the same file (test/python/evaluation_golden.py).
    for (const [key, value] of [["accuracy", "0.7087"], ["macro_f1", "0.5705"], ["kappa", "0.5082"], ["auc_ovr", "0.8693"], ["log_loss", "0.8021"]] as const) {
      assert.equal(await panel.locator(`tr[data-metric="${key}"] b`).innerText(), value, key);
    }
    const counts = await panel.locator("confusion-matrix .cell .count").allInnerTexts();
    assert.deepEqual(counts.map((text) => Number(text.replace(/\D/g, ""))), [647, 36, 24, 371, 60, 111, 28, 9, 219, 50, 79, 64, 141, 2, 6, 1620]);
    await panel.locator("data-grid [role=row]").nth(4).waitFor();
    await expectAccessible(panel);
    await window.screenshot("evaluation");
  });

  await window.step("open the rows of a cell", async () => {
    const panel = await window.panel("Evaluation: hpc_cv.csv").shown();
    await panel.locator("confusion-matrix .cell.wrong").first().click();
    await panel.locator(".cohort").getByText("36 of 3").waitFor();
    await panel.locator("evaluation-rows").getByText("36 rows").waitFor();
    await panel.locator(".cohort .link").click();
    await panel.locator(".cohort").getByText("all rows").waitFor();
  });
}
