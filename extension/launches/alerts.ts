import * as vscode from "vscode";
import type { launchAlert } from "../../engine/api/launches.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";

type Alert = NonNullable<typeof launchAlert.params>;

/** One notification with the action that helps; each kind can be muted in the settings or right there. */
export async function showAlert(host: ExtensionHost, link: EngineLink, alert: Alert): Promise<void> {
  const settings = vscode.workspace.getConfiguration("touchstone");
  if (!settings.get<boolean>(`alerts.${alert.kind}`, true)) return;
  const open = vscode.l10n.t("Open Run");
  const mute = vscode.l10n.t("Mute These");
  const text = alert.text === "" ? alert.title : `${alert.title}: ${alert.text}`;
  const show = alert.kind === "finished" || alert.kind === "alert" ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const chosen = await show(text, open, mute);
  if (chosen === open) host.panels.open("run", { runId: alert.runId }, link);
  if (chosen === mute) await settings.update(`alerts.${alert.kind}`, false, vscode.ConfigurationTarget.Global);
}
