import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { accessibilityFaults } from "./axe.ts";
import { lastParams, testBrowser, untilAsked } from "./browser.ts";
import { openPanel, type PanelOptions } from "./page.ts";
import type { ThemeName } from "./themes.ts";

const browser = testBrowser();

async function openTable(options: PanelOptions = {}): Promise<{ page: Page; check: () => void }> {
  const opened = await openPanel(browser(), "table", { variant: "40", ...options });
  await opened.page.locator(".rowline .title").first().waitFor();
  return opened;
}

async function pick(page: Page, button: string | RegExp, item: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("menu").getByText(item, { exact: true }).click();
}

const cellText = (page: Page, row: number, column: string): Promise<string> =>
  page.evaluate(([at, title]) => {
    const grid = document.querySelector("touchstone-table")?.shadowRoot?.querySelector("run-grid")?.shadowRoot;
    const header = Array.from(grid?.querySelectorAll<HTMLElement>(".titles [data-col]") ?? []).find((head) => head.querySelector(".name")?.textContent === title);
    return grid?.querySelector<HTMLElement>(`[data-row="${at}"] [data-col="${header?.dataset["col"]}"]`)?.innerText ?? "";
  }, [row, column] as const);

test("grouped by a param: means with their standard errors, folded and unfolded by key, with levels for a screen reader", async () => {
  const { page, check } = await openTable();
  await pick(page, /^Group/, "model");
  await page.getByText("model gbm").first().waitFor();
  const row = page.locator('[data-row="0"].rowline');
  assert.deepEqual([await page.getByRole("treegrid").count(), await row.getAttribute("aria-level"), await row.getAttribute("aria-expanded")], [1, "1", "false"]);
  assert.match(await row.innerText(), /model gbm\s+21 runs/);
  assert.match(await cellText(page, 0, "val_f1"), /^n 20\s?0\.\d{4}\s?±\.\d{4}$/u);
  assert.match(await cellText(page, 0, "lr"), /differ/);
  assert.match(await page.locator(".foot").innerText(), /40 runs in 4 rows/);
  await page.locator('[data-row="0"] [data-col="0"]').click({ position: { x: 200, y: 10 } });
  await page.keyboard.press("ArrowRight");
  await page.locator('[data-row="1"][aria-level="2"]').waitFor();
  assert.equal(await row.getAttribute("aria-expanded"), "true");
  assert.match(await page.locator(".foot").innerText(), /in 25 rows/);
  await page.keyboard.press("ArrowLeft");
  await page.locator('[data-row="1"][aria-level="1"]').waitFor();
  await page.locator(".titles .name", { hasText: "val_f1" }).click();
  await untilAsked(page, "runs/groups", '"sort":[{"column":"metrics.val_f1","descending":true}]');
  await pick(page, /^Group/, "rounds");
  await untilAsked(page, "runs/groups", '"group":["params.model","params.rounds"]');
  await pick(page, /^Group/, "seeds");
  await untilAsked(page, "runs/groups", '"group":"seeds"');
  await page.getByText(/^\d seeds$/).first().waitFor();
  await pick(page, /^Group/, "none");
  await page.getByRole("button", { name: "Group: none" }).waitFor();
  check();
});

test("a selected group stands for its runs: compared, tagged, and in front of the curves", async () => {
  const { page, check } = await openTable();
  await pick(page, /^Group/, "model");
  await page.getByText("model mlp").first().waitFor();
  await page.locator(".rowline", { hasText: "model mlp" }).locator("[data-check]").click();
  await page.getByText("5 selected in front").waitFor();
  await page.keyboard.press("c");
  await untilAsked(page, "host/compare", '"r5","r11"');
  check();
});

