import type { Locator, Page } from "playwright-core";
import { pickFromMenu } from "./menu.ts";

/** A tree view of the side bar or the panel. */
export class Tree {
  readonly pane: Locator;

  constructor(page: Page, title: string) {
    this.pane = page.locator(".pane").filter({ has: page.locator(`.pane-header .title`, { hasText: new RegExp(`^\\s*${escape(title)}\\s*$`, "i") }) });
  }

  /** The painted row that holds this text. */
  row(text: string | RegExp): Locator {
    return this.pane.locator(".monaco-list-row").filter({ hasText: text }).first();
  }

  /** Texts of the painted rows, label and description, from the top. */
  async rows(): Promise<string[]> {
    await this.pane.locator(".monaco-list-row").first().waitFor();
    const texts = await this.pane.locator(".monaco-list-row .monaco-tl-contents").allInnerTexts();
    return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
  }

  /** What a screen reader says of the row. */
  async accessibleName(text: string | RegExp): Promise<string> {
    return (await this.row(text).getAttribute("aria-label")) ?? "";
  }

  async click(text: string | RegExp): Promise<void> {
    await this.row(text).click();
  }

  /** Unfolds a row; does nothing where it is unfolded. */
  async expand(text: string | RegExp): Promise<void> {
    const row = this.row(text);
    await row.waitFor();
    if ((await row.getAttribute("aria-expanded")) === "false") await row.locator(".monaco-tl-twistie").click();
  }

  /** Clicks an inline action of a row by its title. */
  async action(text: string | RegExp, title: string): Promise<void> {
    const row = this.row(text);
    await row.hover();
    await row.getByRole("button", { name: title }).first().click();
  }

  /** Clicks an action in the title of the view. */
  async titleAction(title: string): Promise<void> {
    await this.pane.locator(".pane-header").hover();
    await this.pane.locator(".pane-header").getByRole("button", { name: title }).first().click();
  }

  /** Opens the context menu of a row and picks an entry. */
  async menu(text: string | RegExp, entry: string): Promise<void> {
    await pickFromMenu(this.pane.page(), () => this.row(text).click({ button: "right" }), entry);
  }
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
