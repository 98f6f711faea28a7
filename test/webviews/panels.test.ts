import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { accessibilityFaults } from "./axe.ts";
import { asked, lastParams, testBrowser, untilAsked } from "./browser.ts";
import { openPanel, type PanelOptions } from "./page.ts";
import type { ThemeName } from "./themes.ts";

const browser = testBrowser();

async function openTable(options: PanelOptions = {}): Promise<{ page: Page; check: () => void }> {
  const opened = await openPanel(browser(), "table", { variant: "40", ...options });
  await opened.page.locator(".rowline .title").first().waitFor();
  return opened;
}

test("the table opens with the answer, key metrics first, newest first, the best in bold", async () => {
  const { page, check } = await openTable();
  await page.getByText("is best on val_f1").waitFor();
  assert.match(await page.locator("answer-line [role=status]").innerText(), /^lr 0\.05 · depth 8 is best on val_f1: 0\.7102 ± 0\.0055/);
  assert.deepEqual((await page.locator(".titles .name").allInnerTexts()).slice(0, 5), ["run", "state", "val_f1", "val_loss", "val_auc"]);
  const query = await lastParams(page, "runs/window");
  assert.deepEqual(query?.["query"], { script: "train.py", view: "active", topLevel: true });
  assert.equal(await page.locator('[data-row="9"] [data-col="2"] b').innerText(), "0.6444");
  assert.equal(await page.locator('[data-row="4"] [data-col="3"]').innerText(), "NaN");
  assert.equal(await page.locator('[data-row="1"] [data-col="2"]').innerText(), "—");
  check();
});

test("a click on a header asks the engine for that order, and the rows stand in it", async () => {
  const { page, check } = await openTable();
  await page.locator(".titles .name", { hasText: "val_loss" }).click();
  await page.locator('.titles [aria-sort="ascending"]').waitFor();
  const query = (await lastParams(page, "runs/window"))?.["query"];
  assert.ok(typeof query === "object" && query !== null && "sort" in query);
  assert.deepEqual(query.sort, [{ column: "metrics.val_loss", descending: false }]);
  const values = (await page.locator('.rowline [data-col="3"]').allInnerTexts()).slice(0, 8).map(Number);
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
  check();
});

test("the filter completes, points at what is wrong, mends it, and narrows the rows", async () => {
  const { page, check } = await openTable();
  await page.locator('[data-row="0"] [data-col="1"]').click();
  await page.keyboard.press("/");
  await page.keyboard.type("metrix.val_f1 > 0.68");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.locator(".problem").innerText(), "metrix.val_f1");
  await page.getByRole("button", { name: "Use metrics.val_f1" }).click();
  await untilAsked(page, "runs/window", "metrics.val_f1 > 0.68");
  await page.getByText(/\d+ of 40 runs/).waitFor();
  const values = (await page.locator('.rowline [data-col="2"]').allInnerTexts()).map(Number);
  assert.ok(values.length > 0 && values.every((value) => value > 0.68), values.join());
  await page.getByRole("combobox").fill("");
  await page.keyboard.type("params.m");
  await page.getByRole("option", { name: /params\.model/ }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.getByRole("combobox").inputValue(), "params.model");
  check();
});

test("selected runs are compared by key and stand in front of the curves, whose table gives their values", async () => {
  const { page, check } = await openTable();
  await page.locator('[data-row="2"] [data-check]').click();
  await page.locator('[data-row="5"] [data-check]').click();
  await page.getByText("2 selected in front").waitFor();
  await page.keyboard.press("c");
  assert.deepEqual(await lastParams(page, "host/compare"), { runIds: ["r2", "r5"] });
  await page.getByRole("button", { name: "Show as table" }).click();
  const table = page.locator(".values table");
  await table.waitFor();
  assert.equal(await table.locator("thead th").first().innerText(), "step");
  const shown = await table.locator("tbody tr").first().locator("td").first().getAttribute("title");
  const curve = await page.evaluate(() => window.asked.find(({ method }) => method === "metrics/curves") !== undefined);
  assert.ok(curve && Number.isFinite(Number(shown)), String(shown));
  check();
});

test("beside the curves stands of which runs points may be missing, and why; the others are drawn", async () => {
  const one = await openTable({ variant: "6%20r5" });
  const line = one.page.locator(".lacks");
  await line.waitFor();
  const said = await line.innerText();
  assert.match(said, /Points may be missing\. .*: only what was read before is here\.$/);
  const titles = await one.page.locator(".rowline .title").allInnerTexts();
  assert.equal(titles.filter((title) => said.includes(` ${title}: `)).length, 1, `${said} of ${titles.join(", ")}`);
  await one.page.getByRole("button", { name: "Show as table" }).click();
  assert.ok((await one.page.locator(".values table thead th").count()) > 3);
  one.check();
  const two = await openTable({ variant: "6%20r5,r3" });
  await two.page.getByText("Points may be missing of 2 curves.").waitFor();
  two.check();
});

