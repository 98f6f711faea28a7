import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import * as vscode from "vscode";
import { launchChanged, launchStart, launchStop, type LaunchState } from "../../engine/api/launches.ts";
import type { Script } from "./register.ts";

/**
 * Starts the script through the runner under a debugger: js-debug for JavaScript, debugpy for Python (where its extension is
 * installed). The run is tracked like any other, and outlives the debugger.
 */
export async function debugTracked(script: Script, args: readonly string[], command: readonly string[], env: Record<string, string>): Promise<LaunchState> {
  const port = await freePort();
  const [program = "", file = "", ...rest] = command;
  const name = vscode.l10n.t("Debug & track {0}", [file, ...args].join(" "));
  const launch = (waiting: readonly string[]): Promise<LaunchState> =>
    script.link.request(launchStart, { command: waiting, cwd: script.folder.fsPath, env, from: "debug", cols: 120, rows: 30 });
  if (program === "node") return attachNode(script, port, name, () => launch(["node", `--inspect-brk=127.0.0.1:${port}`, file, ...rest]));
  const debugpy = bundledDebugpy();
  return listenForPython(script, port, name, () => launch([program, ...debugpy, "--connect", `127.0.0.1:${port}`, "--wait-for-client", file, ...rest]));
}

/** The script waits at its first line; js-debug tries until it listens. */
async function attachNode(script: Script, port: number, name: string, start: () => Promise<LaunchState>): Promise<LaunchState> {
  const launch = await start();
  // The first break is the inspector's own: the person's breakpoints are what should stop.
  const configuration = { type: "pwa-node", request: "attach", name, port, address: "127.0.0.1", continueOnAttach: true, cwd: script.folder.fsPath, skipFiles: ["<node_internals>/**"] };
  if (await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(script.uri), configuration)) return launch;
  await script.link.request(launchStop, { launchId: launch.launchId });
  throw couldNot(name);
}

/** The debugger listens and the script comes to it: nobody tries a port at which debugpy does not listen yet, which VS Code does once only. */
async function listenForPython(script: Script, port: number, name: string, start: () => Promise<LaunchState>): Promise<LaunchState> {
  const configuration = { type: "debugpy", request: "attach", name, listen: { host: "127.0.0.1", port }, justMyCode: true };
  const waiting = waitingDebugger(port);
  // Resolved once the script is there, or with false where there is no debugger.
  const attached = Promise.resolve(vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(script.uri), configuration));
  try {
    const session = await Promise.race([waiting.session, attached.then(() => null)]);
    if (session === null) throw couldNot(name);
    const launch = await start().catch(async (error: unknown) => {
      await vscode.debug.stopDebugging(session);
      throw error;
    });
    // A script that ends before it has come would be waited for without end.
    const stopListening = script.link.on(launchChanged, ({ launchId, end }) => {
      if (launchId === launch.launchId && end !== null) void vscode.debug.stopDebugging(session);
    });
    void attached.finally(() => stopListening.dispose());
    return launch;
  } finally {
    waiting.dispose();
  }
}

/** The session whose debugger listens at a port, by debugpy's own event (debugpy/adapter/clients.py). */
function waitingDebugger(port: number): { readonly session: Promise<vscode.DebugSession>; dispose(): void } {
  let subscription: vscode.Disposable | undefined;
  const session = new Promise<vscode.DebugSession>((resolve) => {
    subscription = vscode.debug.onDidReceiveDebugSessionCustomEvent((event) => {
      if (event.event === "debugpyWaitingForServer" && event.session.configuration["listen"]?.port === port) resolve(event.session);
    });
  });
  return { session, dispose: () => subscription?.dispose() };
}

function couldNot(name: string): Error {
  return new Error(vscode.l10n.t("{0}: the debugger could not attach; the run was stopped.", name));
}

/** How the interpreter runs debugpy: the extension brings it along, so the interpreter need not have it. */
function bundledDebugpy(): readonly string[] {
  const extension = vscode.extensions.getExtension("ms-python.debugpy");
  if (extension === undefined) throw new Error(vscode.l10n.t("Debugging Python needs the Python Debugger extension (ms-python.debugpy). Install it, then try again."));
  const bundled = join(extension.extensionPath, "bundled", "libs", "debugpy");
  return existsSync(bundled) ? [bundled] : ["-m", "debugpy"];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("No free port."))));
    });
  });
}
