import { join } from "node:path";
import * as vscode from "vscode";
import type { hostExportRuns } from "../../engine/api/host.ts";
import { runsExport } from "../../engine/api/views.ts";
import type { OpenPanel } from "../panels/panels.ts";

type Asked = NonNullable<(typeof hostExportRuns)["params"]>;
type Exported = (typeof hostExportRuns)["result"];

/** Asks where the table goes; the engine writes it, and the person can open it. The page itself never names a file. */
export async function exportRuns(panel: OpenPanel, asked: Asked): Promise<Exported> {
  const { format } = asked;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Export the table"),
    saveLabel: vscode.l10n.t("Export"),
    defaultUri: vscode.Uri.file(join(panel.link.folder, `runs.${format}`)),
    filters: format === "csv" ? { CSV: ["csv"] } : { [vscode.l10n.t("JSON lines")]: ["jsonl"] },
  });
  if (target === undefined) return null;
  const { rows } = await panel.link.request(runsExport, { ...asked, file: target.fsPath });
  const open = vscode.l10n.t("Open");
  const text = rows === 1 ? vscode.l10n.t("1 row exported.") : vscode.l10n.t("{0} rows exported.", rows);
  void vscode.window.showInformationMessage(text, open).then((chosen) => (chosen === open ? vscode.window.showTextDocument(target) : undefined));
  return { file: target.fsPath, rows };
}
