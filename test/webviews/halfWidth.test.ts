// An editor beside the code is 480 to 800 px wide, the side bar 300: nothing that a person needs is cut there.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { testBrowser } from "./browser.ts";
import { openEvaluationEngine } from "./evaluation-engine.ts";
import { openPanel } from "./page.ts";

const browser = testBrowser();

/** Those of the elements, in the panel's own page, whose content is wider than they are or that stand outside of the window. */
const cut = (page: Page, panel: string, selector: string): Promise<string[]> =>
  page.evaluate(
    ([tag, wanted]) => {
      const root = document.querySelector(tag)?.shadowRoot;
      return Array.from(root?.querySelectorAll<HTMLElement>(wanted) ?? []).flatMap((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && (box.right > window.innerWidth + 1 || element.scrollWidth > element.clientWidth + 1) ? [`${element.className} ${element.innerText.slice(0, 40)}`] : [];
      });
    },
    [panel, selector] as const,
  );

test("the table: filter, group, view and export are whole, and so is what can be done with a selection", async () => {
  for (const width of [300, 480, 640, 800]) {
    const { page, check } = await openPanel(browser(), "table", { variant: "40", width, height: 700 });
    await page.locator(".rowline .title").first().waitFor();
    await page.locator('[data-row="2"] [data-check]').click();
    await page.locator('[data-row="5"] [data-check]').click();
    await page.getByText("2 selected").first().waitFor();
    assert.deepEqual(await cut(page, "touchstone-table", ".top button, .foot button, .foot"), [], `at ${width}`);
    assert.equal(await page.getByText("group:").isVisible(), width > 360, "a button that says none says of what");
    const box = await page.locator("filter-box").boundingBox();
    assert.ok(box !== null && box.width > Math.min(width, 480) - 50, `the filter is ${box?.width} px wide at ${width}`);
    await page.getByRole("button", { name: "Keys (?)" }).click();
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    check();
    await page.close();
  }
});

test("the run page: what a metric is, its changes and the line that logged it; every action is there", async () => {
  for (const width of [480, 640, 800]) {
    const { page, check } = await openPanel(browser(), "run", { width, height: 700 });
    await page.locator(".columns table").first().waitFor();
    await page.getByRole("button", { name: "train.py:52" }).waitFor();
    assert.deepEqual(await cut(page, "touchstone-run", "section, header, tab-bar"), [], `at ${width}`);
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Run with changes…" }).waitFor();
    check();
    await page.close();
  }
});

test("the run page of a bundle: nothing of it is run again, its script is not there", async () => {
  const { page, check } = await openPanel(browser(), "run", { variant: "bundle" });
  await page.getByText("Runs of may.touchstone-bundle, opened for reading").waitFor();
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Compare its code with the working copy" }).waitFor();
  assert.equal(await page.getByText("Run with changes…").count() + (await page.getByRole("button", { name: "Run again" }).count()), 0);
  check();
});

test("a comparison: against whom and Show all stand together; labeling: which items these are", async () => {
  const compare = await openPanel(browser(), "compare", { width: 800, height: 700 });
  await compare.page.locator("section table").first().waitFor();
  const places = await Promise.all([compare.page.getByRole("button", { name: /^against/ }), compare.page.getByText("Show all")].map((one) => one.boundingBox()));
  assert.ok(Math.abs((places[0]?.y ?? 0) - (places[1]?.y ?? 100)) < 8, JSON.stringify(places));
  compare.check();
  for (const width of [480, 640]) {
    const { page, check } = await openPanel(browser(), "labeling", { width, height: 700, variant: "text" });
    await page.locator("item-view .text").waitFor();
    assert.deepEqual(await cut(page, "touchstone-labeling", "h1 span, header, .answers, .classes .cut"), [], `at ${width}`);
    await page.getByRole("button", { name: "accepts" }).click();
    await page.getByText("312").first().waitFor();
    check();
    await page.close();
  }
});

test("the columns of a file to evaluate: role and class can be chosen", async () => {
  const engine = await openEvaluationEngine();
  try {
    writeFileSync(join(engine.folder, "p.csv"), `id,label,prediction,p_yes,hours_per_week\n${Array.from({ length: 60 }, (_, i) => `r${i},${i % 2 ? "yes" : "no"},${i % 3 ? "yes" : "no"},0.${10 + i},${i}`).join("\n")}\n`);
    for (const width of [480, 640]) {
      const { page, check } = await openPanel(browser(), "evaluation", { width, height: 700, variant: encodeURIComponent(`p.csv|${engine.folder}`), engine });
      await page.locator("mapping-page .said b").waitFor();
      const wide = await page.evaluate(() => {
        const columns = document.querySelector("touchstone-evaluation")?.shadowRoot?.querySelector("mapping-page")?.shadowRoot?.querySelector(".columns");
        return (columns?.scrollWidth ?? 1e9) - (columns?.clientWidth ?? 0);
      });
      assert.ok(wide <= 0, `${wide} px too wide at ${width}`);
      check();
      await page.close();
    }
  } finally {
    await engine.close();
  }
});
