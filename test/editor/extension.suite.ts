import assert from "node:assert/strict";
import * as vscode from "vscode";

const extension = (): vscode.Extension<unknown> => {
  const found = vscode.extensions.getExtension("touchstone.touchstone");
  assert.ok(found, "the extension is there");
  return found;
};

describe("the extension", () => {
  it("activates and registers every command of its manifest", async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const manifest: { contributes?: { commands?: { command: string }[] } } = extension().packageJSON;
    const missing = (manifest.contributes?.commands ?? []).map(({ command }) => command).filter((command) => !registered.has(command));
    assert.deepEqual(missing, []);
  });
});
