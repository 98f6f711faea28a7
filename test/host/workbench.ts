import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { root } from "../run/entry.mjs";
import { Editor } from "./editor.ts";
import { Notifications } from "./notifications.ts";
import { QuickInput } from "./quickInput.ts";
import { Tree } from "./tree.ts";
import { Panel } from "./panel.ts";

export interface WorkbenchParts {
  readonly page: Page;
  readonly folder: string;
  readonly output: string;
  readonly hostData: string;
  readonly log: readonly string[];
}

/** One VS Code window. Everything waits for what it names, by event, at most `timeout` of the page (30 s). */
export class Workbench {
  readonly page: Page;
  /** The folder that is open. */
  readonly folder: string;
  /** Where VS Code's server, the extension and the engines of this window keep what they keep. */
  readonly hostData: string;
  /** What the console of the window said so far. */
  readonly log: readonly string[];
  readonly quickInput: QuickInput;
  readonly notifications: Notifications;
  /** Titles of the steps that were done. */
  readonly steps: string[] = [];
  /** The step that is under way. */
  currentStep: string | null = null;
  readonly #output: string;
  #pictures = 0;

  constructor(parts: WorkbenchParts) {
    this.page = parts.page;
    this.folder = parts.folder;
    this.hostData = parts.hostData;
    this.log = parts.log;
    this.#output = parts.output;
    this.quickInput = new QuickInput(parts.page);
    this.notifications = new Notifications(parts.page);
  }

  /** Waits until the workbench is painted and its remote extension host answers. */
  async ready(): Promise<void> {
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    await this.page.locator(".part.statusbar .statusbar-item").first().waitFor();
  }

  /** One step of a journey: counts as a test, leaves a picture of the window as it ends. */
  async step(title: string, run: () => Promise<void>): Promise<void> {
    this.currentStep = title;
    await run();
    await this.screenshot(title);
    this.steps.push(title);
    this.currentStep = null;
  }

  /** Reloads the window, as `Developer: Reload Window` does. */
  async reload(): Promise<void> {
    // As a person does it: the window saves what its editors keep before it goes. The page's own reload would not wait for that.
    const gone = this.page.waitForEvent("framenavigated", (frame) => frame === this.page.mainFrame());
    await this.command("Developer: Reload Window");
    await gone;
    await this.ready();
  }

  /** Runs a command of the palette by its title, e.g. `Touchstone: Open Runs`. */
  async command(title: string): Promise<void> {
    // The palette shows what was there when it opened, and a window that has just opened may not know every extension
    // yet; whatever takes the focus meanwhile closes it. So it is opened again until the command was clicked.
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press("F1");
      const clicked = this.quickInput.fill(`>${title}`, 3000).then(() => this.quickInput.pick(title, 3000));
      if (attempt === 12) return clicked;
      if (await clicked.then(() => true, () => false)) return;
      await this.page.keyboard.press("Escape");
    }
  }

  /**
   * Opens a file of the folder by its path, at a line (from 1) or at the first line that holds a text. A CodeLens is
   * painted only where its line is in view.
   */
  async openFile(path: string, at?: number | string): Promise<Editor> {
    await this.page.keyboard.press("ControlOrMeta+P");
    await this.quickInput.fill(path);
    await this.quickInput.item(path.split("/").at(-1) ?? path).waitFor();
    await this.page.keyboard.press("Enter");
    await this.quickInput.closed();
    const editor = this.editor(path);
    await editor.shown();
    if (at !== undefined) await editor.goto(typeof at === "number" ? at : this.lineOf(path, at));
    return editor;
  }

  /** The first line, from 1, of a file on disk that holds a text. */
  lineOf(path: string, text: string): number {
    const line = readFileSync(join(this.folder, path), "utf8")
      .split("\n")
      .findIndex((content) => content.includes(text));
    if (line < 0) throw new Error(`${path} holds no line with ${text}`);
    return line + 1;
  }

  /** The text editor that shows this file. */
  editor(path: string): Editor {
    return new Editor(this.page, this.quickInput, path);
  }

  /** The webview panel whose tab has this title (a text, or a pattern where the title changes). */
  panel(title: string | RegExp): Panel {
    return new Panel(this.page, title);
  }

  /** A tree view by the title of its pane; `container` first opens its icon in the activity bar. */
  async tree(view: string, container?: string): Promise<Tree> {
    if (container !== undefined) await this.openContainer(container);
    return new Tree(this.page, view);
  }

  /** Opens a view container of the activity bar by its name, e.g. `Touchstone`. */
  async openContainer(name: string): Promise<void> {
    const tab = this.page.locator(".part.activitybar").getByRole("tab", { name, exact: false }).first();
    if ((await tab.getAttribute("aria-expanded")) === "true" || (await tab.getAttribute("aria-selected")) === "true") {
      if (await this.page.locator(".part.sidebar").isVisible()) return;
    }
    await tab.click();
    await this.page.locator(".part.sidebar").waitFor();
  }

  /** A welcome view's or any other button of the side bar by its text. */
  sidebarButton(name: string | RegExp): Locator {
    return this.page.locator(".part.sidebar").getByRole("button", { name }).first();
  }

  /** An item of the status bar that holds this text. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator(".part.statusbar .statusbar-item").filter({ hasText: text }).first();
  }

  /** The titles of the open tabs, in order. */
  async tabs(): Promise<string[]> {
    const labels = await this.page.locator(".tabs-container .tab .monaco-icon-name-container").allTextContents();
    return labels.map((label) => label.trim());
  }

  tab(title: string | RegExp): Locator {
    return this.page.locator(".tabs-container .tab").filter({ hasText: title }).first();
  }

  /** Texts of the problems view, after it shows at least one. */
  async problems(): Promise<string[]> {
    await this.command("Problems: Focus on Problems View");
    const rows = this.page.locator(".markers-panel .monaco-list-row");
    await rows.first().waitFor();
    return rows.allInnerTexts();
  }

  /** The visible text of the terminal panel. */
  async terminalText(): Promise<string> {
    const rows = this.page.locator(".terminal-wrapper.active .xterm-rows > div");
    await rows.first().waitFor();
    return (await rows.allTextContents()).join("\n");
  }

  /** Types into the terminal that is shown. */
  async terminalType(text: string): Promise<void> {
    await this.page.locator(".terminal-wrapper.active .xterm-helper-textarea").focus();
    await this.page.keyboard.type(text);
  }

  /**
   * Saves a picture of the whole window as `test/out/<journey>/<nn>-<name>.png` and returns its path.
   * `media` also copies it to that name in media/, for documents, where TOUCHSTONE_MEDIA=1 asks for new ones.
   */
  async screenshot(name: string, options: { readonly media?: string } = {}): Promise<string> {
    this.#pictures++;
    mkdirSync(this.#output, { recursive: true });
    const path = join(this.#output, `${String(this.#pictures).padStart(2, "0")}-${name.replaceAll(/[^\w.-]+/g, "-")}.png`);
    await this.page.screenshot({ path, animations: "disabled", caret: "hide" });
    if (options.media !== undefined && process.env["TOUCHSTONE_MEDIA"] === "1") copyFileSync(path, join(root, "media", options.media));
    return path;
  }
}
