import type { Locator, Page } from "playwright-core";

/** VS Code's quick pick and input box: the one that is open. */
export class QuickInput {
  readonly #page: Page;
  readonly #widget: Locator;
  readonly #input: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator(".quick-input-widget");
    this.#input = this.#widget.locator(".quick-input-box input");
  }

  async opened(): Promise<void> {
    await this.#input.waitFor();
  }

  async closed(): Promise<void> {
    await this.#widget.waitFor({ state: "hidden" });
  }

  async title(): Promise<string> {
    await this.#widget.waitFor();
    return (await this.#widget.locator(".quick-input-title").textContent()) ?? "";
  }

  /** Waits for the box with this title: one may follow another. */
  async titled(title: string): Promise<void> {
    await this.#widget.locator(".quick-input-title").filter({ hasText: title }).waitFor();
  }

  async value(): Promise<string> {
    await this.opened();
    return this.#input.inputValue();
  }

  /** The message under an input box: its prompt or what is wrong with the value. */
  async message(): Promise<string> {
    return (await this.#widget.locator(".quick-input-message").textContent()) ?? "";
  }

  async fill(text: string, timeout?: number): Promise<void> {
    await this.#input.fill(text, timeout === undefined ? {} : { timeout });
  }

  /** Waits until the box holds a value that ends so: a dialog for files puts its own there, after it opened. */
  async holds(end: string): Promise<void> {
    await this.#page.waitForFunction((text) => [...document.querySelectorAll<HTMLInputElement>(".quick-input-widget .quick-input-box input")].some(({ value }) => value.endsWith(text)), end);
  }

  /** In a dialog for files, which opened in `folder` with this name or none: takes the file. */
  async chooseFile(folder: string, name: string, offered = ""): Promise<void> {
    await this.holds(`${folder}/${offered}`);
    await this.fill(`${folder}/${name}`);
    await this.holds(`${folder}/${name}`);
    await this.accept();
    await this.closed();
  }

  /** Fills an input box and confirms it. */
  async answer(text: string): Promise<void> {
    await this.fill(text);
    await this.accept();
  }

  async accept(): Promise<void> {
    await this.opened();
    await this.#page.keyboard.press("Enter");
  }

  async cancel(): Promise<void> {
    await this.opened();
    await this.#page.keyboard.press("Escape");
    await this.closed();
  }

  /** The row whose label holds this text. */
  item(label: string | RegExp): Locator {
    return this.#widget.locator(".monaco-list-row").filter({ hasText: label }).first();
  }

  /** The texts of the rows that are painted. */
  async items(): Promise<string[]> {
    await this.#widget.locator(".monaco-list-row").first().waitFor();
    const labels = await this.#widget.locator(".monaco-list-row .label-name").allTextContents();
    return labels.map((label) => label.trim());
  }

  /** Waits for the row and clicks it. */
  async pick(label: string | RegExp, timeout?: number): Promise<void> {
    await this.item(label).click(timeout === undefined ? {} : { timeout });
  }
}
