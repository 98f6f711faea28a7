import assert from "node:assert/strict";
import { expectAccessible } from "../host/accessible.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";

export const options = { size: { width: 1600, height: 1000 } };

const THEMES = [
  ["dark", "Dark Modern"],
  ["light", "Light Modern"],
  ["hc-black", "Dark High Contrast"],
  ["hc-light", "Light High Contrast"],
] as const;

const SIZES = [1200, 1600] as const;

/** Every panel about runs, evaluation and labels, in four themes and two widths, without a serious fault of accessibility. */
export default async function pictures(window: Workbench): Promise<void> {
  const panels: [name: string, panel: Panel, text: string][] = [];
  await window.step("runs, their comparison, an evaluation and a label set are open", async () => {
    const editor = await window.openFile("train.py", "__main__");
    await editor.clickLens("Run & track");
    await editor.lens("1 run").waitFor();
    for (const args of ["--lr 0.1 --epochs 30", "--lr 0.5 --epochs 12 --seed 1"]) {
      await editor.clickLens("with arguments");
      await window.quickInput.fill(args);
      await window.page.keyboard.press("Enter");
      await editor.lens(args.includes("seed") ? "3 runs" : "2 runs").waitFor();
    }
    await editor.lens("best").waitFor();
    await window.page.keyboard.press("ControlOrMeta+J");
    const tree = await window.tree("Label Sets", "Touchstone");
    const runs = await window.tree("Experiments");
    await runs.row("lr 0.5").waitFor();
    await tree.row("doubtful").waitFor();
    await window.screenshot("editor", { media: "editor.png" });
    await editor.clickLens("3 runs");
    panels.push(["table", await shown(window, /Experiments/, "lr 0.1"), "lr 0.1"]);
    await editor.clickLens("what changed");
    panels.push(["compare", await shown(window, /Compare/, "Params"), "Params"]);
    await editor.clickLens("best");
    panels.push(["run", await shown(window, /^lr /, "data/adult.csv"), "data/adult.csv"]);
    await editor.clickLens("Evaluate predictions.csv");
    const evaluation = await window.panel(/Evaluation/).shown();
    await evaluation.button(/^Evaluate$/).click();
    panels.push(["evaluation", await shown(window, /Evaluation/, "Where it fails"), "Where it fails"]);
    await tree.click("doubtful");
    const labeling = await window.panel("Label: doubtful").shown();
    await labeling.button(/Another Name/).click();
    await window.quickInput.answer("mei");
    panels.push(["labeling", await shown(window, "Label: doubtful", "education"), "education"]);
    await window.command("View: Maximize Editor Group and Hide Side Bars");
  });

  for (const [theme, label] of THEMES) {
    await window.step(`in ${label}`, async () => {
      await window.command("Preferences: Color Theme");
      // The list is longer than what is painted of it.
      await window.quickInput.fill(label);
      await window.quickInput.pick(label);
      for (const [name, panel, text] of panels) {
        await panel.shown();
        // A panel that was hidden is a new page: it asks again before it shows anything.
        await panel.byText(text).waitFor();
        for (const width of SIZES) {
          await window.page.setViewportSize({ width, height: 900 });
          await expectWithin(panel);
          const media = theme === "dark" && width === 1200 ? { media: `${name}.png` } : {};
          await window.screenshot(`${name}-${theme}-${width}`, media);
        }
        await expectAccessible(panel);
      }
    });
  }
}

async function shown(window: Workbench, title: string | RegExp, text: string): Promise<Panel> {
  const panel = await window.panel(title).shown();
  await panel.byText(text).waitFor();
  return panel;
}

/** Nothing of a page is wider than its window: then something would be cut. */
async function expectWithin(panel: Panel): Promise<void> {
  const { page, view } = await panel.locator("html").evaluate((html) => ({ page: html.scrollWidth, view: html.clientWidth }));
  assert.ok(page <= view, `the page is ${page} px wide in a window of ${view}`);
  // The evaluation scrolls its own parts: none of them may need to at these widths.
  const cut = await panel.locator("html").evaluate((html) => {
    const parts = html.querySelector("touchstone-evaluation")?.shadowRoot?.querySelectorAll(".body, .top > section") ?? [];
    return [...parts].filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => `${part.className} ${part.getAttribute("aria-label") ?? ""}`);
  });
  assert.deepEqual(cut, []);
}
