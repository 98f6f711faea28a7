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
});
