import * as vscode from "vscode";
import { configComplete, configHover, type TextCompletion } from "../../engine/api/config.ts";
import type { ExtensionHost } from "../host.ts";
import { ConfigDiagnostics } from "./diagnostics.ts";
import { rangeOf } from "./ranges.ts";

const SELECTOR: vscode.DocumentFilter = { scheme: "file", pattern: "**/touchstone.yaml" };
/** Characters behind which something new may follow. */
const TRIGGERS = [" ", ".", "'", '"', "`", "{", "[", "("];

const kinds: Readonly<Record<TextCompletion["kind"], vscode.CompletionItemKind>> = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  column: vscode.CompletionItemKind.Field,
  function: vscode.CompletionItemKind.Function,
  operator: vscode.CompletionItemKind.Operator,
  entity: vscode.CompletionItemKind.Module,
};

/** `touchstone.yaml` as it is typed: completion, hover, diagnostics and their quick fixes; the engine knows the answers. */
export function registerConfig(host: ExtensionHost): void {
  const diagnostics = host.disposables.add(new ConfigDiagnostics(host, SELECTOR));
  const ask = (document: vscode.TextDocument) => (vscode.workspace.isTrusted ? host.engines.forUri(document.uri) : undefined);

  host.disposables.add(
    vscode.languages.registerCompletionItemProvider(
      SELECTOR,
      {
        async provideCompletionItems(document, position, cancellation) {
          const offset = document.offsetAt(position);
          const answer = await ask(document)?.request(configComplete, { text: document.getText(), offset }, { signal: signalOf(cancellation) });
          return new vscode.CompletionList((answer?.items ?? []).map((item, order) => completionItem(document, position, item, order)), true);
        },
      },
      ...TRIGGERS,
    ),
  );
  host.disposables.add(
    vscode.languages.registerHoverProvider(SELECTOR, {
      async provideHover(document, position, cancellation) {
        const answer = await ask(document)?.request(configHover, { text: document.getText(), offset: document.offsetAt(position) }, { signal: signalOf(cancellation) });
        const hover = answer?.hover ?? null;
        return hover === null ? undefined : new vscode.Hover(new vscode.MarkdownString(hover.markdown), rangeOf(hover));
      },
    }),
  );
  host.disposables.add(
    vscode.languages.registerCodeActionsProvider(SELECTOR, { provideCodeActions: (document, range) => diagnostics.fixes(document, range) }, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }),
  );
}

function completionItem(document: vscode.TextDocument, position: vscode.Position, { label, insert, kind, detail, offset, length }: TextCompletion, order: number): vscode.CompletionItem {
  const item = new vscode.CompletionItem({ label, ...(detail === "" ? {} : { description: detail }) }, kinds[kind]);
  item.range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
  item.insertText = insert;
  // The engine has chosen and ranked; what is typed may begin with a quote that the label does not have.
  item.filterText = document.getText(new vscode.Range(document.positionAt(offset), position));
  item.sortText = String(order).padStart(4, "0");
  if (kind === "key" && insert.endsWith(" ")) item.command = { command: "editor.action.triggerSuggest", title: "" };
  return item;
}

function signalOf(cancellation: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  cancellation.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
