// The evaluation panel on the real engine, in a page: states, keys, themes. The journeys click through it in the real host.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { TouchstoneError } from "../../engine/api/tokens.ts";
import { root } from "../run/entry.mjs";
import { accessibilityFaults } from "./axe.ts";
import { testBrowser } from "./browser.ts";
import { type EvaluationEngine, openEvaluationEngine } from "./evaluation-engine.ts";
import { openPanel, type PageEngine, type PanelOptions } from "./page.ts";
import type { ThemeName } from "./themes.ts";

const browser = testBrowser();
let engine: EvaluationEngine;
before(async () => {
  engine = await openEvaluationEngine();
});
after(() => engine.close());

/** 60 rows; every sixth is wrong. */
const ROWS = Array.from({ length: 60 }, (_, i) => `r${i},${i % 2 === 0 ? "yes" : "no"},${(i % 2 === 0) === (i % 6 !== 0) ? "yes" : "no"},${i % 5},${["red", "green", "blue"][i % 3]}`);
const PLAIN = `id,label,prediction,size,colour\n${ROWS.join("\n")}\n`;

async function open(file: string, options: PanelOptions & { readonly answers?: PageEngine } = {}): Promise<{ page: Page; check: () => void }> {
  const { answers = engine } = options;
  return openPanel(browser(), "evaluation", { ...options, variant: encodeURIComponent(`${file}|${engine.folder}`), engine: answers });
}

/** Evaluates a file as its columns were guessed. */
async function evaluated(file: string, options: PanelOptions & { readonly answers?: PageEngine } = {}): Promise<{ page: Page; check: () => void }> {
  const opened = await open(file, options);
  const button = opened.page.getByRole("button", { name: "Evaluate", exact: true });
  await button.or(opened.page.locator("evaluation-rows")).first().waitFor();
  if (await button.isVisible()) await button.click();
  await opened.page.locator("evaluation-rows data-grid [data-row]").first().waitFor();
  return opened;
}

const write = (name: string, text: string): void => writeFileSync(join(engine.folder, name), text);
const lastParams = (page: Page, method: string): Promise<unknown> => page.evaluate((name) => window.asked.findLast((one) => one.method === name)?.params, method);

test("an empty file: what, where, what to do; once it is written, the evaluation goes on", async () => {
  write("empty.csv", "");
  const { page, check } = await open("empty.csv");
  const alert = page.getByRole("alert");
  await alert.getByText("The file is empty.").waitFor();
  await alert.getByText("Did the script that writes it finish?").waitFor();
  await alert.getByRole("button", { name: "empty.csv", exact: true }).click();
  assert.deepEqual(await lastParams(page, "host/openFile"), { path: "empty.csv", beside: true });
  write("empty.csv", PLAIN);
  await page.evaluate(() => window.tell("host/fileChanged", { path: "empty.csv", gone: false }));
  await page.getByText("60 rows").first().waitFor();
  check();
});

test("no usable column: the mapping says what is missing, and Evaluate waits for it", async () => {
  write("columns.csv", "a,b\n1,x\n2,y\n3,x\n4,y\n");
  const { page, check } = await open("columns.csv");
  const said = page.locator("mapping-page .said");
  await said.getByText(/label/).waitFor();
  assert.ok(await page.getByRole("button", { name: "Evaluate", exact: true }).isDisabled());
  assert.deepEqual((await page.locator("mapping-page tbody tr").first().locator("td").allInnerTexts()).slice(0, 3), ["a", "number", "1 · 2 · 3"]);
  check();
});

test("a word among numbers far down: the line is named and opens, other columns can be chosen", async () => {
  write("mixed.csv", `y_true,y_pred\n${Array.from({ length: 30_000 }, (_, i) => `${i}.5,${i === 29_000 ? "oops" : `${i}.25`}`).join("\n")}\n`);
  const { page, check } = await open("mixed.csv");
  await page.locator("mapping-page .said b").waitFor();
  await page.getByRole("button", { name: "Evaluate", exact: true }).click();
  await page.getByRole("alert").getByText("oops").waitFor();
  await page.getByRole("button", { name: "mixed.csv:29002" }).click();
  assert.deepEqual(await lastParams(page, "host/openFile"), { path: "mixed.csv", line: 29_002, beside: true });
  await page.getByRole("button", { name: "Choose columns…" }).click();
  await page.locator("mapping-page").waitFor();
  check();
});

