import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { root } from "../run/entry.mjs";
import { launchBrowser } from "./browser.ts";
import { installExtension, type Server, startServer, uriPath } from "./server.ts";
import { type Theme, windowSettings } from "./settings.ts";
import { Workbench } from "./workbench.ts";

export interface SessionOptions {
  /** Opened as a copy in a temporary folder, unless `inPlace`. */
  readonly folder: string;
  readonly inPlace?: boolean;
  /** A packaged extension to install; without one the checkout opens as a development window. */
  readonly vsix?: string;
  /** Folders of further extensions, which are installed as they are. */
  readonly extensions?: readonly string[];
  /** A module that VS Code runs as the tests of the extension (`run()`), inside the extension host. */
  readonly testsPath?: string;
  readonly theme?: Theme;
  readonly size?: { readonly width: number; readonly height: number };
  /** True runs with workspace trust on. */
  readonly trust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Where screenshots go; default `test/out/<name of the folder>`. */
  readonly output?: string;
  readonly say?: (line: string) => void;
}

export interface Session {
  readonly window: Workbench;
  /** The copy that is open. */
  readonly folder: string;
  readonly server: Server;
  /** Programming errors (not messages for people) that the extension wrote to its log. */
  faults(): string[];
  close(): Promise<void>;
}

/** Opens a real VS Code window on a copy of a folder, with this extension in it. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), "tsw-")));
  const folder = options.inPlace ? realpathSync(options.folder) : join(temporary, basename(options.folder));
  if (!options.inPlace) cpSync(options.folder, folder, { recursive: true, filter: (path) => !/[\\/](\.touchstone|__pycache__|node_modules)$/.test(path) });
  const output = options.output ?? join(root, "test", "out", basename(options.folder));
  mkdirSync(output, { recursive: true });

  const settings = { ...windowSettings(options.theme ?? "dark"), ...options.settings };
  const server = await startServer({
    settings,
    disableTrust: options.trust !== true,
    extensions: options.extensions ?? [],
    ...(options.env ? { env: options.env } : {}),
    ...(options.say ? { say: options.say } : {}),
  });
  let context: BrowserContext | undefined;
  const close = async (): Promise<void> => {
    await context?.browser()?.close();
    await server.stop();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    if (options.vsix !== undefined) installExtension(options.vsix, server.extensionsDir, server.dataDir);
    const remote = (path: string): string => `vscode-remote://127.0.0.1:${server.port}${uriPath(path)}`;
    const payload: [string, string][] = [["skipWelcome", "true"], ["skipReleaseNotes", "true"]];
    if (options.vsix === undefined) payload.push(["extensionDevelopmentPath", remote(root)]);
    if (options.testsPath !== undefined) payload.push(["extensionTestsPath", remote(options.testsPath)]);
    const browser = await launchBrowser();
    context = await browser.newContext({ viewport: options.size ?? { width: 1400, height: 900 }, permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    await page.goto(server.url(folder, payload));
    const window = new Workbench({ page, folder, output, hostData: server.dataDir, log: watchConsole(page) });
    await window.ready();
    return { window, folder, server, faults: () => loggedFaults(server.dataDir), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function loggedFaults(dataDir: string): string[] {
  const logs = join(dataDir, "data", "logs");
  return readdirSync(logs, { recursive: true, encoding: "utf8" })
    .filter((path) => /touchstone[^/\\]*[/\\][^/\\]*\.log$/i.test(path))
    .flatMap((path) => readFileSync(join(logs, path), "utf8").split("\n"))
    .filter((line) => /\b(TypeError|ReferenceError|RangeError|SyntaxError|AssertionError)\b/.test(line));
}

/** Keeps what the window's console said, errors of the extension host included: printed when a journey fails. */
function watchConsole(page: Page): string[] {
  const lines: string[] = [];
  page.on("console", (message) => {
    const text = message.text().replaceAll(/%c|(background|color|font-weight): ?[#\w]*;?/g, "").trim();
    if (!ownNoise.test(text)) lines.push(`${message.type()}: ${text}`);
  });
  page.on("pageerror", (error) => lines.push(`page error: ${error.message}`));
  return lines;
}

/** What this VS Code says about itself in every window. */
const ownNoise =
  /Failed to load resource|connection token|Creating a socket|grace time|AccountPolicyGate|AgentHost|same-origin iframe|allow-same-origin|ServiceWorker|HTTP response code \(404\)|builtin extensions cache|open-vsx|GL Driver/;
