import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { accessibilityFaults } from "./axe.ts";
import { testBrowser } from "./browser.ts";
import { openPanel } from "./page.ts";

const browser = testBrowser();

/** Opens the grid of ROWSxCOLUMNS and waits for its first cells. */
async function openGrid(variant: string, options = {}): Promise<{ page: Page; check: () => void; focused: () => Promise<string>; told: (name: string) => Promise<unknown> }> {
  const { page, check } = await openPanel(browser(), "grid", { variant, ...options });
  await page.getByRole("gridcell", { name: "run 0", exact: true }).waitFor();
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const cell = document.querySelector("data-grid")?.shadowRoot?.activeElement;
      return cell instanceof HTMLElement ? `${cell.closest<HTMLElement>("[data-row]")?.dataset["row"]}:${cell.dataset["col"]}` : "none";
    });
  const told = async (name: string): Promise<unknown> => JSON.parse((await page.evaluate((key) => document.body.dataset[key], name)) ?? "null");
  return { page, check, focused, told };
}

const settle = (page: Page): Promise<unknown> => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Nodes of the page, those in shadow roots included. */
const countNodes = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const count = (root: ParentNode): number => Array.from(root.querySelectorAll("*")).reduce((sum, element) => sum + 1 + (element.shadowRoot === null ? 0 : count(element.shadowRoot)), 0);
    return count(document);
  });

test("100,000 rows by 40 columns stay under 2,000 nodes at the top, in the middle and at the end", async () => {
  const { page, check } = await openGrid("100000x40", { width: 1600, height: 1000 });
  const grid = page.getByRole("grid");
  assert.equal(await grid.getAttribute("aria-rowcount"), "100002");
  for (const top of [0, 1_000_000, 2_200_000]) {
    await grid.evaluate((element, to) => (element.scrollTop = to), top);
    await settle(page);
    const expected = Math.min(Math.floor(top / 22), 99_999 - 40);
    await page.locator(`[data-row="${expected + 10}"] .content .cut`).waitFor();
    assert.equal(await page.locator(`[data-row="${expected + 10}"] .content`).innerText(), `run ${expected + 10}`);
    const nodes = await countNodes(page);
    assert.ok(nodes <= 2000, `${nodes} nodes at ${top}`);
  }
  check();
});

test("arrows, Home, End, PageUp and PageDown move one focus; Ctrl reaches the ends", async () => {
  const { page, focused, check } = await openGrid("100000x40");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.getByRole("gridcell", { name: "run 0", exact: true }).click();
  assert.equal(await focused(), "0:0");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "1:1");
  await page.keyboard.press("End");
  await settle(page);
  assert.equal(await focused(), "1:39");
  assert.ok(await page.locator('[data-row="1"] [data-col="39"]').isVisible());
  await page.keyboard.press("Home");
  await page.keyboard.press("Control+End");
  await settle(page);
  assert.equal(await focused(), "99999:39");
  await page.keyboard.press("PageUp");
  await settle(page);
  const [row = ""] = (await focused()).split(":");
  assert.ok(Number(row) < 99_980 && Number(row) > 99_950, row);
  await page.keyboard.press("Control+Home");
  await settle(page);
  assert.equal(await focused(), "0:0");
  await page.keyboard.press("ArrowUp");
  await settle(page);
  assert.equal(await focused(), "-1:0", "the header is one row above");
  assert.equal(await page.locator('[tabindex="0"]').count(), 1, "one tab stop");
  check();
});

test("the focused row keeps the focus while the wheel scrolls it out of sight", async () => {
  const { page, focused, check } = await openGrid("100000x12");
  await page.getByRole("gridcell", { name: "run 3", exact: true }).click();
  await page.getByRole("grid").evaluate((element) => (element.scrollTop = 500_000));
  await settle(page);
  assert.equal(await focused(), "3:0");
  await page.keyboard.press("ArrowDown");
  await settle(page);
  assert.equal(await focused(), "4:0");
  check();
});

