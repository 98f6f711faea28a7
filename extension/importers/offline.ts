import { basename } from "node:path";
import * as vscode from "vscode";
import { offlineTakeIn, offlineWatch, type TakenIn } from "../../engine/api/offline.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { withProgress } from "../progress.ts";

/**
 * Takes in runs that were recorded without an engine: from a folder that a person chooses or the explorer names, and, in a folder that is
 * trusted, by themselves.
 */
export function registerOffline(host: ExtensionHost): void {
  const watch = (link: EngineLink): void => {
    if (link.state !== "connected" || link.bundle !== null || !vscode.workspace.isTrusted) return;
    link.request(offlineWatch, null).catch((error: unknown) => host.log.warn(String(error)));
  };
  host.disposables.add(host.engines.onState(watch));
  host.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => host.engines.all().forEach(watch)));

  host.command("takeIn", async (given) => {
    const link = (given instanceof vscode.Uri ? host.engines.forUri(given) : undefined) ?? requireLink(host);
    const uri = given instanceof vscode.Uri ? given : await askFolder(link);
    if (uri === undefined) return;
    const { taken, problems } = await withProgress(vscode.l10n.t("Taking in {0}", basename(uri.fsPath)), (watched) => link.request(offlineTakeIn, { path: uri.fsPath }, watched));
    if (taken.length === 0 && problems.length === 0) throw new Error(vscode.l10n.t("{0} holds no run that was recorded offline. `touchstone run --offline DIR` and `python touchstone.py run --offline DIR` write such folders.", basename(uri.fsPath)));
    for (const { file, reason } of problems) host.log.warn(`${file}: ${reason}`);
    await vscode.commands.executeCommand("touchstone.refresh");
    void tell(host, link, taken, problems.length);
  });
}

async function askFolder({ folder }: EngineLink): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t("Folder with runs recorded offline"),
    openLabel: vscode.l10n.t("Take In"),
    canSelectFolders: true,
    canSelectFiles: false,
    canSelectMany: false,
    defaultUri: vscode.Uri.file(folder),
  });
  return chosen?.[0];
}

/** How many came, how many were here; what could not be read stands in the log. */
async function tell(host: ExtensionHost, link: EngineLink, taken: readonly TakenIn[], problems: number): Promise<void> {
  const news = taken.filter(({ changed }) => changed);
  const here = taken.length - news.length;
  const said = [
    news.length === 1 ? vscode.l10n.t("1 run taken in.") : vscode.l10n.t("{0} runs taken in.", news.length),
    ...(here === 0 ? [] : [here === 1 ? vscode.l10n.t("1 was here already.") : vscode.l10n.t("{0} were here already.", here)]),
    ...(problems === 0 ? [] : [problems === 1 ? vscode.l10n.t("1 folder or file could not be read.") : vscode.l10n.t("{0} folders or files could not be read.", problems)]),
  ].join(" ");
  const [only] = news.length === 1 ? news : taken.length === 1 ? taken : [];
  const [open, details] = [only === undefined ? vscode.l10n.t("Open Table") : vscode.l10n.t("Open Run"), vscode.l10n.t("Details")];
  const show = problems === 0 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const answer = await show(said, ...(taken.length === 0 ? [] : [open]), ...(problems === 0 ? [] : [details]));
  if (answer === details) host.log.show();
  if (answer === open && only !== undefined) host.panels.open("run", { runId: only.runId }, link);
  else if (answer === open) host.panels.open("table", {}, link, vscode.ViewColumn.Active);
}
