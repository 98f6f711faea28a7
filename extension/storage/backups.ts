import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { engineStatus } from "../../engine/api/engine.ts";
import { type BackupReport, storageAbout, storageBackUp, storageRestore } from "../../engine/api/storage.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { withProgress, type Watched } from "../progress.ts";
import { reveal } from "../reveal.ts";
import { formatSize } from "../runs/format.ts";

const ENDING = "touchstone-backup";

/** The whole store into one file while it is in use, and a store out of such a file in the place of the folder's own. */
export function registerBackups(host: ExtensionHost): void {
  host.command("backUpStore", async () => {
    const link = requireLink(host);
    const file = await askTarget(link);
    if (file === undefined) return;
    // A file that is there was named in the dialog, which asked.
    const report = await withProgress(vscode.l10n.t("Backing up to {0}", basename(file)), (watched) => link.request(storageBackUp, { file, replace: existsSync(file) }, watched));
    void tellBackedUp(host, file, report);
  });
  host.command("restoreStore", async () => {
    const link = requireLink(host);
    const chosen = await vscode.window.showOpenDialog({
      title: vscode.l10n.t("Backup to restore"),
      openLabel: vscode.l10n.t("Restore"),
      defaultUri: vscode.Uri.file(besides(link.folder)),
      filters: { [vscode.l10n.t("Touchstone backup")]: [ENDING], [vscode.l10n.t("All files")]: ["*"] },
    });
    const file = chosen?.[0]?.fsPath;
    if (file === undefined) return;
    const about = await link.request(storageAbout, { file });
    const now = await link.request(engineStatus, null);
    const when = new Date(about.created).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    const restore = vscode.l10n.t("Restore");
    const detail = vscode.l10n.t("What is here now ({0}) is not lost: it is kept beside it, under a name that begins with .touchstone-before. The engine starts anew.", runsOf(now.runs));
    if ((await vscode.window.showWarningMessage(vscode.l10n.t("Restore the store of {0} ({1}, {2}) into this folder?", when, runsOf(about.runs), formatSize(about.bytes)), { modal: true, detail }, restore)) !== restore) return;
    const kept = await withProgress(vscode.l10n.t("Restoring {0}", basename(file)), (watched) => replace(link, { file }, watched));
    const { runs } = await link.request(engineStatus, null);
    void tellRestored(host, link, kept, vscode.l10n.t("This folder has the store of {0} again: {1}. What was here is kept in {2}.", when, runsOf(runs), basename(kept)));
  });
}

/** Asks for the place. Beside the folder, not in it: a backup within would be committed by accident, and lost with the folder. */
async function askTarget({ folder }: EngineLink): Promise<string | undefined> {
  const day = new Date().toISOString().slice(0, 10);
  const chosen = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Back up the store: name of the file"),
    saveLabel: vscode.l10n.t("Back Up"),
    defaultUri: vscode.Uri.file(join(besides(folder), `${basename(folder)}-${day}.${ENDING}`)),
    filters: { [vscode.l10n.t("Touchstone backup")]: [ENDING] },
  });
  return chosen?.fsPath;
}

function besides(folder: string): string {
  const parent = dirname(folder);
  return parent === folder ? homedir() : parent;
}

/** Has the engine put another store in the place of its own, and waits for the next engine. Gives the path of what was kept. */
async function replace(link: EngineLink, from: { readonly file: string } | { readonly kept: string }, watched: Watched): Promise<string> {
  let left = (): void => undefined;
  const gone = new Promise<void>((resolve) => (left = resolve));
  const listening = link.onState((state) => state !== "connected" && left());
  try {
    const { kept } = await link.request(storageRestore, from, watched);
    await gone;
    // Waits for the engine that opens the other store.
    await link.request(engineStatus, null);
    if (!existsSync(kept)) throw new Error(vscode.l10n.t("The restored store could not be put in its place; this folder has its own as before. The engine's log says why."));
    await vscode.commands.executeCommand("touchstone.refresh");
    return kept;
  } finally {
    listening.dispose();
  }
}

async function tellRestored(host: ExtensionHost, link: EngineLink, kept: string, message: string): Promise<void> {
  host.log.info(`${message} ${kept}`);
  const undo = vscode.l10n.t("Undo");
  if ((await vscode.window.showInformationMessage(message, undo)) !== undo) return;
  try {
    const before = await withProgress(vscode.l10n.t("Taking the restore back"), (watched) => replace(link, { kept }, watched));
    void vscode.window.showInformationMessage(vscode.l10n.t("This folder has its own store again. The restored one is kept in {0}.", basename(before)));
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

async function tellBackedUp(host: ExtensionHost, file: string, { runs, files, bytes, missing }: BackupReport): Promise<void> {
  const written = vscode.l10n.t("Backed up to {0}: {1}, {2}, {3}.", basename(file), runsOf(runs), files === 1 ? vscode.l10n.t("1 file") : vscode.l10n.t("{0} files", files.toLocaleString()), formatSize(bytes));
  host.log.info(`${written} ${file}`);
  for (const path of missing) host.log.warn(vscode.l10n.t("Missing in the store: {0}", path));
  const [show, details] = [vscode.l10n.t("Show in Folder"), vscode.l10n.t("Details")];
  const answer =
    missing.length === 0
      ? await vscode.window.showInformationMessage(written, show)
      : await vscode.window.showWarningMessage(`${written} ${vscode.l10n.t("{0} that the store should have were missing.", missing.length.toLocaleString())}`, show, details);
  if (answer === details) host.log.show();
  if (answer === show) await reveal(file);
}

function runsOf(runs: number): string {
  return runs === 1 ? vscode.l10n.t("1 run") : vscode.l10n.t("{0} runs", runs.toLocaleString());
}
