import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workbench } from "../host/workbench.ts";
import { fromExplorer } from "./evaluationScreen.ts";
import { readText } from "./oracle.ts";

const SCRIPT = `import csv
import json

import touchstone

ROWS = [{"id": i, "label": "yes" if i % 2 else "no", "prediction": "yes" if i % 5 else "no", "size": i % 7} for i in range(200)]


if __name__ == "__main__":
    with open("scored.jsonl", "w") as out:
        for row in ROWS:
            out.write(json.dumps(row) + "\\n")
    with open("kept.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS[:150])
    touchstone.log({"accuracy": 0.6})
    touchstone.artifact("kept.csv")
`;

/** What a run wrote or kept is evaluated from its page, from the tree and from the explorer; a reading is cancelled; a file that changes or goes is said. */
export default async function evaluationRun(window: Workbench): Promise<void> {
  writeFileSync(join(window.folder, "score.py"), SCRIPT);

  await window.step("an artifact is evaluated from the run's page", async () => {
    const editor = await window.openFile("score.py", "__main__");
    await editor.clickLens("Run & track");
    await editor.lens("1 run").waitFor();
    await window.page.keyboard.press("ControlOrMeta+J");
    const tree = await window.tree("Experiments", "Touchstone");
    await tree.row(/accuracy 0\.6/).click();
    const run = await window.panel(/^(?!Evaluation|score).*/).shown();
    await run.frame.getByRole("tab", { name: "Artifacts" }).click();
    await run.frame.getByRole("treeitem", { name: /kept\.csv/ }).click();
    await run.locator("artifact-preview .bar").getByRole("button", { name: "Evaluate" }).click();
    const panel = await window.panel("Evaluation: kept.csv").shown();
    await panel.button(/^Evaluate$/).click();
    await panel.locator("evaluation-rows").getByText("150 rows").waitFor();
    assert.match(await readText(panel.locator("header")), /^kept\.csv 150 rows · two classes · artifact of run/);
    await panel.locator("header").getByRole("button", { name: "run", exact: true }).click();
    // It was behind the evaluation, in the same column.
    await run.shown();
    await run.frame.getByRole("tab", { name: "Artifacts" }).waitFor();
  });

  await window.step("what a run wrote is evaluated from the tree", async () => {
    const tree = await window.tree("Experiments", "Touchstone");
    await tree.menu(/accuracy 0\.6/, "Evaluate Predictions…");
    assert.deepEqual((await window.quickInput.items()).map((item) => item.split(" ").at(-1)).sort(), ["kept.csv", "kept.csv", "scored.jsonl"]);
    await window.quickInput.pick("scored.jsonl");
    const panel = await window.panel("Evaluation: scored.jsonl").shown();
    await panel.button(/^Evaluate$/).click();
    await panel.locator("evaluation-rows").getByText("200 rows").waitFor();
    const right = Array.from({ length: 200 }, (_, i) => (i % 2 === 1) === (i % 5 !== 0)).filter(Boolean).length;
    assert.equal(await panel.locator('tr[data-metric="accuracy"] b').innerText(), (right / 200).toFixed(4));
  });

  await window.step("a file that was written again is stale until it is recomputed, one that is gone is said", async () => {
    const panel = await window.panel("Evaluation: scored.jsonl").shown();
    await panel.locator("evaluation-rows").getByText("200 rows").waitFor();
    const file = join(window.folder, "scored.jsonl");
    writeFileSync(file, Array.from({ length: 80 }, (_, i) => JSON.stringify({ id: i, label: "yes", prediction: i < 60 ? "yes" : "no", size: 1 })).join("\n"));
    await panel.byText("scored.jsonl has changed since it was evaluated.").waitFor();
    await panel.button("Recompute").click();
    await panel.locator('tr[data-metric="accuracy"] b').filter({ hasText: "0.7500" }).waitFor();
    rmSync(file);
    await panel.byText("scored.jsonl is no longer there.").waitFor();
  });

  await window.step("a JSONL file is evaluated from the explorer's menu; a long reading shows its rows and is cancelled", async () => {
    const row = '{"label":"yes","prediction":"no","x":0.25}\n{"label":"no","prediction":"no","x":0.5}\n';
    writeFileSync(join(window.folder, "large.jsonl"), row.repeat(1_500_000));
    await fromExplorer(window, "large.jsonl", "Evaluate Predictions…");
    const panel = await window.panel("Evaluation: large.jsonl").shown();
    await panel.locator("mapping-page .said b").waitFor();
    await panel.button(/^Evaluate$/).click();
    await panel.locator("progress-line .text").filter({ hasText: /\d{3} rows/ }).waitFor();
    await window.screenshot("progress");
    await panel.button("Cancel").click();
    await panel.locator("mapping-page").waitFor();
    assert.ok(await panel.button(/^Evaluate$/).isVisible());
  });
}
