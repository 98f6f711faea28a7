import type { Locator, Page } from "playwright-core";
import type { QuickInput } from "./quickInput.ts";

/** A text editor with its CodeLenses, squiggles and hovers. */
export class Editor {
  readonly #page: Page;
  readonly #quickInput: QuickInput;
  readonly root: Locator;

  constructor(page: Page, quickInput: QuickInput, path: string) {
    this.#page = page;
    this.#quickInput = quickInput;
    // As VS Code writes a URI.
    const name = encodeURIComponent(path.split("/").at(-1) ?? path);
    this.root = page.locator(`.editor-instance .monaco-editor[data-uri$="${name}"], .monaco-editor[data-uri$="/${name}"]`).first();
  }

  async shown(): Promise<void> {
    await this.root.locator(".view-lines").waitFor();
  }

  /** The CodeLens with this text. */
  lens(text: string | RegExp): Locator {
    return this.root.locator(".codelens-decoration a").filter({ hasText: text }).first();
  }

  /** Texts of all painted CodeLenses, after at least one is there. */
  async lenses(): Promise<string[]> {
    await this.root.locator(".codelens-decoration a").first().waitFor();
    return this.root.locator(".codelens-decoration a").allTextContents();
  }

  async clickLens(text: string | RegExp): Promise<void> {
    await this.lens(text).click();
  }

  /** Puts the cursor into a line, counted from 1. */
  async goto(line: number): Promise<void> {
    // The keys go to whatever has the focus, a webview beside it for instance.
    await this.root.locator(".native-edit-context, textarea.inputarea").first().focus();
    await this.#page.keyboard.press("Control+G");
    await this.#quickInput.answer(`:${line}`);
    await this.#quickInput.closed();
  }

  /** The text of the painted lines. */
  async text(): Promise<string> {
    const lines = await this.root.locator(".view-line").evaluateAll((elements) =>
      elements
        .map((element) => ({ top: element instanceof HTMLElement ? Number.parseFloat(element.style.top) : 0, text: element.textContent ?? "" }))
        .sort((a, b) => a.top - b.top)
        .map((line) => line.text),
    );
    return lines.join("\n").replaceAll(" ", " ");
  }

  /** Types at the cursor. */
  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  async save(): Promise<void> {
    await this.#page.keyboard.press("ControlOrMeta+S");
  }

  /** Squiggles of errors. */
  get errors(): Locator {
    return this.root.locator(".squiggly-error");
  }
}
