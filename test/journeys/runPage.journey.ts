import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionOptions } from "../host/session.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";

export const options: Partial<SessionOptions> = { size: { width: 1600, height: 1000 }, settings: { "touchstone.alerts.finished": false } };

/** Logs values that the journey knows, and keeps files of several kinds. */
const CURVE = [
  "import sys", "import touchstone", "", "SLOPE = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0", "", "",
  "def loss(step):", "    return SLOPE / (step + 1) + (step % 3) / 128", "", "",
  'if __name__ == "__main__":', "    touchstone.params(slope=SLOPE)", "    for step in range(40):", "        touchstone.log({'val_loss': loss(step)}, step=step)",
  "    for line in range(200):", "        print('line', line)",
  "    open('notes.md', 'w').write('# Findings\\n\\n**Lower** is better.\\n')", "    open('page.html', 'w').write('<h1>Page</h1><script>document.title = 1</script>')",
  "    open('scores.csv', 'w').write('fold,score\\n1,0.5\\n2,0.25\\n')",
  "    for name in ('notes.md', 'page.html', 'scores.csv'):", "        touchstone.artifact(name)", "",
];
const DIVERGING = ["import time", "import touchstone", "", 'if __name__ == "__main__":', "    for step in range(6):", "        touchstone.log({'val_loss': 1.0 / (step + 1) if step < 3 else float('nan')}, step=step)", "    while True:", "        time.sleep(1)", ""];
const loss = (step: number, slope = 1): number => slope / (step + 1) + (step % 3) / 128;

