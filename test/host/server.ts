import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { node24 } from "../run/entry.mjs";
import { installHost } from "./install.ts";
import { endMarked } from "./processes.ts";

export interface ServerOptions {
  /** False starts with workspace trust on, as a person has it. */
  readonly disableTrust?: boolean;
  /** A random connection token guards the address: for hosts that a person uses. */
  readonly token?: string;
  /** What settings.json begins with; one that is there already stays. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders named `<publisher>.<name>-<version>` that lie among the installed extensions from the first start on. */
  readonly extensions?: readonly string[];
  /** Kept data folder; without one a temporary folder is used and removed. */
  readonly dataDir?: string;
  /** False leaves engines and trainings alone when the server stops, and shares the person's own runtime folder with them. */
  readonly endEverything?: boolean;
  readonly say?: (line: string) => void;
}

export interface Server {
  readonly port: number;
  readonly dataDir: string;
  readonly extensionsDir: string;
  /** Address that opens `folder`; `payload` as VS Code's workbench takes it. */
  url(folder: string, payload: readonly (readonly [string, string])[]): string;
  /** Ends the server and everything that was started through it, engines included. */
  stop(): Promise<void>;
}

/** VS Code's own server program, at this path. */
const program = (host: string): string => join(host, "out", "server-main.js");

/** Installs a VSIX into an extensions folder, as `code --install-extension` does. Throws with its output. */
export function installExtension(vsix: string, extensionsDir: string, dataDir: string): void {
  const args = [program(installHost()), "--install-extension", vsix, "--force", "--extensions-dir", extensionsDir, "--server-data-dir", dataDir, "--accept-server-license-terms"];
  const result = spawnSync(node24(), args, { encoding: "utf8", env: cleanEnvironment(true) });
  if (result.status !== 0 || /Failed Installing/i.test(result.stdout + result.stderr)) throw new Error(`Installing ${vsix} failed:\n${result.stdout}${result.stderr}`);
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const host = installHost(options.say);
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "tsh-"));
  const extensionsDir = join(dataDir, "extensions");
  const runtimeDir = join(dataDir, "run");
  for (const folder of [extensionsDir, join(dataDir, "data", "User")]) mkdirSync(folder, { recursive: true });
  mkdirSync(runtimeDir, { recursive: true, mode: 0o700 });
  for (const path of options.extensions ?? []) cpSync(path, join(extensionsDir, basename(path)), { recursive: true, verbatimSymlinks: true });
  const settings = join(dataDir, "data", "User", "settings.json");
  if (options.settings !== undefined && !existsSync(settings)) writeFileSync(settings, JSON.stringify(options.settings, null, 2));

  const mark = randomBytes(8).toString("hex");
  const args = [
    "--accept-server-license-terms",
    "--telemetry-level=off",
    "--host=127.0.0.1",
    "--port=0",
    `--server-data-dir=${dataDir}`,
    `--extensions-dir=${extensionsDir}`,
    // Without this a page takes no extension from a folder.
    "--enable-smoke-test-driver",
    ...(options.token === undefined ? ["--without-connection-token"] : [`--connection-token=${options.token}`]),
    ...(options.disableTrust === false ? [] : ["--disable-workspace-trust"]),
  ];
  const own = options.endEverything === false ? {} : { XDG_RUNTIME_DIR: runtimeDir, TOUCHSTONE_TEST_HOST: mark };
  const env = { ...cleanEnvironment(options.endEverything !== false), ...options.env, ...own };
  const child = spawn(node24(), ["--import", pathToFileURL(join(import.meta.dirname, "mintKey.ts")).href, program(host), ...args], { env, stdio: ["ignore", "pipe", "pipe"], detached: process.platform !== "win32" });
  const stop = async (): Promise<void> => {
    await endTree(child);
    if (options.endEverything !== false) endMarked("TOUCHSTONE_TEST_HOST", mark);
    if (temporary) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await listening(child);
    const url = (folder: string, payload: readonly (readonly [string, string])[]): string => {
      const query = new URLSearchParams({ folder: uriPath(folder), payload: JSON.stringify(payload) });
      if (options.token !== undefined) query.set("tkn", options.token);
      return `http://127.0.0.1:${port}/?${query}`;
    };
    return { port, dataDir, extensionsDir, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A path as it stands in a `vscode-remote://` URI. */
export const uriPath = (path: string): string => (process.platform === "win32" ? `/${path.replaceAll("\\", "/")}` : path);

/** Our environment without what an editor or npm put there: the host must see what a person's shell has. `isolated` also leaves out what is the person's own. */
function cleanEnvironment(isolated: boolean): Record<string, string> {
  const foreign = /^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/;
  const personal = /^(MLFLOW_|TOUCHSTONE_)/;
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !foreign.test(name) && !(isolated && personal.test(name))) kept[name] = value;
  }
  return kept;
}

async function listening(child: ChildProcess): Promise<number> {
  let output = "";
  const port = new Promise<number>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-20_000);
        const found = /agent host server listening on (\d+)|Server bound to [^\s:]+:(\d+)/i.exec(output);
        if (found) resolve(Number(found[1] ?? found[2]));
      });
    }
  });
  const died = once(child, "exit").then(([code]) => Promise.reject(new Error(`VS Code's server ended with ${code}:\n${output}`)));
  return Promise.race([port, died]);
}

async function endTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  if (process.platform === "win32") spawnSync("taskkill", ["/pid", String(child.pid), "/T", "/F"]);
  else process.kill(-child.pid, "SIGKILL");
  await exit;
}
