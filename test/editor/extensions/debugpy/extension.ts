import { join } from "node:path";
import * as vscode from "vscode";

/**
 * Stands in for the Python Debugger extension, which is on no registry of npm, with the real debugpy of PyPI behind it. It starts the
 * adapter as the real one does (github.com/microsoft/vscode-python-debugger, src/extension/debugger/adapter/factory.ts): `attach`
 * with `connect` speaks to an adapter that listens there already, everything else to `python <extension>/bundled/libs/debugpy/adapter`.
 */
export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory("debugpy", {
      createDebugAdapterDescriptor({ configuration }) {
        if (configuration.request === "attach" && configuration["connect"] !== undefined) {
          const { host, port }: { host?: string; port: number } = configuration["connect"];
          return new vscode.DebugAdapterServer(port, host ?? "127.0.0.1");
        }
        const python = process.env["TOUCHSTONE_TEST_PYTHON"] ?? "python3";
        return new vscode.DebugAdapterExecutable(python, [join(context.extensionPath, "bundled", "libs", "debugpy", "adapter")]);
      },
    }),
  );
}