test("a live value changes in place; a new run waits behind a pill", async () => {
  const { page, check } = await openTable();
  const head = { runId: "r1", launchId: "l1", title: "lr 0.1 · depth 8", status: "running", start: Date.now(), end: null, color: 1, starred: false, deleted: false, children: 0, parent: null, script: "train.py", error: null, progress: "341/1000" };
  await page.evaluate((value) => window.tell("runs/changed", { version: 2, added: ["r7"], removed: [], changed: [{ runId: "r1", head: value, cells: { "metrics.val_f1": 0.5 } }] }), head);
  await page.locator('[data-row="1"] [data-col="2"]', { hasText: "0.5000" }).waitFor();
  assert.match(await page.locator('[data-row="1"] [data-col="1"]').innerText(), /341\s*\/1000/);
  assert.equal(await page.locator('[data-row="0"] .title').innerText(), "lr 0.05 · depth 8", "nothing moved");
  const before = (await asked(page, "runs/keys")).length;
  await page.getByRole("button", { name: "1 new run" }).click();
  await untilAsked(page, "runs/keys", "", before + 1);
  check();
});

test("a run whose process may be gone says since when nothing was heard of it, and turns no more", async () => {
  const { page, check } = await openTable();
  const state = page.locator('[data-row="1"] [data-col="1"]');
  assert.deepEqual([await state.locator(".hidden-text").innerText(), await state.locator(".spin").count()], ["running", 1]);
  const head = { runId: "r1", launchId: null, title: "lr 0.1 · depth 8", status: "running", start: Date.now(), end: null, color: 1, starred: false, deleted: false, children: 0, parent: null, script: "train.py", error: null, progress: null };
  await page.evaluate((value) => window.tell("runs/changed", { version: 2, added: [], removed: [], changed: [{ runId: "r1", head: { ...value, silentSince: new Date(2026, 4, 3, 14, 2, 5).getTime() }, cells: {} }] }), head);
  await state.getByText("no sign of life since 2026-05-03 14:02:05").waitFor({ state: "attached" });
  assert.equal(await state.locator(".spin").count(), 0);
  check();
});

test("children unfold below their run and fold again", async () => {
  const { page, check } = await openTable();
  await page.getByRole("button", { name: /Show the 3 runs of/ }).first().click();
  await page.getByText("seed 2", { exact: true }).waitFor();
  assert.deepEqual((await page.locator(".rowline .title").allInnerTexts()).slice(1, 5), ["seed 0", "seed 1", "seed 2", "lr 0.1 · depth 8"]);
  await page.getByRole("button", { name: /Hide the 3 runs of/ }).click();
  await page.getByText("seed 2", { exact: true }).waitFor({ state: "detached" });
  check();
});

