import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { engineTrackingEnvironment } from "../../engine/api/engine.ts";
import type { ExtensionHost } from "../host.ts";
import type { EngineLink } from "./link.ts";

/**
 * The editor's terminals: `touchstone` on the PATH through a shim that runs on the editor's own Node, and, in a
 * trusted folder with a store, the tracking variables, only where the person has none of their own.
 */
export function registerTerminals(host: ExtensionHost): void {
  const variables = host.context.environmentVariableCollection;
  variables.description = vscode.l10n.t("Puts the touchstone command on the path; in a tracked folder, MLflow logs to Touchstone.");
  variables.persistent = false;
  void writeShim(host).then((folder) => variables.prepend("PATH", folder + (process.platform === "win32" ? ";" : ":")));

  const offer = async (link: EngineLink): Promise<void> => {
    if (!vscode.workspace.isTrusted || link.state !== "connected") return;
    const { env } = await link.request(engineTrackingEnvironment, null);
    // Each folder's terminals log to its own store.
    const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => host.engines.forUri(folder.uri) === link);
    for (const workspaceFolder of folders) {
      const own = host.context.environmentVariableCollection.getScoped({ workspaceFolder });
      own.clear();
      const wanted = vscode.workspace.getConfiguration("touchstone", workspaceFolder).get<boolean>("terminals.tracking", true);
      if (!wanted || process.env["MLFLOW_TRACKING_URI"] !== undefined) continue;
      for (const [name, value] of Object.entries(env)) if (process.env[name] === undefined) own.replace(name, value);
    }
  };
  host.disposables.add(host.engines.onState((link) => void offer(link).catch((error: unknown) => host.log.warn(String(error)))));
}

/** Writes the shim once per version into the extension's own storage. */
async function writeShim(host: ExtensionHost): Promise<string> {
  const folder = join(host.context.globalStorageUri.fsPath, "bin");
  const cli = vscode.Uri.joinPath(host.context.extensionUri, "dist", "cli.cjs").fsPath;
  await mkdir(folder, { recursive: true });
  const posix = `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${quote(process.execPath)} ${quote(cli)} "$@"\n`;
  const windows = `@echo off\r\nset ELECTRON_RUN_AS_NODE=1\r\n"${process.execPath}" "${cli}" %*\r\n`;
  await writeFile(join(folder, "touchstone"), posix, { mode: 0o755 });
  if (process.platform === "win32" || existsSync(join(folder, "touchstone.cmd"))) await writeFile(join(folder, "touchstone.cmd"), windows);
  return folder;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
