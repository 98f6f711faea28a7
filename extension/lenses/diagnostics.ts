import * as vscode from "vscode";
import type { Annotations } from "./annotations.ts";

/** The exception of a script's last run as a diagnostic on its line; cleared when that line changes. */
export class ExceptionDiagnostics implements vscode.Disposable {
  readonly #annotations: Annotations;
  readonly #collection = vscode.languages.createDiagnosticCollection("touchstone");
  readonly #subscriptions: vscode.Disposable[];
  /** Runs whose line the person has changed since: their exception is answered. */
  readonly #answered = new Set<string>();

  constructor(annotations: Annotations) {
    this.#annotations = annotations;
    this.#subscriptions = [
      annotations.onDidChange(() => this.#refreshAll()),
      vscode.workspace.onDidOpenTextDocument((document) => void this.#refresh(document)),
      vscode.workspace.onDidChangeTextDocument((event) => this.#edited(event)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#collection.delete(document.uri)),
    ];
    this.#refreshAll();
  }

  #refreshAll(): void {
    for (const document of vscode.workspace.textDocuments) void this.#refresh(document);
  }

  async #refresh(document: vscode.TextDocument): Promise<void> {
    const known = await this.#annotations.of(document);
    const exception = known?.annotations?.exception ?? null;
    if (exception === null || exception.line > document.lineCount || this.#answered.has(exception.runId)) return this.#collection.delete(document.uri);
    const line = document.lineAt(exception.line - 1);
    const changed = exception.lineText !== null && line.text.trim() !== exception.lineText.trim();
    if (changed) return this.#collection.delete(document.uri);
    const range = new vscode.Range(line.lineNumber, line.firstNonWhitespaceCharacterIndex, line.lineNumber, line.text.length);
    const diagnostic = new vscode.Diagnostic(range, `${exception.type}: ${exception.message}`, vscode.DiagnosticSeverity.Error);
    diagnostic.source = vscode.l10n.t("last tracked run");
    diagnostic.code = exception.runId;
    this.#collection.set(document.uri, [diagnostic]);
  }

  #edited(event: vscode.TextDocumentChangeEvent): void {
    const [diagnostic] = this.#collection.get(event.document.uri) ?? [];
    if (diagnostic === undefined) return;
    const line = diagnostic.range.start.line;
    const touched = event.contentChanges.some((change) => change.range.start.line <= line && change.range.end.line >= line);
    if (!touched) return;
    this.#answered.add(String(diagnostic.code));
    this.#collection.delete(event.document.uri);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#collection.dispose();
  }
}
