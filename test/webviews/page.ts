import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { type Progress, TouchstoneError } from "../../engine/api/tokens.ts";
import type { Browser, Page } from "playwright-core";
import { THEMES, type ThemeName } from "./themes.ts";

const ORIGIN = "http://panel.test";
const root = fileURLToPath(new URL("../../", import.meta.url));

const bundles = new Map<string, Promise<string>>();

/** Bundles a fixture of this folder (the panel and its made-up engine) as esbuild.mjs bundles a panel. */
function bundle(fixture: string): Promise<string> {
  const made =
    bundles.get(fixture) ??
    esbuild
      .build({ entryPoints: [`${root}test/webviews/fixtures/${fixture}.ts`], bundle: true, write: false, platform: "browser", format: "esm", target: "es2022", loader: { ".css": "text" }, logLevel: "error" })
      .then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  bundles.set(fixture, made);
  return made;
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** Handed to the fixture as `location.hash`. */
  readonly variant?: string;
  /** Texts in another language, as the extension puts them into the page. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Answers what the fixture's page asks of the engine: a real one in the test's own process. */
  readonly engine?: PageEngine;
}

/** An engine that answers a page; errors of it reach the page with their shape. */
export interface PageEngine {
  ask(method: string, params: unknown, work: { readonly signal: AbortSignal; readonly progress: (progress: Progress) => void }): Promise<unknown>;
}

/** `window.askEngine(id, method, params)` answers `{result}` or `{error}`; `cancelEngine(id)`; progress comes to `engineProgress(id, progress)`. */
async function exposeEngine(page: Page, engine: PageEngine): Promise<void> {
  const running = new Map<number, AbortController>();
  await page.exposeFunction("cancelEngine", (id: number) => running.get(id)?.abort());
  await page.exposeFunction("askEngine", async (id: number, method: string, params: unknown) => {
    const controller = new AbortController();
    running.set(id, controller);
    // A page that was closed meanwhile takes no progress.
    const progress = (done: Progress): void => void page.evaluate(([to, what]) => window.engineProgress(to, what), [id, done] as const).catch(() => undefined);
    try {
      return { result: await engine.ask(method, params, { signal: controller.signal, progress }) };
    } catch (error) {
      return { error: error instanceof TouchstoneError ? error.shape : { code: "TEST", message: String(error) } };
    } finally {
      running.delete(id);
    }
  });
}

/**
 * Opens a fixture as VS Code opens a panel: theme variables on <html>, theme class on <body>, and the panels' content
 * security policy, so that an inline style or script fails here too. Errors of the page fail the test that awaits `check`.
 */
export async function openPanel(browser: Browser, fixture: string, options: PanelOptions = {}): Promise<{ page: Page; check: () => void }> {
  const { theme = "dark", width = 1200, height = 800, variant = "" } = options;
  const script = await bundle(fixture);
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: "reduce" });
  if (options.engine !== undefined) await exposeEngine(page, options.engine);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.route(`${ORIGIN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/webviews/panel.js") return route.fulfill({ contentType: "text/javascript", body: script });
    if (pathname.startsWith("/codicons/")) return route.fulfill({ contentType: "font/ttf", body: await readFile(`${root}node_modules/@vscode/codicons/dist/codicon.ttf`) });
    if (pathname === "/") return route.fulfill({ contentType: "text/html; charset=utf-8", body: document(theme, options.texts ?? {}) });
    return route.fulfill({ status: 404, body: "" });
  });
  await page.goto(`${ORIGIN}/#${variant}`);
  await page.evaluate((colors) => {
    for (const [name, value] of Object.entries(colors)) globalThis.document.documentElement.style.setProperty(`--vscode-${name}`, value);
    const style = globalThis.document.documentElement.style;
    style.setProperty("--vscode-font-family", '"Inter", "Liberation Sans", sans-serif');
    style.setProperty("--vscode-font-size", "13px");
    style.setProperty("--vscode-editor-font-family", '"DejaVu Sans Mono", monospace');
    style.setProperty("--vscode-editor-font-size", "12px");
  }, THEMES[theme].colors);
  await page.addScriptTag({ type: "module", url: `${ORIGIN}/webviews/panel.js` });
  return {
    page,
    check: () => {
      if (faults.length > 0) throw new Error(`the page reported: ${faults.join("; ")}`);
    },
  };
}

function document(theme: ThemeName, texts: Readonly<Record<string, string>>): string {
  const policy = `default-src 'none'; script-src ${ORIGIN}; style-src ${ORIGIN}; font-src ${ORIGIN}; img-src ${ORIGIN} data: blob:`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Touchstone</title><meta http-equiv="Content-Security-Policy" content="${policy}"></head><body class="${THEMES[theme].className}"><script type="application/json" id="l10n">${JSON.stringify(texts).replaceAll("<", String.raw`\u003c`)}</script></body></html>`;
}