test("written again: stale is said, Recompute measures anew; deleted: said, and what was read stays", async () => {
  write("again.csv", PLAIN);
  const { page, check } = await evaluated("again.csv");
  assert.equal(await page.locator('tr[data-metric="accuracy"] b').innerText(), "0.8333");
  write("again.csv", PLAIN.replaceAll(",no,yes,", ",no,no,").replaceAll(",yes,no,", ",yes,yes,"));
  await page.evaluate(() => window.tell("host/fileChanged", { path: "again.csv", gone: false }));
  await page.getByText("again.csv has changed since it was evaluated.").waitFor();
  await page.getByRole("button", { name: "Recompute" }).click();
  await page.locator('tr[data-metric="accuracy"] b', { hasText: "1.0000" }).waitFor();
  await page.getByText("has changed since").waitFor({ state: "detached" });
  rmSync(join(engine.folder, "again.csv"));
  await page.evaluate(() => window.tell("host/fileChanged", { path: "again.csv", gone: true }));
  await page.getByText("again.csv is no longer there.").waitFor();
  await page.getByRole("button", { name: "Evaluate the file again (r)" }).click();
  await page.getByRole("alert").getByText("There is no such file.").waitFor();
  assert.equal(await page.locator('tr[data-metric="accuracy"] b').innerText(), "1.0000");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  check();
});

test("a folder that is not trusted: nothing is read, and the way to trust it is there", async () => {
  const refusing: PageEngine = {
    ask: (method, params, work) => (method === "evaluation/describe" ? Promise.reject(new TouchstoneError({ code: "UNTRUSTED", message: "This folder is not trusted, so its files are not read.", file: "p.csv", hint: "Trust the folder." })) : engine.ask(method, params, work)),
  };
  const { page, check } = await open("p.csv", { answers: refusing });
  await page.getByText("not trusted").waitFor();
  await page.getByRole("button", { name: "Manage Trust" }).click();
  assert.equal(await lastParams(page, "host/manageTrust"), null);
  assert.deepEqual(await accessibilityFaults(page), []);
  check();
});

test("a store that can only be read: evaluated, and said that it is not kept", async () => {
  const readOnly = await openEvaluationEngine({ readOnly: true });
  try {
    writeFileSync(join(readOnly.folder, "p.csv"), PLAIN);
    const { page, check } = await evaluated("p.csv", { answers: readOnly });
    await page.getByText("This evaluation is shown, not kept").waitFor();
    assert.equal(await page.locator('tr[data-metric="accuracy"] b').innerText(), "0.8333");
    check();
  } finally {
    await readOnly.close();
  }
});

