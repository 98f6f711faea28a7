import * as vscode from "vscode";
import type { ImportResult } from "../../engine/api/importers.ts";
import type { ExtensionHost } from "../host.ts";

const SCHEME = "touchstone-import";

let shown = "";
const changed = new vscode.EventEmitter<vscode.Uri>();

/** What of the last import was not taken in, as a document that nobody needs to save. */
export function registerProblems(host: ExtensionHost): void {
  host.disposables.add(changed);
  host.disposables.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, { onDidChange: changed.event, provideTextDocumentContent: () => shown }));
}

export async function showProblems(results: readonly ImportResult[]): Promise<void> {
  shown = results
    .filter(({ problemCount }) => problemCount > 0)
    .map(({ title, path, problems, problemCount }) => {
      const lines = problems.map(({ file, line, reason }) => `${file}${line === undefined ? "" : `:${line}`}: ${reason}`);
      const more = problemCount > problems.length ? [vscode.l10n.t("and {0} more", String(problemCount - problems.length))] : [];
      return [vscode.l10n.t("Not taken in of {0} {1}:", title, path), "", ...lines, ...more, ""].join("\n");
    })
    .join("\n");
  const uri = vscode.Uri.from({ scheme: SCHEME, path: vscode.l10n.t("Not taken in") });
  changed.fire(uri);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}