test("columns are chosen from all there are", async () => {
  const { page, check } = await openTable();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("textbox", { name: "Search columns" }).fill("stage");
  await page.getByRole("checkbox", { name: /stage/ }).check();
  await page.locator(".titles .name", { hasText: "stage" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
  check();
});

test("an engine that left is said, and what was seen stays", async () => {
  const { page, check } = await openTable();
  await page.evaluate(() => window.tell("host/engine", { state: "failed", message: null }));
  await page.getByText("The engine is not running").waitFor();
  assert.ok((await page.locator(".rowline").count()) > 10);
  await page.getByRole("button", { name: "Restart the engine" }).click();
  assert.deepEqual(await lastParams(page, "host/command"), { command: "touchstone.restartEngine", args: [] });
  check();
});

test("no runs: the view says so and offers the action that fills it", async () => {
  const { page, check } = await openPanel(browser(), "table", { variant: "0" });
  await page.getByText("train.py has not been run yet.").waitFor();
  await page.getByRole("button", { name: "Run & track" }).click();
  assert.equal((await lastParams(page, "host/command"))?.["command"], "touchstone.run");
  check();
});

test("the run page: what differs from the run before, where it was logged, the log's places open", async () => {
  const { page, check } = await openPanel(browser(), "run", { variant: "failed" });
  await page.getByRole("heading", { name: "ValueError" }).waitFor();
  await page.getByText("0.1 →").waitFor();
  await page.getByRole("button", { name: "train.py:52" }).click();
  assert.deepEqual(await lastParams(page, "host/openFile"), { path: "train.py", line: 52, beside: true });
  await page.getByRole("tab", { name: "Log" }).click();
  await page.getByRole("button", { name: 'File "/project/train.py", line 41' }).click();
  assert.deepEqual(await lastParams(page, "host/openFile"), { path: "/project/train.py", line: 41, beside: true });
  await page.getByRole("searchbox", { name: "Search the log" }).fill("epoch 37");
  await page.getByText("11 of 11 lines").waitFor();
  await page.getByRole("button", { name: "Next match" }).click();
  await page.getByText("1 of 11 lines").waitFor();
  await page.locator(".line.here", { hasText: /epoch 37 / }).waitFor();
  check();
});

test("artifacts: the tree answers the keyboard, a picture and a text are shown, bytes are not", async () => {
  const { page, check } = await openPanel(browser(), "run");
  await page.getByRole("tab", { name: "Artifacts" }).click();
  await page.locator("pre", { hasText: "hours_per_week" }).waitFor();
  await page.getByRole("treeitem", { name: /plots/ }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("treeitem", { name: /importance\.png/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("artifact-preview img").waitFor();
  await page.getByRole("treeitem", { name: /weights\.bin/ }).click();
  await page.getByText("This file is not text").waitFor();
  check();
});

test("the run page: models that the run logged with their registered versions, copied as a script loads them; an alias follows live", async () => {
  const { page, check } = await openPanel(browser(), "run");
  const models = page.locator("section.models");
  await models.getByRole("heading", { name: "Models 1 registered version" }).waitFor();
  assert.deepEqual((await models.locator(".file").allInnerTexts()).map((text) => text.replaceAll(/[\p{Co}\s]+/gu, " ").trim()), ["gbm m-5a0c1d2e3f405162738495a6b7c8d9e0 · step 400 income version 3", "gbm-early being logged m-77c1d2e3f405162738495a6b7c8d9e0aa · step 100"]);
  await models.getByRole("button", { name: "Copy models:/income/3" }).click();
  assert.deepEqual(await lastParams(page, "host/copy"), { text: "models:/income/3" });
  await page.evaluate(() => window.giveAlias("champion"));
  await models.getByText("@champion").waitFor();
  await models.getByRole("button", { name: "Copy models:/income@champion" }).click();
  assert.deepEqual(await lastParams(page, "host/copy"), { text: "models:/income@champion" });
  check();
});

test("comparison: differences only, all on demand, against another run, out of it", async () => {
  const { page, check } = await openPanel(browser(), "compare");
  await page.getByRole("rowheader", { name: "drop_missing" }).waitFor();
  assert.equal(await page.getByRole("rowheader", { name: "rounds" }).count(), 0);
  await page.getByRole("checkbox", { name: "Show all" }).check();
  await page.getByRole("rowheader", { name: "rounds" }).waitFor();
  await page.getByRole("button", { name: /against A/ }).click();
  await page.getByRole("menuitemcheckbox", { name: /^B/ }).click();
  await page.getByRole("columnheader", { name: "A − B" }).first().waitFor();
  assert.equal((await lastParams(page, "runs/compare"))?.["against"], "r2");
  await page.getByRole("button", { name: /Open in VS Code|B → C/ }).first().click();
  assert.deepEqual(await lastParams(page, "host/compareCode"), { runIds: ["r2", "r5"] });
  await page.getByRole("button", { name: /Take lr 0\.05 · depth 6 out/ }).click();
  await untilAsked(page, "runs/compare", '["r0","r2"]');
  check();
});

test("comparison: where the predictions are better, in words and numbers, and what moved in the data", async () => {
  const { page, check } = await openPanel(browser(), "compare");
  const row = page.locator('[data-slice="Self-employed & married"]');
  await row.waitFor();
  assert.match(await row.innerText(), /361\s+19\.4.%\s+21\.3.%\s+27\.0.%\s+\+1\.9 ▴\s+\+7\.6 ▴/);
  assert.equal(await row.locator("span.bad").first().innerText(), "+7.6 ▴");
  const found = page.locator('[data-slice="workclass is missing"]');
  assert.deepEqual([await found.locator(".good, .bad, svg").count(), await found.locator("span.two").last().innerText()], [0, "−5.5 ▾"], "a slice was found in these rows: no verdict, no interval");
  await page.getByText("a test on them would find differences between equal models").waitFor();
  assert.match(await page.locator("answer-line [role=status]").innerText(), /^Of the same 6513 rows A gets 839 wrong, B 859 \(p = 0\.14\)/);
  assert.match(await page.locator('[data-moved="hours_per_week, mean"]').innerText(), /40\.44\s+40\.44\s+40\.93\s+C \+0\.49 \(0\.04 sd\)/);
  await page.getByRole("button", { name: "C: predictions.csv" }).click();
  assert.deepEqual(await lastParams(page, "host/openRun"), { runId: "r5", tab: "evaluations" });
  check();
});

test("a run stands among all runs, with its seeds' interval; changes are coloured where seeds say more than chance", async () => {
  const { page, check } = await openPanel(browser(), "run");
  const strip = page.getByRole("img", { name: /^val_f1: this run 0\.7070, place \d+ of \d+; all from/ });
  await strip.waitFor();
  assert.ok((await strip.locator("circle.other").count()) > 10);
  assert.equal(await strip.locator("g.own line").count(), 3, "the interval with its ends");
  const row = page.getByRole("row", { name: /^val_f1/ });
  assert.deepEqual([await row.locator("span.bad").allInnerTexts(), (await row.locator("td span.two").allInnerTexts()).includes("−0.0019 ▾")], [["−0.0241 ▾"], true]);
  await page.getByText("Environment", { exact: true }).click();
  await page.getByText("lightgbm").waitFor();
  check();
});

test("artifacts: Markdown rendered, a table in windows, a model's signature, HTML without scripts but with its styles", async () => {
  const { page, check } = await openPanel(browser(), "run");
  await page.getByRole("tab", { name: "Artifacts" }).click();
  const choose = (name: string): Promise<void> => page.getByRole("treeitem", { name }).click();
  await choose("notes.md");
  await page.locator("article h3", { hasText: "Findings" }).waitFor();
  assert.deepEqual([await page.locator("article b").innerText(), await page.locator("article li").allInnerTexts(), await page.locator("article td").allInnerTexts()], ["lower rate", ["seeds agree", "<script>alert(1)</script> stays text"], ["1", "0.71"]]);
  await choose("scores.csv");
  await page.getByText("rows 1 – 200 of 1").waitFor();
  await page.getByRole("button", { name: "Next rows" }).click();
  await page.getByRole("cell", { name: "200", exact: true }).waitFor();
  await choose("MLmodel");
  await page.locator("dd div").nth(1).waitFor();
  assert.deepEqual(await page.locator("dd div").allInnerTexts(), ["age long", "hours double"]);
  await choose("report.html");
  const frame = page.frameLocator("html-preview iframe");
  await frame.getByRole("heading", { name: "Report" }).waitFor();
  await page.waitForFunction(() => document.querySelector("touchstone-run")?.shadowRoot?.querySelector("artifacts-view")?.shadowRoot?.querySelector("artifact-preview")?.shadowRoot?.querySelector("html-preview")?.shadowRoot?.querySelector("iframe")?.contentDocument?.adoptedStyleSheets.length === 1);
  const looks = await frame.locator("body").evaluate((body) => [getComputedStyle(body.querySelector("h1")!).color, getComputedStyle(body.querySelector("p")!).fontWeight, body.querySelectorAll("script, [href]").length]);
  assert.deepEqual([...looks, await page.title()], ["rgb(1, 2, 3)", "700", 0, "Touchstone"]);
  // The parser reports what the policy keeps it from; the frame itself has nothing left to report, and asked nobody for anything.
  assert.throws(check, (error) => error instanceof Error && !/elsewhere|Refused to load|Blocked script/.test(error.message) && /inline/.test(error.message));
});

const PANELS = [["table", ".rowline .title"], ["run", ".columns table"], ["compare", "section table"]] as const;
const pictures = process.env["TOUCHSTONE_PICTURES"];

for (const theme of ["dark", "light", "hc-dark", "hc-light"] satisfies ThemeName[]) {
  test(`panels in ${theme}: no serious fault of accessibility, nothing wider than the window`, async () => {
    for (const [panel, ready] of PANELS) {
      for (const width of theme === "dark" ? [1200, 1600, 480] : [1200]) {
        const { page, check } = await openPanel(browser(), panel, { theme, width, height: 860 });
        await page.locator(ready).first().waitFor();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${panel} at ${width} is ${overflow} px too wide`);
        if (width === 1200) assert.deepEqual(await accessibilityFaults(page), [], panel);
        if (pictures !== undefined) {
          mkdirSync(pictures, { recursive: true });
          await page.screenshot({ path: `${pictures}/${panel}-${theme}-${width}.png` });
        }
        check();
        await page.close();
      }
    }
  });
}