test("a large file: progress counts its rows, Cancel leads back to the columns", async () => {
  write("large.csv", `label,prediction,x\n${"1,0,0.25\n0,0,0.5\n".repeat(400_000)}`);
  const { page, check } = await open("large.csv");
  await page.locator("mapping-page .said b").waitFor();
  await page.getByRole("button", { name: "Evaluate", exact: true }).click();
  await page.locator("progress-line").getByText(/\d{3} rows/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("mapping-page").waitFor();
  check();
});

test("keys: ? lists them, digits change tabs, Esc goes back a level, v shows a plot's values, l hands rows to labeling", async () => {
  copyFileSync(join(root, "test", "fixtures", "evaluation", "two_class_example.csv"), join(engine.folder, "two.csv"));
  const { page, check } = await evaluated("two.csv");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("label the chosen rows").waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.keyboard.press("4");
  await page.getByRole("tab", { name: /Rows/, selected: true }).waitFor();
  await page.keyboard.press("1");
  await page.locator("confusion-matrix .cell.wrong").first().click();
  await page.locator(".cohort").getByText("Clear").waitFor();
  // Other rows leave none chosen.
  await page.locator("evaluation-rows").getByText("31 rows").waitFor();
  await page.locator('evaluation-rows [data-row="1"] [data-col="1"]').click();
  await page.keyboard.press(" ");
  await page.locator("evaluation-rows").getByText("1 of").waitFor();
  const chosen = await page.locator('evaluation-rows [data-row="1"] .content').innerText();
  await page.keyboard.press("l");
  await page.waitForFunction(() => window.asked.some(({ method }) => method === "host/command"));
  const { args } = (await lastParams(page, "host/command")) as { args: readonly { items: readonly string[]; classes: readonly string[] }[] };
  assert.deepEqual([args[0]?.items.length, args[0]?.classes], [1, ["Class1", "Class2"]]);
  await page.keyboard.press(".");
  await page.getByRole("menuitem", { name: /Open source/ }).click();
  await page.waitForFunction(() => window.asked.some(({ method }) => method === "host/openFile"));
  assert.deepEqual(await lastParams(page, "host/openFile"), { path: "two.csv", line: Number(chosen.replace(/\D/g, "")) + 1, beside: true });
  await page.locator('evaluation-rows [data-row="1"] [data-col="1"]').click();
  await page.keyboard.press("Escape");
  await page.locator("evaluation-rows").getByText("1 of").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.locator(".cohort .chip", { hasText: "all rows" }).waitFor();
  await page.locator("calibration-plot .bar.act").first().focus();
  await page.keyboard.press("v");
  await page.getByRole("region", { name: "Calibration as a table" }).waitFor();
  await page.keyboard.press("v");
  await page.locator("calibration-plot svg").waitFor();
  check();
});

test("in a low window, rows that a click opens come into sight", async () => {
  copyFileSync(join(root, "test", "fixtures", "evaluation", "hpc_cv.csv"), join(engine.folder, "low.csv"));
  const { page, check } = await evaluated("low.csv", { width: 1200, height: 700 });
  const first = page.locator('evaluation-rows [data-row="0"]');
  const bottom = async (): Promise<number> => (await first.boundingBox().then((box) => box && box.y + box.height)) ?? Number.NaN;
  assert.ok((await bottom()) > 700, "below the window at first");
  await page.locator("confusion-matrix .cell.wrong").first().click();
  await page.locator("evaluation-rows").getByText("36 rows").waitFor();
  assert.ok((await bottom()) < 700, `the first row ends at ${await bottom()}`);
  check();
});

test("tags and models: empty ones say what fills them; what was evaluated on the same task stands beside", async () => {
  write("first.csv", PLAIN);
  write("second.csv", PLAIN.replaceAll(",no,yes,", ",no,no,"));
  const { page, check } = await evaluated("first.csv");
  await page.getByRole("tab", { name: "Tags" }).click();
  await page.getByText("No kind of rows has a name yet.").waitFor();
  await page.getByRole("button", { name: "Open touchstone.yaml" }).click();
  assert.deepEqual(await lastParams(page, "host/openFile"), { path: "touchstone.yaml", beside: true });
  await page.context().close();
  const other = await evaluated("second.csv");
  await other.page.getByRole("tab", { name: "Models" }).click();
  const row = other.page.locator("models-tab tbody tr").filter({ hasText: "first.csv" });
  assert.match((await row.innerText()).replaceAll(/\s+/g, " "), /first\.csv — 60 0\.8333 0\.\d{4} – 0\.\d{4}/);
  await row.getByRole("button", { name: "first.csv" }).click();
  assert.deepEqual(await lastParams(other.page, "host/command"), { command: "touchstone.evaluate", args: ["first.csv", null] });
  check();
  other.check();
});

test("more tags than there are places beside the slices: the rest behind a link; a tag that comes is shown, however few rows it holds", async () => {
  const wrong = (i: number): boolean => i % 7 === 0 || i % 10 === 3;
  const rows = Array.from({ length: 1200 }, (_, i) => `r${i},yes,${wrong(i) ? "no" : "yes"},${["a", "b", "c", "d", "e", "f", "g"][i % 7]},${i % 10},${["red", "green", "blue"][i % 3]},${["north", "south"][i % 2]}`);
  write("many.csv", `id,label,prediction,kind,size,colour,side\n${rows.join("\n")}\n`);
  engine.tagRules = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((size) => ({ name: `size ${size}`, where: `size >= ${size}` }));
  const { page, check } = await evaluated("many.csv");
  const tags = page.locator("failure-table tr.act .cut");
  const slices = page.locator("failure-table tr.act").filter({ has: page.locator(".chips .chip") });
  const more = page.locator("failure-table").getByRole("button", { name: /^\d more tags?$/ });
  await slices.first().waitFor();
  const places = 8 - (await slices.count());
  assert.ok(places >= 4 && places < 9, `${places} places`);
  assert.equal(await tags.count(), places);
  assert.equal(await more.innerText(), `${9 - places} more tags`);
  engine.tagRules = [...engine.tagRules, { name: "just one", where: "id = 'r1'" }];
  await page.evaluate(() => window.tell("config/changed", null));
  await tags.filter({ hasText: /^just one$/ }).waitFor();
  await slices.first().waitFor();
  assert.equal(await tags.filter({ hasText: /^just one$/ }).count(), 1, "the slices did not push it out");
  await more.click();
  assert.equal(await tags.count(), 10);
  engine.tagRules = [];
  check();
});

test("a tag that is written by hand is there as the file is saved, its cohort's rows too; nothing is read again", async () => {
  write("tagged.csv", PLAIN);
  engine.tagRules = [{ name: "small", where: "size < 2" }];
  const { page, check } = await evaluated("tagged.csv");
  await page.getByRole("tab", { name: "Tags" }).click();
  const tags = page.locator("failure-table tr.act .cut");
  await tags.filter({ hasText: /^small$/ }).click();
  await page.locator("evaluation-rows").getByText("24 rows").waitFor();
  engine.tagRules = [{ name: "small", where: "size < 3" }, { name: "red ones", where: "colour = 'red'" }];
  await page.evaluate(() => window.tell("config/changed", null));
  await tags.filter({ hasText: /^red ones$/ }).waitFor();
  await page.locator("evaluation-rows").getByText("36 rows").waitFor();
  assert.equal(await page.evaluate(() => window.asked.filter(({ method }) => method === "evaluation/run").length), 1);
  engine.tagRules = [];
  check();
});

const pictures = process.env["TOUCHSTONE_PICTURES"];

for (const theme of ["dark", "light", "hc-dark", "hc-light"] satisfies ThemeName[]) {
  test(`every tab in ${theme}: no serious fault of accessibility, nothing wider than the window`, async () => {
    engine.tagRules = [{ name: "third fold", where: "Resample = 'Fold03'" }, { name: "large", where: "size > 3" }];
    copyFileSync(join(root, "test", "fixtures", "evaluation", "hpc_cv.csv"), join(engine.folder, "hpc.csv"));
    write("numbers.csv", `id,y_true,y_pred,size,colour\n${Array.from({ length: 300 }, (_, i) => `n${i},${(i % 40) + ((i * 7) % 11) + (i % 5)},${(i % 40) + 4},${i % 5},${["red", "green", "blue"][i % 3]}`).join("\n")}\n`);
    copyFileSync(join(root, "test", "fixtures", "evaluation", "two_class_example.csv"), join(engine.folder, "two.csv"));
    for (const [file, tabs] of [["two.csv", ["Overview"]], ["hpc.csv", ["Overview", "Tags", "Slices", "Rows"]], ["numbers.csv", ["Overview", "Slices", "Residuals", "Models"]]] as const) {
      for (const width of theme === "dark" ? [1200, 1245, 1600, 480] : [1200]) {
        const { page, check } = await evaluated(file, { theme, width, height: 860 });
        for (const name of tabs) {
          await page.getByRole("tab", { name: new RegExp(name) }).click();
          await page.locator('.body[aria-busy="false"]').waitFor();
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(overflow <= 0, `${file}, ${name} at ${width} is ${overflow} px too wide`);
          // The page may be narrow enough and still cut what stands in it.
          const cut = await page.evaluate(() => {
            const root = document.querySelector("touchstone-evaluation")?.shadowRoot;
            return [...(root?.querySelectorAll(".body, .top > section") ?? [])].filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => `${part.className} ${part.getAttribute("aria-label") ?? ""}`);
          });
          assert.deepEqual(cut, [], `${file}, ${name} at ${width}`);
          if (width === 1200) assert.deepEqual(await accessibilityFaults(page), [], `${file}, ${name}`);
          if (pictures !== undefined) {
            mkdirSync(pictures, { recursive: true });
            await page.screenshot({ path: `${pictures}/${file}-${name}-${theme}-${width}.png` });
          }
        }
        check();
        await page.context().close();
      }
    }
    engine.tagRules = [];
  });
}