test("Space, Shift and the check box select; Enter opens; Escape lets go", async () => {
  const { page, told, check } = await openGrid("500x8");
  await page.getByRole("gridcell", { name: "run 2", exact: true }).click();
  assert.equal(await told("gridSelect"), null, "a click alone selects nothing");
  await page.keyboard.press(" ");
  assert.deepEqual(await told("gridSelect"), ["2"]);
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  assert.deepEqual(await told("gridSelect"), ["2", "3", "4"]);
  await page.getByRole("gridcell", { name: "run 8", exact: true }).click({ modifiers: ["Shift"] });
  assert.deepEqual(await told("gridSelect"), ["2", "3", "4", "5", "6", "7", "8"]);
  await page.locator('[data-row="5"] [data-check]').click();
  assert.deepEqual(await told("gridSelect"), ["2", "3", "4", "6", "7", "8"]);
  assert.equal(await page.locator('[data-row="6"]').getAttribute("aria-selected"), "true");
  await page.keyboard.press("Enter");
  assert.equal(((await told("gridOpen")) as { id: string }).id, "5");
  await page.keyboard.press("Escape");
  assert.deepEqual(await told("gridSelect"), []);
  check();
});

test("a header sorts by click and by Enter, resizes and moves by key, and hides from its menu", async () => {
  const { page, told, check } = await openGrid("500x8");
  const header = page.locator('.titles [data-col="1"]');
  await header.click();
  assert.deepEqual(await told("gridSort"), [{ column: "c1", descending: false }]);
  const width = async (): Promise<number> => (await header.boundingBox())?.width ?? 0;
  const before = await width();
  await page.keyboard.press("Shift+ArrowRight");
  assert.equal((await width()) - before, 8);
  await page.keyboard.press("Alt+ArrowRight");
  assert.match(await page.locator('.titles [data-col="2"]').innerText(), /value 1/);
  await page.keyboard.press(".");
  await page.getByRole("menuitem", { name: "Hide" }).click();
  assert.equal(await page.locator(".titles").getByText("value 1", { exact: true }).count(), 0);
  check();
});

test("dragging a header reorders, dragging its edge resizes", async () => {
  const { page, check } = await openGrid("50x8");
  const box = async (column: number): Promise<{ x: number; y: number; width: number }> => {
    const found = await page.locator(`.titles [data-col="${column}"]`).boundingBox();
    assert.ok(found);
    return found;
  };
  const from = await box(1);
  const to = await box(3);
  await page.mouse.move(from.x + 30, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width - 10, to.y + 10, { steps: 4 });
  await page.mouse.up();
  const titles = await page.locator(".titles .name").allInnerTexts();
  assert.deepEqual(titles.slice(0, 4), ["run", "value 2", "value 3", "value 1"]);
  const first = await box(1);
  await page.mouse.move(first.x + first.width - 2, first.y + 10);
  await page.mouse.down();
  await page.mouse.move(first.x + first.width + 38, first.y + 10, { steps: 3 });
  await page.mouse.up();
  assert.equal((await box(1)).width, first.width + 40);
  check();
});

test("a live value changes in its cell and moves nothing else", async () => {
  const { page, check } = await openGrid("100000x8");
  await page.getByRole("gridcell", { name: "run 5", exact: true }).click();
  const changed = await page.evaluate(async () => {
    const root = document.querySelector("data-grid")?.shadowRoot;
    const cell = root?.querySelector('[data-row="5"] [data-col="1"]');
    const seen: Node[] = [];
    const observer = new MutationObserver((records) => seen.push(...records.map(({ target }) => target)));
    if (!root || !cell) throw new Error("no cell");
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    const { grid } = window as unknown as { grid: { patch(id: string, change: (row: { values: number[] }) => unknown): boolean; updateComplete: Promise<unknown> } };
    grid.patch("5", (row) => ({ ...row, values: row.values.with(1, 0.5) }));
    await grid.updateComplete;
    await Promise.resolve();
    return { text: cell.textContent, outside: seen.filter((node) => !cell.contains(node)).length, focus: root.activeElement?.textContent };
  });
  assert.equal(changed.text, "0.5000");
  assert.equal(changed.outside, 0);
  assert.match(changed.focus ?? "", /run 5/);
  check();
});

for (const theme of ["dark", "light", "hc-dark", "hc-light"] as const) {
  test(`no serious fault of accessibility in ${theme}`, async () => {
    const { page, check } = await openGrid("1000x12", { theme });
    await page.getByRole("gridcell", { name: "run 2", exact: true }).click();
    await page.keyboard.press(" ");
    assert.deepEqual(await accessibilityFaults(page), []);
    check();
  });
}
