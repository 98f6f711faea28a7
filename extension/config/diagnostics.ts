import * as vscode from "vscode";
import { configCheck, type ConfigProblem } from "../../engine/api/config.ts";
import type { ExtensionHost } from "../host.ts";
import { rangeOf } from "./ranges.ts";

/** The person pauses that long between two words. */
const SETTLE_MS = 200;

/** What is wrong in an open `touchstone.yaml`, as diagnostics that follow what is typed. */
export class ConfigDiagnostics implements vscode.Disposable {
  readonly #host: ExtensionHost;
  readonly #selector: vscode.DocumentFilter;
  readonly #collection = vscode.languages.createDiagnosticCollection("touchstone.yaml");
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #problems = new Map<string, readonly ConfigProblem[]>();
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(host: ExtensionHost, selector: vscode.DocumentFilter) {
    this.#host = host;
    this.#selector = selector;
    this.#subscriptions = [
      vscode.workspace.onDidOpenTextDocument((document) => this.#soon(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#soon(document, SETTLE_MS)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#all()),
    ];
    this.#all();
  }

  /** The replacements that the problems in a range bring along. */
  fixes(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return (this.#problems.get(document.uri.toString()) ?? []).flatMap((problem) => {
      const place = rangeOf(problem);
      if (problem.replacement === null || place.intersection(range) === undefined) return [];
      const action = new vscode.CodeAction(vscode.l10n.t("Replace with {0}", problem.replacement), vscode.CodeActionKind.QuickFix);
      action.edit = new vscode.WorkspaceEdit();
      action.edit.replace(document.uri, place, problem.replacement);
      action.isPreferred = true;
      action.diagnostics = (this.#collection.get(document.uri) ?? []).filter((diagnostic) => diagnostic.range.isEqual(place));
      return [action];
    });
  }

  #all(): void {
    for (const document of vscode.workspace.textDocuments) this.#soon(document, 0);
  }

  #soon(document: vscode.TextDocument, ms: number): void {
    if (!vscode.workspace.isTrusted || vscode.languages.match(this.#selector, document) === 0) return;
    const key = document.uri.toString();
    clearTimeout(this.#waiting.get(key));
    this.#waiting.set(key, setTimeout(() => void this.#check(document), ms));
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const link = this.#host.engines.forUri(document.uri);
    if (link === undefined) return;
    try {
      const { problems } = await link.request(configCheck, { text: document.getText() });
      // What was typed meanwhile has its own check under way.
      if (document.isClosed || document.version !== version) return;
      this.#problems.set(document.uri.toString(), problems);
      this.#collection.set(document.uri, problems.map(diagnosticOf));
    } catch (error) {
      this.#host.log.warn(`touchstone.yaml could not be checked: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #forget(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
    this.#problems.delete(key);
    this.#collection.delete(document.uri);
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#collection.dispose();
  }
}

function diagnosticOf(problem: ConfigProblem): vscode.Diagnostic {
  const severity = problem.severity === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const diagnostic = new vscode.Diagnostic(rangeOf(problem), problem.message, severity);
  diagnostic.source = "Touchstone";
  return diagnostic;
}
