import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import * as vscode from "vscode";

/** Shows a file or folder in the system's file manager; where the window has none (remote, web) it says where it is. */
export async function reveal(path: string): Promise<void> {
  const known = await vscode.commands.getCommands(true);
  if (known.includes("revealFileInOS")) {
    await vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(path));
    return;
  }
  const folder = statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
  const [copy, terminal] = [vscode.l10n.t("Copy Path"), vscode.l10n.t("Open in Terminal")];
  void vscode.window.showInformationMessage(path, copy, terminal).then((chosen) => {
    if (chosen === copy) return vscode.env.clipboard.writeText(path);
    if (chosen === terminal) vscode.window.createTerminal({ cwd: folder, name: basename(folder) }).show();
    return undefined;
  });
}
