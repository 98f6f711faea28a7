import { createServer } from "node:net";
import * as vscode from "vscode";
import { launchStart, type LaunchState } from "../../engine/api/launches.ts";
import type { Script } from "./register.ts";

/**
 * Starts the script through the runner, waiting for a debugger, and attaches: js-debug for JavaScript, debugpy for
 * Python (where the interpreter has it). The run is tracked like any other, and outlives the debugger.
 */
export async function debugTracked(script: Script, args: readonly string[], command: readonly string[], env: Record<string, string>): Promise<LaunchState | undefined> {
  const port = await freePort();
  const [program = "", file = "", ...rest] = command;
  const isNode = program === "node";
  const waiting = isNode ? [program, `--inspect-brk=127.0.0.1:${port}`, file, ...rest] : [program, "-m", "debugpy", "--listen", `127.0.0.1:${port}`, "--wait-for-client", file, ...rest];
  const launch = await script.link.request(launchStart, { command: waiting, cwd: script.folder.fsPath, env, from: "debug", cols: 120, rows: 30 });
  const folder = vscode.workspace.getWorkspaceFolder(script.uri);
  const configuration: vscode.DebugConfiguration = isNode
    ? { type: "pwa-node", request: "attach", name: vscode.l10n.t("Debug & track {0}", file), port, address: "127.0.0.1", continueOnAttach: true, cwd: script.folder.fsPath, skipFiles: ["<node_internals>/**"] }
    : { type: "debugpy", request: "attach", name: vscode.l10n.t("Debug & track {0}", file), connect: { host: "127.0.0.1", port }, justMyCode: true };
  const attached = await vscode.debug.startDebugging(folder, configuration);
  if (!attached) {
    const hint = isNode ? "" : vscode.l10n.t(" Python needs the Python Debugger extension and `debugpy` in the interpreter.");
    throw new Error(vscode.l10n.t("The debugger could not attach to {0}.{1}", [file, ...args].join(" "), hint));
  }
  return launch;
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
