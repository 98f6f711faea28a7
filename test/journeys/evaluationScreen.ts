import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { pickFromMenu } from "../host/menu.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";
import { readText } from "./oracle.ts";

/** What Python says of the rows that something opens. */
export interface ExpectedRows {
  readonly n: number;
  /** The first row by column title, numbers as numbers. */
  readonly first: Readonly<Record<string, string | number>>;
}

/** Right-clicks a file of the explorer and picks an entry. */
export async function fromExplorer(window: Workbench, file: string, entry: string): Promise<void> {
  await window.openContainer("Explorer");
  const item = window.page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: file });
  // A file that came before the window watched the folder is seen when the explorer reads it again.
  await item.waitFor({ timeout: 5000 }).catch(() => window.command("File: Refresh Explorer"));
  await pickFromMenu(window.page, () => item.click({ button: "right" }), entry);
}

/** A count as the panel writes it: thin spaces between thousands. */
export function counted(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, "\\D{1,3}");
}

/** Waits until the panel shows these rows, above and in the grid, and compares the first one. */
export async function expectRows(panel: Panel, { n, first }: ExpectedRows, what: string): Promise<void> {
  await panel.locator(".cohort .two").filter({ hasText: new RegExp(`^${counted(n)} of `) }).waitFor();
  await panel.locator("evaluation-rows .head .small").filter({ hasText: new RegExp(`^${counted(n)} rows?, `) }).waitFor();
  const shown = await rowsShown(panel, 1);
  for (const [title, value] of Object.entries(first)) {
    const text = shown[0]?.[title];
    assert.ok(text !== undefined, `${what}: no column ${title} among ${Object.keys(shown[0] ?? {}).join(", ")}`);
    assertShown(text, value, `${what}: ${title} of the first row`);
  }
}

/** A number is right to the decimals that are shown. */
export function assertShown(text: string, value: string | number, what: string): void {
  if (typeof value === "string") return assert.equal(text, value, what);
  const plain = text.replaceAll(/[\u2009\u202f\u2060\u00a0]/g, "").replace("−", "-");
  const decimals = plain.split(".")[1]?.length ?? 0;
  assert.ok(Math.abs(Number(plain) - value) <= 0.5000001 * 10 ** -decimals, `${what}: ${text} on the screen, ${value} by Python`);
}

/** The first rows of the grid by column title, as far as their columns are in sight. */
export async function rowsShown(panel: Panel, count: number): Promise<Record<string, string>[]> {
  const grid = panel.locator("evaluation-rows data-grid");
  await grid.locator('[data-row="0"] [data-col="1"]').waitFor();
  const titles = new Map<string, string>();
  for (const title of await grid.locator(".titles [data-col]").all()) titles.set((await title.getAttribute("data-col")) ?? "", (await readText(title.locator(".name"))).trim());
  const rows: Record<string, string>[] = [];
  for (let row = 0; row < count; row++) {
    const cells: Record<string, string> = {};
    for (const cell of await grid.locator(`[data-row="${row}"] [data-col]`).all()) {
      const title = titles.get((await cell.getAttribute("data-col")) ?? "");
      const content = cell.locator(".content");
      if (title !== undefined) cells[title] = (await readText((await content.count()) > 0 ? content : cell)).trim();
    }
    rows.push(cells);
  }
  return rows;
}

/** Takes the cohort away. */
export async function clearCohort(panel: Panel): Promise<void> {
  await panel.locator(".cohort .link").click();
  await panel.locator(".cohort .chip").filter({ hasText: "all rows" }).waitFor();
  await panel.locator('.body[aria-busy="false"]').waitFor();
}

/** Opens the table view of a plot, returns its exact values, and goes back to the drawing. */
export async function tableOf(panel: Panel, plot: string): Promise<{ readonly head: readonly string[]; readonly rows: readonly (readonly number[])[] }> {
  const button = panel.frame.getByRole("button", { name: `${plot} as a table` }).first();
  await button.focus();
  await button.press("Enter");
  const region: Locator = panel.frame.getByRole("region", { name: `${plot} as a table` });
  await region.locator("tbody tr").first().waitFor();
  const head = await region.locator("thead th").allInnerTexts();
  const rows = await region.locator("tbody").evaluate((body: Element) => [...body.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.title))));
  await button.press("Enter");
  await region.waitFor({ state: "detached" });
  return { head, rows };
}
