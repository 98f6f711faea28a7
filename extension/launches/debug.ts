import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import * as vscode from "vscode";
import { launchStart, launchStop, type LaunchState } from "../../engine/api/launches.ts";
import type { Script } from "./register.ts";

/**
 * Starts the script through the runner, waiting for a debugger, and attaches: js-debug for JavaScript, debugpy for
 * Python (where its extension is installed). The run is tracked like any other, and outlives the debugger.
 */
export async function debugTracked(script: Script, args: readonly string[], command: readonly string[], env: Record<string, string>): Promise<LaunchState> {
  const port = await freePort();
  const [program = "", file = "", ...rest] = command;
  const name = vscode.l10n.t("Debug & track {0}", [file, ...args].join(" "));
  const { waiting, configuration } = program === "node" ? forNode(port, name, script, file, rest) : forPython(port, name, program, file, rest);
  const launch = await script.link.request(launchStart, { command: waiting, cwd: script.folder.fsPath, env, from: "debug", cols: 120, rows: 30 });
  if (await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(script.uri), configuration)) return launch;
  await script.link.request(launchStop, { launchId: launch.launchId });
  throw new Error(vscode.l10n.t("The debugger could not attach to {0}; the run was stopped.", [file, ...args].join(" ")));
}

interface Debuggable {
  readonly waiting: readonly string[];
  readonly configuration: vscode.DebugConfiguration;
}

function forNode(port: number, name: string, script: Script, file: string, rest: readonly string[]): Debuggable {
  return {
    waiting: ["node", `--inspect-brk=127.0.0.1:${port}`, file, ...rest],
    // The first break is the inspector's own: the person's breakpoints are what should stop.
    configuration: { type: "pwa-node", request: "attach", name, port, address: "127.0.0.1", continueOnAttach: true, cwd: script.folder.fsPath, skipFiles: ["<node_internals>/**"] },
  };
}

function forPython(port: number, name: string, program: string, file: string, rest: readonly string[]): Debuggable {
  const extension = vscode.extensions.getExtension("ms-python.debugpy");
  if (extension === undefined) throw new Error(vscode.l10n.t("Debugging Python needs the Python Debugger extension (ms-python.debugpy). Install it, then try again."));
  // The extension brings debugpy along, so the interpreter need not have it.
  const bundled = join(extension.extensionPath, "bundled", "libs", "debugpy");
  const debugpy = existsSync(bundled) ? [bundled] : ["-m", "debugpy"];
  return {
    waiting: [program, ...debugpy, "--listen", `127.0.0.1:${port}`, "--wait-for-client", file, ...rest],
    configuration: { type: "debugpy", request: "attach", name, connect: { host: "127.0.0.1", port }, justMyCode: true },
  };
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
