import * as vscode from "vscode";
import type { ImportProblem, ImportResult } from "../../engine/api/importers.ts";
import type { ExtensionHost } from "../host.ts";

const SCHEME = "touchstone-import";

let shown = "";
const changed = new vscode.EventEmitter<vscode.Uri>();

/** What of the last import was not taken in, as a document that nobody needs to save. */
export function registerProblems(host: ExtensionHost): void {
  host.disposables.add(changed);
  host.disposables.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, { onDidChange: changed.event, provideTextDocumentContent: () => shown }));
}

/** Says that something could not be read; what, behind a button. */
export async function tellProblems(said: string, problems: readonly ImportProblem[]): Promise<void> {
  const details = vscode.l10n.t("Details");
  if ((await vscode.window.showWarningMessage(said, details)) === details) await showText(`${linesOf(problems).join("\n")}\n`);
}

function linesOf(problems: readonly ImportProblem[]): string[] {
  return problems.map(({ file, line, reason }) => `${file}${line === undefined ? "" : `:${line}`}: ${reason}`);
}

export async function showProblems(results: readonly ImportResult[]): Promise<void> {
  const text = results
    .filter(({ problemCount }) => problemCount > 0)
    .map(({ title, path, problems, problemCount }) => {
      const more = problemCount > problems.length ? [vscode.l10n.t("and {0} more", String(problemCount - problems.length))] : [];
      return [vscode.l10n.t("Not taken in of {0} {1}:", title, path), "", ...linesOf(problems), ...more, ""].join("\n");
    })
    .join("\n");
  await showText(text);
}

async function showText(text: string): Promise<void> {
  shown = text;
  const uri = vscode.Uri.from({ scheme: SCHEME, path: vscode.l10n.t("Not taken in") });
  changed.fire(uri);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}
