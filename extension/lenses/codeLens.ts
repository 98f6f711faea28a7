import * as vscode from "vscode";
import type { FileAnnotations } from "../../engine/api/code.ts";
import { formatCell } from "../runs/format.ts";
import type { Annotations } from "./annotations.ts";
import { entryLine, languageOf } from "./detect.ts";

/** The lenses of UX 3: run, debug and what is known above the entry; the evaluation on the line that wrote the file. */
export class TrainingLenses implements vscode.CodeLensProvider {
  readonly #annotations: Annotations;
  readonly onDidChangeCodeLenses: vscode.Event<void>;

  constructor(annotations: Annotations) {
    this.#annotations = annotations;
    this.onDidChangeCodeLenses = annotations.onDidChange;
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const language = languageOf(document.uri.path);
    if (language === null || !vscode.workspace.getConfiguration("touchstone", document.uri).get<boolean>("lenses.enabled", true)) return [];
    const known = await this.#annotations.of(document);
    if (known === null) return [];
    const line = entryLine(language, document.getText());
    const lens = (title: string, command: string, ...args: readonly unknown[]): vscode.CodeLens =>
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), { title, command: `touchstone.${command}`, arguments: [...args] });
    const lenses: vscode.CodeLens[] = [];
    if (vscode.workspace.isTrusted) {
      lenses.push(
        lens(`$(play)\u00a0${vscode.l10n.t("Run & track")}`, "run", document.uri),
        lens(vscode.l10n.t("Debug & track"), "debug", document.uri),
        lens(vscode.l10n.t("with arguments…"), "runWithArguments", document.uri),
      );
    }
    if (known.annotations !== null) lenses.push(...aboutRuns(known.annotations, known.file, lens), ...aboutOutputs(known.annotations, document));
    return lenses;
  }
}

function aboutRuns(annotations: FileAnnotations, file: string, lens: (title: string, command: string, ...args: readonly unknown[]) => vscode.CodeLens): vscode.CodeLens[] {
  const { runs, best, latest } = annotations;
  if (runs === 0) return [];
  const lenses = [lens(`$(list-unordered)\u00a0${runs === 1 ? vscode.l10n.t("1 run") : vscode.l10n.t("{0} runs", runs)}`, "openTable", { script: file })];
  if (best !== null) lenses.push(lens(`$(star-full)\u00a0${vscode.l10n.t("best {0} {1}", best.key, formatCell(best.value))}`, "openRun", best.runId));
  if (latest.length > 1) lenses.push(lens(`$(git-compare)\u00a0${vscode.l10n.t("what changed")}`, "compare", [...latest].reverse()));
  return lenses;
}

function aboutOutputs(annotations: FileAnnotations, document: vscode.TextDocument): vscode.CodeLens[] {
  return annotations.outputs
    .filter((output) => output.line <= document.lineCount)
    .map((output) => {
      const range = new vscode.Range(output.line - 1, 0, output.line - 1, 0);
      const title = output.evaluated === null ? vscode.l10n.t("Evaluate {0}", output.path) : vscode.l10n.t("Evaluated: {0}", output.evaluated);
      return new vscode.CodeLens(range, { title: `$(target)\u00a0${title}`, command: "touchstone.evaluate", arguments: [{ file: output.path, runId: output.runId }] });
    });
}