test("b makes the run the baseline; the difference comes beside the metric, coloured where it is more than chance", async () => {
  const { page, check } = await openTable();
  await page.locator('[data-row="2"] [data-col="1"]').click();
  await page.keyboard.press("b");
  assert.deepEqual(await lastParams(page, "runs/setBaseline"), { runId: "r2" });
  await page.locator(".titles .name", { hasText: "Δ baseline" }).waitFor();
  await page.locator('[data-row="2"] .chip', { hasText: "baseline" }).waitFor();
  await pick(page, /^Group/, "model");
  await page.getByText("model gbm").first().waitFor();
  const tones = await page.evaluate(() => {
    const grid = document.querySelector("touchstone-table")?.shadowRoot?.querySelector("run-grid")?.shadowRoot;
    const header = Array.from(grid?.querySelectorAll<HTMLElement>(".titles [data-col]") ?? []).find((head) => head.querySelector(".name")?.textContent === "Δ baseline");
    return Array.from(grid?.querySelectorAll(`.rowline [data-col="${header?.dataset["col"]}"] span:not(.arrow)`) ?? []).map((span) => [span.className, /^[+−]\d\.\d+[▲▼]$/.test(span.textContent ?? "")]);
  });
  assert.deepEqual(tones, [["good", true], ["two", true], ["bad", true], ["two", true]]);
  await page.locator('[data-row="0"] [data-col="1"]').click();
  await page.keyboard.press("b");
  await page.waitForFunction(() => window.asked.some(({ method, params }) => method === "runs/setBaseline" && JSON.stringify(params) === '{"runId":null}'));
  check();
});

test("the quick filter: a brush over the histogram, a list of values, and what it put there is replaced", async () => {
  const { page, check } = await openTable();
  const quick = async (column: string): Promise<void> => {
    const header = page.locator(".titles .h", { hasText: column }).first();
    await header.hover();
    await header.getByRole("button", { name: "Menu of" }).click();
    await page.getByRole("menuitem", { name: "Quick filter…" }).click();
    await page.getByRole("dialog", { name: `Filter by ${column}` }).waitFor();
  };
  await quick("model");
  await page.getByRole("checkbox", { name: "gbm" }).check();
  await page.getByRole("checkbox", { name: "mlp" }).check();
  await page.getByRole("button", { name: "Apply" }).click();
  const box = page.getByRole("combobox", { name: "Filter runs" });
  assert.equal(await box.inputValue(), 'params.model in ("gbm", "mlp")');
  await page.getByRole("button", { name: "Clear the filter" }).first().click();
  await page.locator(".rowline .title").first().waitFor();
  await quick("val_f1");
  const svg = page.locator("quick-filter svg");
  const area = await svg.boundingBox();
  assert.ok(area);
  await page.mouse.move(area.x + area.width * 0.55, area.y + 30);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.85, area.y + 30, { steps: 3 });
  await page.mouse.up();
  assert.deepEqual([await page.getByRole("textbox", { name: "At least" }).inputValue(), await page.getByRole("textbox", { name: "At most" }).inputValue()], ["0.67", "0.71"]);
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole("textbox", { name: "At most" }).fill("");
  await page.keyboard.press("Enter");
  assert.equal(await box.inputValue(), "metrics.val_f1 >= 0.67");
  check();
});

test("views are chosen, saved, renamed and deleted", async () => {
  const { page, check } = await openTable();
  await pick(page, /^View/, "by model");
  await untilAsked(page, "runs/groups", '"group":["params.model"]');
  assert.deepEqual((await lastParams(page, "runs/groups"))?.["query"], { script: "train.py", view: "active", sort: [{ column: "metrics.val_f1", descending: true }] });
  await pick(page, /^View/, "Save as…");
  await page.getByRole("button", { name: "View: weekly" }).waitFor();
  assert.deepEqual((await lastParams(page, "views/save"))?.["view"], {
    name: "weekly", columns: ["metrics.val_f1", "metrics.val_loss", "metrics.val_auc", "params.model", "params.lr", "params.depth", "params.rounds", "changes"], sort: ["-metrics.val_f1"], filter: null, group: ["params.model"],
  });
  await pick(page, /^View/, "Rename weekly…");
  await page.getByRole("button", { name: "View: monthly" }).waitFor();
  await pick(page, /^View/, "Delete monthly");
  await page.getByRole("button", { name: "View: default" }).waitFor();
  assert.deepEqual(await lastParams(page, "views/delete"), { name: "monthly" });
  check();
});

