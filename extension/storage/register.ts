import * as vscode from "vscode";
import { hostGiveBack, hostPrune } from "../../engine/api/host.ts";
import { runsChanged } from "../../engine/api/runs.ts";
import { type PruneQuery, storageForget, storageGiveBack, storageOpened, storagePreview, storagePrune, storageUsage } from "../../engine/api/storage.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import type { OpenPanel, PanelKind } from "../panels/panels.ts";
import { pruneNote } from "../runs/servers.ts";
import { withProgress } from "../progress.ts";
import { formatSize } from "../runs/format.ts";

/** What the store takes; one per folder. The page cannot prune by itself: a person is asked first. */
const storagePanel: PanelKind = {
  id: "storage",
  icon: "database",
  key: () => "storage",
  title: () => vscode.l10n.t("Storage"),
  requests: [storageUsage, storagePreview, storageOpened, storageForget],
  events: [runsChanged],
  host: (panel) =>
    new Map([
      // SAFETY: the page is built from the same tokens.
      [hostPrune.method, (params) => prune(panel, params as PruneQuery & { digest: string; runs: number })],
      // SAFETY: as above.
      [hostGiveBack.method, (params) => giveBack(panel, params as { bytes: number; shrinks: boolean })],
    ]),
};

/** `Storage…`: bytes by kind, experiment and run, and a prune with its preview. */
export function registerStorage(host: ExtensionHost): void {
  host.panels.register(storagePanel);
  host.command("openStorage", async () => {
    host.panels.open("storage", {}, requireLink(host), vscode.ViewColumn.Active);
  });
}

async function prune({ link }: OpenPanel, { runs, filter, deletedOnly, digest }: PruneQuery & { digest: string; runs: number }): Promise<unknown> {
  const { servers } = await link.request(storagePreview, { filter, ...(deletedOnly === undefined ? {} : { deletedOnly }) });
  const note = pruneNote(vscode.l10n, new Map(Object.entries(servers)));
  const remove = vscode.l10n.t("Remove");
  const question = vscode.l10n.t("Remove {0} runs for good, with their metrics, artifacts and logs? This cannot be undone.", String(runs));
  if ((await vscode.window.showWarningMessage(question, { modal: true, ...(note === "" ? {} : { detail: note }) }, remove)) !== remove) return null;
  const options = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Removing runs") };
  return vscode.window.withProgress(options, () => link.request(storagePrune, { filter, digest, ...(deletedOnly === undefined ? {} : { deletedOnly }) }));
}

async function giveBack({ link }: OpenPanel, { bytes, shrinks }: { bytes: number; shrinks: boolean }): Promise<unknown> {
  if (!shrinks) {
    const rewrite = vscode.l10n.t("Give Back {0}", formatSize(bytes));
    const detail = vscode.l10n.t("The database of this store was made by an earlier version, so its file is written anew, once. Trainings go on; what they log meanwhile waits until it is done and is kept. The disk needs room for a second copy.");
    if ((await vscode.window.showWarningMessage(vscode.l10n.t("Give {0} back to the disk?", formatSize(bytes)), { modal: true, detail }, rewrite)) !== rewrite) return null;
  }
  return withProgress(vscode.l10n.t("Giving room back to the disk"), (watched) => link.request(storageGiveBack, null, watched));
}
