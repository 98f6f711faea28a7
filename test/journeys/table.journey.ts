import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expectAccessible } from "../host/accessible.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";
import { root } from "../run/entry.mjs";
import { readText } from "./oracle.ts";

export const options = { size: { width: 1600, height: 1000 } };

const SEEDS = ["0", "1", "2"];

/** The runs table as it is used: seeds together, a baseline, views, filters, export, and what can be done with a run. */
export default async function table(window: Workbench): Promise<void> {
  let panel: Panel;
  const grid = () => panel.locator("run-grid");
  const row = (text: string | RegExp) => grid().locator(".rowline").filter({ hasText: text }).first();
  const answer = async (): Promise<string> => readText(panel.locator("answer-line"));
  const menu = async (button: string | RegExp, item: string): Promise<void> => {
    await panel.button(button).click();
    await panel.locator("popup-menu button").filter({ hasText: item }).first().click();
  };
  const rowMenu = async (text: string | RegExp, item: string): Promise<void> => {
    await row(text).locator("[data-col='1']").click({ button: "right" });
    await panel.locator("popup-menu button").filter({ hasText: item }).first().click();
  };
  const config = (): string => readFileSync(join(window.folder, "touchstone.yaml"), "utf8");

  await window.step("two configurations with three seeds each", async () => {
    for (const lr of ["0.02", "0.5"]) for (const seed of SEEDS) await runTracked(window.folder, ["--lr", lr, "--epochs", "3", "--seed", seed]);
    const editor = await window.openFile("train.py", "__main__");
    await editor.lens("6 runs").waitFor();
    await editor.clickLens("6 runs");
    panel = await window.panel(/Experiments/).shown();
    await panel.byText("6 runs").waitFor();
    await panel.byText("is best on val_f1").waitFor();
    assert.match(await answer(), /^lr 0\.\d+ is best on val_f1: 0\.\d+ ± 0\.\d+ \(3 seeds\) ?, 0\.\d+ ahead of lr 0\.\d+ \(95 % CI [+−]\d/);
  });

  await window.step("a click on the arrow says which way is better, in touchstone.yaml", async () => {
    await panel.button("train_loss: lower is better").click();
    await panel.button("train_loss: higher is better").waitFor();
    assert.match(config(), /train_loss:\s*\{?\s*direction: up/);
    await panel.button("train_loss: higher is better").click();
    await panel.button("train_loss: lower is better").waitFor();
    assert.match(config(), /train_loss:\s*\{?\s*direction: down/);
  });

  await window.step("grouped by seeds, sorted by the mean, a group unfolded by key", async () => {
    await menu(/^Group/, "seeds");
    await row("3 seeds").waitFor();
    assert.equal(await grid().locator(".rowline").count(), 2);
    await grid().locator("[role=columnheader]").filter({ hasText: "val_f1" }).last().click();
    const rows = await scoresByRate(window.folder);
    const best = [...rows].sort((a, b) => mean(b[1]) - mean(a[1]))[0];
    assert.ok(best);
    await grid().locator(".rowline").first().filter({ hasText: `lr ${best[0]}` }).waitFor();
    const text = await readText(grid().locator(".rowline").first());
    assert.ok(text.includes(mean(best[1]).toFixed(4)), `${mean(best[1])} is not in ${text}`);
    await grid().locator(".rowline").first().locator("[data-col='1']").click();
    await window.page.keyboard.press("ArrowLeft");
    await window.page.keyboard.press("ArrowRight");
    await grid().locator("[aria-level='2']").nth(2).waitFor();
    assert.equal(await grid().locator(".rowline").first().getAttribute("aria-expanded"), "true");
  });

  await window.step("b sets the baseline in touchstone.yaml, comments stay; the difference is coloured by its interval", async () => {
    const before = config();
    await row("lr 0.02").locator("[data-col='1']").click();
    await window.page.keyboard.press("b");
    await row("lr 0.02").locator(".chip").filter({ hasText: "baseline" }).waitFor();
    assert.match(config(), /^baseline: [0-9a-f]{32}$/m);
    assert.ok(config().startsWith(before.slice(0, before.indexOf("tags:"))), config());
    await grid().locator(".titles .name").filter({ hasText: "Δ baseline" }).waitFor();
    await panel.locator("answer-line").getByText(/baseline/).first().waitFor();
    assert.match(await answer(), /baseline/);
  });

  await window.step("a view is saved, left and chosen again", async () => {
    await menu(/^View/, "Save as…");
    await window.quickInput.answer("seeds first");
    await panel.button("View: seeds first").waitFor();
    assert.match(config(), /views:\n {2}seeds first:\n(.*\n)*? {4}group: seeds/);
    await menu(/^View/, "default");
    await panel.button("Group: none").waitFor();
    await menu(/^View/, "seeds first");
    await panel.button("Group: seeds").waitFor();
    await row("3 seeds").waitFor();
    await expectAccessible(panel);
    await menu(/^View/, "default");
    await panel.button("Group: none").waitFor();
  });

  await window.step("a quick filter narrows, the line that logs a metric opens", async () => {
    const header = grid().locator(".titles .h").filter({ hasText: /^\s*lr/ }).first();
    await header.hover();
    await header.getByRole("button").click();
    await panel.locator("popup-menu button").filter({ hasText: "Quick filter" }).click();
    await panel.locator("quick-filter label").filter({ hasText: "0.5" }).locator("input").check();
    await panel.locator("quick-filter").getByRole("button", { name: "Apply" }).click();
    await panel.byText("3 of 6").waitFor();
    await panel.button("Clear the filter").click();
    await grid().locator(".rowline").nth(5).waitFor();
    const metric = grid().locator(".titles .h").filter({ hasText: "val_loss" }).first();
    await metric.hover();
    await metric.getByRole("button", { name: "Menu of" }).click();
    await panel.locator("popup-menu button").filter({ hasText: "Go to the line" }).click();
    await window.page.locator(".monaco-editor.focused .view-line").filter({ hasText: 'touchstone.log({"val_loss"' }).first().waitFor();
    assert.equal(await window.page.locator(".editor-group-container").count(), 2, "in the editor that shows it already");
    panel = await window.panel(/Experiments/).shown();
  });

  await window.step("the table is exported as CSV", async () => {
    await menu("Export", "CSV…");
    await window.quickInput.answer(join(window.folder, "runs.csv"));
    await window.notifications.find("6 rows exported");
    const [head, ...lines] = readFileSync(join(window.folder, "runs.csv"), "utf8").trimEnd().split("\r\n");
    assert.match(head ?? "", /^run_id,run,status,start,metrics\.val_f1/);
    assert.equal(lines.length, 6);
    await window.notifications.clear();
  });

  await window.step("renamed, noted, tagged and starred from the row's menu", async () => {
    await rowMenu(/lr 0\.5 · seed 2/, "Rename…");
    await window.quickInput.answer("the fast one");
    await row("the fast one").waitFor();
    await rowMenu("the fast one", "Note…");
    await window.quickInput.answer("too fast?");
    await rowMenu("the fast one", "Tag…");
    await window.quickInput.answer("stage=debug");
    await rowMenu("the fast one", "Star");
    await row("the fast one").locator(".star").waitFor();
    await row("the fast one").locator("a.title").click();
    const run = await window.panel("the fast one").shown();
    await run.byText("too fast?").waitFor();
    assert.match(await readText(run.locator("main")), /stage[ :=]*debug/);
    panel = await window.panel(/Experiments/).shown();
    await row("the fast one").waitFor();
  });

  await window.step("its log, artifacts and folder open", async () => {
    await rowMenu("the fast one", "Open log");
    const run = await window.panel("the fast one").shown();
    await run.byText(/epoch 3\/3/).waitFor();
    panel = await window.panel(/Experiments/).shown();
    await row("the fast one").waitFor();
    await rowMenu("the fast one", "Open artifacts");
    await (await window.panel("the fast one").shown()).frame.getByRole("tab", { name: "Artifacts", selected: true }).waitFor();
    panel = await window.panel(/Experiments/).shown();
    await row("the fast one").waitFor();
    await rowMenu("the fast one", "Open folder");
    // The web window has no file manager: it says where the folder is.
    await window.notifications.act(/\.touchstone\/launches\//, "Copy Path");
  });

  await window.step("deleted to the archive, undone; archived again and restored from there", async () => {
    await rowMenu("the fast one", "Delete to archive");
    await row("the fast one").waitFor({ state: "detached" });
    await window.notifications.act("1 run deleted to the archive", "Undo");
    await panel.locator("run-grid").getByText("the fast one").or(panel.button(/new run/)).first().waitFor();
    if (await panel.button(/new run/).isVisible()) await panel.button(/new run/).click();
    await row("the fast one").waitFor();
    await row("the fast one").locator("[data-check]").click();
    await panel.button("Archive").click();
    await row("the fast one").waitFor({ state: "detached" });
    await window.notifications.clear();
    await menu(/^View/, "Archived runs");
    await row("the fast one").locator("[data-check]").click();
    await panel.button("Restore").click();
    await panel.byText("No run is archived.").waitFor();
    await panel.button("Show active runs").click();
    await row("the fast one").waitFor();
  });

  await window.step("the same in the tree: renamed, starred, tagged, deleted and brought back", async () => {
    const tree = await window.tree("Experiments", "Touchstone");
    await tree.menu("the fast one", "Rename");
    await window.quickInput.answer("fast");
    await tree.row(/^fast/).waitFor();
    await tree.action(/^fast/, "Star");
    await tree.menu(/^fast/, "Tag");
    await window.quickInput.answer("-stage");
    await tree.menu(/^fast/, "Delete");
    await tree.row(/^fast/).waitFor({ state: "detached" });
    await window.notifications.act("1 run deleted to the archive", "Undo");
    await tree.row(/^fast/).waitFor();
  });
}

/** A run of the sample by the CLI, in the window's store. */
async function runTracked(folder: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, "dist", "cli.cjs"), "run", "--", "python3", "train.py", ...args], { cwd: folder });
}

/** The last val_f1 of each run by its rate, as the CLI tells them: what the table's means are taken from. */
async function scoresByRate(folder: string): Promise<Map<string, number[]>> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "dist", "cli.cjs"), "runs", "--json"], { cwd: folder });
  // SAFETY: the CLI's own shape of `runs`.
  const runs = JSON.parse(stdout) as { params: Record<string, string>; metrics: Record<string, { last: number }> }[];
  const found = new Map<string, number[]>();
  for (const { params, metrics } of runs) found.set(params["lr"] ?? "", [...(found.get(params["lr"] ?? "") ?? []), metrics["val_f1"]?.last ?? Number.NaN]);
  return found;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
