import * as vscode from "vscode";
import { hostPrune } from "../../engine/api/host.ts";
import { runsChanged } from "../../engine/api/runs.ts";
import { type PruneQuery, storagePreview, storagePrune, storageUsage } from "../../engine/api/storage.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import type { OpenPanel, PanelKind } from "../panels/panels.ts";

/** What the store takes; one per folder. The page cannot prune by itself: a person is asked first. */
const storagePanel: PanelKind = {
  id: "storage",
  icon: "database",
  key: () => "storage",
  title: () => vscode.l10n.t("Storage"),
  requests: [storageUsage, storagePreview],
  events: [runsChanged],
  // SAFETY: the page is built from the same token.
  host: (panel) => new Map([[hostPrune.method, (params) => prune(panel, params as PruneQuery & { digest: string; runs: number })]]),
};

/** `Storage…`: bytes by kind, experiment and run, and a prune with its preview. */
export function registerStorage(host: ExtensionHost): void {
  host.panels.register(storagePanel);
  host.command("openStorage", async () => {
    host.panels.open("storage", {}, requireLink(host), vscode.ViewColumn.Active);
  });
}

async function prune({ link }: OpenPanel, { runs, filter, deletedOnly, digest }: PruneQuery & { digest: string; runs: number }): Promise<unknown> {
  const remove = vscode.l10n.t("Remove");
  const question = vscode.l10n.t("Remove {0} runs for good, with their metrics, artifacts and logs? This cannot be undone.", String(runs));
  if ((await vscode.window.showWarningMessage(question, { modal: true }, remove)) !== remove) return null;
  const options = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Removing runs") };
  return vscode.window.withProgress(options, () => link.request(storagePrune, { filter, digest, ...(deletedOnly === undefined ? {} : { deletedOnly }) }));
}
