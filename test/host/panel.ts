import type { FrameLocator, Locator, Page } from "playwright-core";

/** A webview panel. Its page is a frame within a frame of the window, painted over the editor group that holds its tab. */
export class Panel {
  readonly #page: Page;
  readonly #title: string | RegExp;
  #id: string | null = null;

  constructor(page: Page, title: string | RegExp) {
    this.#page = page;
    this.#title = title;
  }

  get tab(): Locator {
    return this.#page.locator(".tabs-container .tab").filter({ hasText: this.#title }).first();
  }

  /**
   * Brings the panel to the front and waits for its page. Needed before anything else, and again after the panel was
   * hidden or the window reloaded: its page is a new one then.
   */
  async shown(): Promise<this> {
    await this.tab.waitFor();
    if ((await this.tab.getAttribute("aria-selected")) !== "true") await this.tab.click();
    const group = this.#page.locator(".editor-group-container").filter({ has: this.#page.locator(".tab.active").filter({ hasText: this.#title }) });
    const placeholder = group.first().locator('[id^="webview-editor-element-"][aria-flowto]').first();
    await placeholder.waitFor({ state: "attached" });
    this.#id = await placeholder.getAttribute("aria-flowto");
    await this.frame.locator("body").waitFor({ state: "attached" });
    return this;
  }

  /** The document of the panel. */
  get frame(): FrameLocator {
    if (this.#id === null) throw new Error(`Wait for shown() of the panel ${this.#title} first.`);
    return this.#page.locator(`[id="${this.#id}"] iframe.webview`).contentFrame().frameLocator("iframe#active-frame");
  }

  locator(selector: string): Locator {
    return this.frame.locator(selector);
  }

  byText(text: string | RegExp): Locator {
    return this.frame.getByText(text).first();
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole("button", { name }).first();
  }

  async close(): Promise<void> {
    await this.tab.hover();
    await this.tab.locator(".tab-actions .action-label").click();
  }
}