/** The run page and the comparison as a person uses them: charts by key and as tables, names and notes, code, artifacts, alerts, a reload. */
export default async function runPage(window: Workbench): Promise<void> {
  // Six silent seconds are no progress in this folder.
  mkdirSync(join(window.folder, ".vscode"), { recursive: true });
  writeFileSync(join(window.folder, ".vscode", "settings.json"), JSON.stringify({ "touchstone.alerts.stalledAfterMinutes": 0.1 }));
  writeFileSync(join(window.folder, "curve.py"), CURVE.join("\n"));
  writeFileSync(join(window.folder, "diverging.py"), DIVERGING.join("\n"));
  const press = (key: string): Promise<void> => window.page.keyboard.press(key);
  let panel: Panel;

  await window.step("a chart's table holds what the script logged; keys change axis and smoothing and walk the points", async () => {
    const editor = await window.openFile("curve.py", "__main__");
    await editor.clickLens("Run & track");
    await editor.lens("1 run").waitFor();
    await window.openContainer("Touchstone");
    await editor.clickLens("best val_loss");
    // Its title is computed; it is the only tab that is no script.
    panel = await window.panel(/^(?!.*\.py).+$/).shown();
    await panel.frame.getByRole("tab", { name: "Curves" }).click();
    const chart = panel.locator("line-chart [role=img]");
    await chart.focus();
    await press("l");
    await panel.frame.getByRole("button", { name: "log", exact: true, pressed: true }).waitFor();
    await press("l");
    await press("s");
    await panel.frame.getByRole("button", { name: "Smoothing 0.5" }).waitFor();
    await chart.focus();
    await press("ArrowRight");
    await press("ArrowRight");
    await panel.locator(".tip").getByText("step 1").waitFor();
    await press("ArrowLeft");
    await panel.locator(".tip").getByText("step 0").waitFor();
    await panel.frame.getByRole("button", { name: "Show as table" }).first().click();
    const cells = panel.locator("line-chart tbody td");
    await cells.nth(39).waitFor();
    const shown = await cells.evaluateAll((all) => all.map((cell) => Number(cell.getAttribute("title"))));
    assert.deepEqual(shown, Array.from({ length: 40 }, (_, step) => loss(step)));
  });

  await window.step("renamed, tagged, noted, starred", async () => {
    await panel.frame.getByRole("tab", { name: "Overview" }).click();
    await panel.button("Rename").click();
    await window.quickInput.answer("first slope");
    await panel.frame.getByRole("heading", { name: "first slope" }).waitFor();
    panel = await window.panel("first slope").shown();
    await panel.button("Add a tag").click();
    await window.quickInput.answer("stage=debug");
    await panel.locator(".chip").filter({ hasText: "stage: debug" }).waitFor();
    await panel.button("Edit the note").click();
    await window.quickInput.answer("falls as one over the step");
    await panel.byText("falls as one over the step").waitFor();
    await panel.button("Star").click();
    await panel.frame.getByRole("button", { name: "Star", pressed: true }).waitFor();
    await (await window.tree("Experiments", "Touchstone")).row("first slope").waitFor();
  });

  await window.step("deleted, and back from its own page", async () => {
    const tree = await window.tree("Experiments", "Touchstone");
    await panel.button("More").click();
    await panel.frame.getByRole("menuitem", { name: "Delete" }).click();
    await window.notifications.find(/1 run deleted/);
    await tree.row("first slope").waitFor({ state: "detached" });
    await panel.button("More").click();
    await panel.frame.getByRole("menuitem", { name: "Restore" }).click();
    await tree.row("first slope").waitFor();
    await window.notifications.clear();
  });

  await window.step("to the code: the working copy while it is the same, then the file of that run, and the difference", async () => {
    const line = window.lineOf("curve.py", "touchstone.log");
    const goTo = async (): Promise<void> => {
      await panel.button("More").click();
      await panel.frame.getByRole("menuitem", { name: "Go to the code of this run" }).click();
      await window.statusItem(`Ln ${line}, Col 1`).waitFor();
    };
    await goTo();
    writeFileSync(join(window.folder, "curve.py"), CURVE.join("\n").replace("/ (step + 1)", "/ (step + 2)"));
    await panel.shown();
    await goTo();
    await window.page.locator('.monaco-editor[data-uri^="touchstone-code:"]').getByText("SLOPE / (step + 1)").first().waitFor();
    await panel.shown();
    await panel.button("More").click();
    await panel.frame.getByRole("menuitem", { name: "Compare its code with the working copy" }).click();
    await window.page.locator(".monaco-diff-editor").getByText("(step + 2)").first().waitFor();
    await window.page.locator(".monaco-diff-editor").getByText("(step + 1)").first().waitFor();
    await window.tab(/↔ working copy/).waitFor();
  });

  await window.step("artifacts: Markdown, a table, a page without its scripts; the log searched", async () => {
    await panel.shown();
    await panel.frame.getByRole("tab", { name: "Artifacts" }).click();
    await panel.frame.getByRole("treeitem", { name: "scores.csv" }).click();
    await panel.byText("rows 1 – 2 of 2").waitFor();
    await panel.frame.getByRole("cell", { name: "0.25" }).waitFor();
    await panel.frame.getByRole("treeitem", { name: "page.html" }).click();
    await panel.frame.frameLocator("html-preview iframe").getByRole("heading", { name: "Page" }).waitFor();
    await panel.frame.getByRole("treeitem", { name: "notes.md" }).click();
    await panel.frame.getByRole("heading", { name: "Findings" }).waitFor();
    await panel.frame.getByRole("tab", { name: "Log" }).click();
    await panel.frame.getByRole("searchbox", { name: "Search the log" }).fill("line 99");
    await panel.byText("1 of 1 line").waitFor();
    await panel.locator(".line.here").getByText("line 99").first().waitFor();
    await panel.frame.getByRole("tab", { name: "Artifacts" }).click();
    await panel.frame.getByRole("heading", { name: "Findings" }).waitFor();
  });

  await window.step("two runs compared; page and comparison come back where they were after a reload", async () => {
    writeFileSync(join(window.folder, "curve.py"), CURVE.join("\n"));
    const editor = await window.openFile("curve.py", "__main__");
    await editor.clickLens("with arguments");
    await window.quickInput.answer("4");
    const tree = await window.tree("Experiments", "Touchstone");
    await editor.lens("2 runs").waitFor();
    await editor.lens("what changed").click();
    let compare = await window.panel(/^Compare/).shown();
    await compare.byText("1 run each: no interval").waitFor();
    await compare.locator("answer-line").filter({ hasText: /[AB] is best on val_loss: 0\.0\d+, .* 1 run each: chance is not ruled out\. .*slope/ }).waitFor();
    await compare.frame.getByRole("button", { name: "log", exact: true }).click();
    await compare.frame.getByRole("checkbox", { name: "Show all" }).check();
    const top = await scrolled(compare, 120);
    await tree.row("first slope").waitFor();
    await window.reload();
    compare = await window.panel(/^Compare/).shown();
    await compare.frame.getByRole("button", { name: "log", exact: true, pressed: true }).waitFor();
    assert.equal(await compare.frame.getByRole("checkbox", { name: "Show all" }).isChecked(), true);
    await compare.locator(".page.scroll").evaluate((page, wanted) => new Promise<void>((resolve) => {
      const look = (): void => (Math.abs(page.scrollTop - wanted) <= 1 ? resolve() : void requestAnimationFrame(look));
      look();
    }), top);
    await compare.close();
    panel = await window.panel("first slope").shown();
    await panel.frame.getByRole("tab", { name: "Artifacts", selected: true }).waitFor();
    await panel.frame.getByRole("heading", { name: "Findings" }).waitFor();
    await panel.locator('[role=treeitem][aria-selected="true"]').filter({ hasText: "notes.md" }).waitFor();
  });

  await window.step("NaN in a key metric is told, and the run can be stopped from there", async () => {
    const editor = await window.openFile("diverging.py", "__main__");
    await editor.clickLens("Run & track");
    await window.notifications.find(/val_loss is NaN at step [345]/);
    await window.screenshot("alert");
    await window.notifications.act(/val_loss is NaN/, "Mute These");
    // The centre closed behind it; the bell says when the next one is there.
    await window.page.locator(".part.statusbar .codicon-bell-dot").waitFor();
    await window.command("Notifications: Show Notifications");
    await window.notifications.act(/makes no progress: nothing printed or logged for/, "Stop");
    const tree = await window.tree("Experiments", "Touchstone");
    await tree.row(/SIGINT|stopped|killed|KeyboardInterrupt/).first().waitFor();
    await window.command("Preferences: Open User Settings (JSON)");
    await window.page.locator(".monaco-editor").getByText('"touchstone.alerts.nan"').first().waitFor();
  });
  assert.ok(readFileSync(join(window.folder, "notes.md"), "utf8").startsWith("# Findings"));
}

/** Scrolls the comparison as a person does, and gives where it stands then. */
async function scrolled(compare: Panel, by: number): Promise<number> {
  return compare.locator(".page.scroll").evaluate((page, delta) => new Promise<number>((resolve) => {
    page.addEventListener("scroll", () => requestAnimationFrame(() => resolve(Math.round(page.scrollTop))), { once: true });
    page.scrollTop += delta;
  }), by);
}
