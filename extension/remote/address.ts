import * as vscode from "vscode";
import type { RemoteAddress } from "../../engine/api/remote.ts";

/** Asks for a server's address and, apart from it, for credentials; undefined where the person left. */
export async function askAddress(before: string | undefined): Promise<RemoteAddress | undefined> {
  const uri = await vscode.window.showInputBox({
    title: vscode.l10n.t("Address of the MLflow server"),
    value: before ?? "http://127.0.0.1:5000",
    placeHolder: "https://mlflow.example.com",
    ignoreFocusOut: true,
    validateInput: (text) => {
      const parsed = URL.parse(text.trim());
      if (!parsed || !["http:", "https:"].includes(parsed.protocol)) return vscode.l10n.t("An address begins with http:// or https://.");
      return parsed.username === "" && parsed.password === "" ? null : vscode.l10n.t("User and password are asked for next; an address is shown.");
    },
  });
  if (uri === undefined) return undefined;
  const kinds = [
    { label: vscode.l10n.t("No credentials"), how: "none" },
    { label: vscode.l10n.t("User and password"), how: "basic" },
    { label: vscode.l10n.t("Token"), how: "token" },
  ] as const;
  const chosen = await vscode.window.showQuickPick(kinds, { title: vscode.l10n.t("How does {0} know you?", uri.trim()), ignoreFocusOut: true });
  if (chosen === undefined) return undefined;
  const address = { uri: uri.trim() };
  if (chosen.how === "none") return address;
  const username = chosen.how === "basic" ? await vscode.window.showInputBox({ title: vscode.l10n.t("User"), ignoreFocusOut: true }) : undefined;
  if (chosen.how === "basic" && username === undefined) return undefined;
  const secret = await vscode.window.showInputBox({ title: chosen.how === "basic" ? vscode.l10n.t("Password") : vscode.l10n.t("Token"), password: true, ignoreFocusOut: true, prompt: vscode.l10n.t("Kept in the editor's secret storage") });
  if (secret === undefined) return undefined;
  return username === undefined ? { ...address, token: secret } : { ...address, username, password: secret };
}
