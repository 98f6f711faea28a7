import * as vscode from "vscode";
import { launchStop, type launchAlert } from "../../engine/api/launches.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";

type Alert = NonNullable<typeof launchAlert.params>;

/** One notification with the actions that help; each kind can be muted in the settings or right there. */
export async function showAlert(host: ExtensionHost, link: EngineLink, alert: Alert): Promise<void> {
  const settings = vscode.workspace.getConfiguration("touchstone");
  if (!settings.get<boolean>(`alerts.${alert.kind}`, true)) return;
  const open = vscode.l10n.t("Open Run");
  const stop = vscode.l10n.t("Stop");
  const mute = vscode.l10n.t("Mute These");
  const text = alert.text === "" ? alert.title : alert.kind === "nan" ? `${alert.title} ${alert.text}` : `${alert.title}: ${alert.text}`;
  const show = alert.kind === "finished" || alert.kind === "alert" ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  // What goes wrong while it runs can be ended; a run that logs from outside is not ours to stop.
  const live = (alert.kind === "nan" || alert.kind === "stalled") && alert.launchId !== "";
  const chosen = await show(text, ...(live ? [open, stop, mute] : [open, mute]));
  if (chosen === open) host.panels.open("run", { runId: alert.runId, ...(alert.kind === "nan" ? { tab: "curves" } : {}) }, link);
  if (chosen === stop) await link.request(launchStop, { launchId: alert.launchId });
  if (chosen === mute) await settings.update(`alerts.${alert.kind}`, false, vscode.ConfigurationTarget.Global);
}

/** Milliseconds of silence that count as no progress, as the person set it. */
export function stalledAfter(scope: vscode.Uri): number {
  return Math.max(1, vscode.workspace.getConfiguration("touchstone", scope).get<number>("alerts.stalledAfterMinutes", 10) * 60_000);
}