test("a filter that the engine cannot read leaves the table as it was: the error stands below the filter, its token marked, and sorting goes on", async () => {
  const { page, check } = await openTable();
  const box = page.getByRole("combobox", { name: "Filter runs" });
  const shown = (): Promise<string[]> => page.locator(".rowline .title").allInnerTexts();
  await box.fill("metrics.val_f1 > 0.68");
  await page.locator("filter-box .count", { hasText: "of 40 runs" }).waitFor();
  const before = await shown();
  await box.fill("nobody > 0.5");
  await page.getByRole("alert").getByText("A run has no attribute `nobody`.").waitFor();
  assert.deepEqual([await page.locator("filter-box .problem").innerText(), await box.getAttribute("aria-invalid"), await page.locator("state-view").count()], ["nobody", "true", 0]);
  assert.deepEqual(await shown(), before);
  await page.locator(".titles .name", { hasText: "val_loss" }).click();
  await page.locator('.titles [aria-sort="ascending"]').waitFor();
  await untilAsked(page, "runs/window", '"filter":"metrics.val_f1 > 0.68","sort"');
  assert.deepEqual((await shown()).toSorted(), before.toSorted());
  await page.getByRole("alert").getByText("nobody").waitFor();
  await box.fill("");
  await page.locator("filter-box .count", { hasText: /^40 runs$/ }).waitFor();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await pick(page, /^View/, "broken");
  await page.getByRole("alert").getByText("nobody").waitFor();
  assert.deepEqual([await box.inputValue(), (await shown()).length > 10], ["nobody > 0.5", true]);
  check();
});

test("a run that was renamed is called so at the end of its curve", async () => {
  const { page, check } = await openTable();
  const names = (): Promise<string[]> => page.evaluate(() => {
    const panel = document.querySelector("touchstone-table")?.shadowRoot?.querySelector("curve-panel")?.shadowRoot;
    const chart: (Element & { readonly series?: readonly { readonly label: string }[] }) | null | undefined = panel?.querySelector("line-chart");
    return chart?.series?.map(({ label }) => label) ?? [];
  });
  await page.locator('[data-row="2"] [data-check]').click();
  await page.getByText("1 selected in front").waitFor();
  for (const [runId, row] of [["r3", 3], ["r2", 2]] as const) {
    const head = { runId, launchId: "l1", title: `the good ${runId}`, status: "finished", start: Date.now(), end: Date.now(), color: 1, starred: false, deleted: false, children: 0, parent: null, script: "train.py", error: null, progress: null };
    await page.evaluate((value) => window.tell("runs/changed", { version: 2, added: [], removed: [], changed: [{ runId: value.runId, head: value, cells: {} }] }), head);
    await page.locator(`[data-row="${row}"] .title`, { hasText: `the good ${runId}` }).waitFor();
  }
  assert.deepEqual((await names()).filter((name) => name.startsWith("the good")).toSorted(), ["the good r2", "the good r3"]);
  check();
});

