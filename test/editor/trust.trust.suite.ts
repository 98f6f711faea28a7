import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("a folder that is not trusted", () => {
  it("is what VS Code says it is", () => {
    assert.equal(vscode.workspace.isTrusted, false);
  });

  it("still has the extension, limited", async () => {
    const extension = vscode.extensions.getExtension("touchstone.touchstone");
    assert.ok(extension, "the extension is there");
    await extension.activate();
    assert.ok(extension.isActive);
  });

  it("runs nothing in it", async () => {
    const [script] = await vscode.workspace.findFiles("train.py");
    assert.ok(script, "the sample project is open");
    await vscode.window.showTextDocument(script);
    const asked = Promise.resolve(vscode.commands.executeCommand("touchstone.run"));
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await asked;
    const store = vscode.Uri.joinPath(script, "..", ".touchstone");
    await assert.rejects(Promise.resolve(vscode.workspace.fs.stat(store)), "no store was made");
  });
});
