import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

/** `touchstone.yaml` as it is typed, through VS Code's own providers. */
describe("touchstone.yaml in the editor", () => {
  const folder = (): string => {
    const found = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(found);
    return found;
  };

  async function open(text: string): Promise<vscode.TextDocument> {
    const file = join(folder(), "touchstone.yaml");
    writeFileSync(file, text);
    const document = await vscode.workspace.openTextDocument(file);
    const editor = await vscode.window.showTextDocument(document);
    if (document.getText() !== text) {
      await editor.edit((edit) => edit.replace(new vscode.Range(0, 0, document.lineCount, 0), text));
    }
    return document;
  }

  function diagnostics(document: vscode.TextDocument, count: number): Promise<readonly vscode.Diagnostic[]> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "Touchstone");
        if (found.length !== count) return;
        subscription.dispose();
        resolve(found);
      };
      const subscription = vscode.languages.onDidChangeDiagnostics(look);
      look();
    });
  }

  it("shows a mistake on its line, mends it with a quick fix, and follows the typing", async () => {
    const document = await open("metrics:\n  loss: dwn\ntags:\n  long: 'lenght(text) > 5'\n");
    const found = await diagnostics(document, 2);
    assert.deepEqual(found.map(({ range }) => [range.start.line, document.getText(range)]), [[1, "dwn"], [3, "lenght"]]);
    const range = found[0]?.range;
    assert.ok(range);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, range, "quickfix");
    assert.ok(actions[0]?.edit);
    await vscode.workspace.applyEdit(actions[0].edit);
    assert.equal(document.lineAt(1).text, "  loss: down");
    assert.deepEqual((await diagnostics(document, 1)).map((one) => one.range.start.line), [3]);
  });

  it("completes keys and expressions, and explains them", async () => {
    const document = await open("metrics:\n  loss: \ntags:\n  long: len\n");
    const labels = async (line: number): Promise<string[]> => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", document.uri, document.lineAt(line).range.end);
      return list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
    };
    assert.deepEqual((await labels(1)).slice(0, 2), ["up", "down"]);
    assert.equal((await labels(3))[0], "length(text)");
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, new vscode.Position(0, 2));
    const texts = hovers.flatMap(({ contents }) => contents.map((content) => (typeof content === "string" ? content : content.value)));
    assert.ok(texts.some((text) => text.includes("Key metrics")), texts.join("\n"));
  });
});