test("the line that logs a metric opens; where none is known that is said; a selected run is evaluated; the table is exported", async () => {
  const { page, check } = await openTable();
  await page.locator('.titles [data-col="2"]').focus();
  await page.keyboard.press(".");
  await page.getByRole("menuitem", { name: "Go to the line that logs it" }).click();
  await untilAsked(page, "host/openFile", '"line":41');
  await page.locator('.titles [data-col="3"]').focus();
  await page.keyboard.press(".");
  await page.getByRole("menuitem", { name: "Go to the line that logs it" }).click();
  await page.getByText("No run says where val_loss is logged").waitFor();
  await page.locator('[data-row="3"] [data-check]').click();
  await page.getByRole("button", { name: "Evaluate" }).click();
  await untilAsked(page, "host/command", '"touchstone.evaluate"');
  assert.deepEqual((await lastParams(page, "host/command"))?.["args"], [{ file: "predictions.csv", runId: "r3" }]);
  await page.getByRole("button", { name: "Archive" }).click();
  await untilAsked(page, "host/command", '"touchstone.deleteRun"');
  await pick(page, "Export", "CSV…");
  await untilAsked(page, "host/exportRuns", '"format":"csv"');
  check();
});

test("beside the code: the state says icon and age whole, and the first metric is in sight", async () => {
  const { page, check } = await openTable({ width: 620, height: 700 });
  const cut = await page.evaluate(() => {
    const grid = document.querySelector("touchstone-table")?.shadowRoot?.querySelector("run-grid")?.shadowRoot;
    return Array.from(grid?.querySelectorAll<HTMLElement>(".rowline .state") ?? []).filter((state) => state.scrollWidth > (state.parentElement?.clientWidth ?? 0)).map((state) => state.innerText);
  });
  assert.deepEqual(cut, []);
  const metric = await page.locator(".titles [data-col='2']").boundingBox();
  assert.ok(metric !== null && metric.x + metric.width <= 620, "the first metric is cut");
  check();
});

test("100,000 runs in groups, two of them unfolded, stay under 2,000 nodes", async () => {
  const { page, check } = await openTable({ variant: "100000", width: 1600, height: 1000 });
  await pick(page, /^Group/, "model");
  await page.getByText("model gbm").first().waitFor();
  for (const name of ["model linear", "model gbm"]) await page.locator(".rowline", { hasText: name }).getByRole("button", { name: /^Show/ }).click();
  await page.getByText(/in \d{2}[^0-9]+\d{3} rows/).waitFor();
  for (const top of [0, 500_000, 1_200_000]) {
    await page.getByRole("treegrid").evaluate((element, to) => (element.scrollTop = to), top);
    await page.locator(`[data-row="${Math.floor(top / 22) + 5}"] .title`).waitFor();
    const nodes = await page.evaluate(() => {
      const count = (root: ParentNode): number => Array.from(root.querySelectorAll("*")).reduce((sum, element) => sum + 1 + (element.shadowRoot === null ? 0 : count(element.shadowRoot)), 0);
      return count(document);
    });
    assert.ok(nodes <= 2000, `${nodes} nodes at ${top}`);
  }
  check();
});

const pictures = process.env["TOUCHSTONE_PICTURES"];
for (const theme of ["dark", "light", "hc-dark", "hc-light"] satisfies ThemeName[]) {
  test(`the grouped table in ${theme}: no serious fault of accessibility, nothing wider than the window`, async () => {
    for (const width of theme === "dark" ? [1400, 700, 300] : [1200]) {
      const { page, check } = await openTable({ theme, width, height: 860 });
      await page.locator('[data-row="2"] [data-col="1"]').click();
      await page.keyboard.press("b");
      await page.locator('[data-row="2"] .chip', { hasText: "baseline" }).waitFor();
      await pick(page, /^Group/, "model");
      await page.getByText("model gbm").first().waitFor();
      await page.locator(".rowline", { hasText: "model mlp" }).getByRole("button", { name: /^Show/ }).click();
      await page.locator('[aria-level="2"]').first().waitFor();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`);
      assert.deepEqual(await accessibilityFaults(page), []);
      if (pictures !== undefined) {
        mkdirSync(pictures, { recursive: true });
        await page.screenshot({ path: `${pictures}/grouped-${theme}-${width}.png` });
      }
      check();
      await page.close();
    }
  });
}
