import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: { readonly commandPalette?: readonly { readonly command: string; readonly when: string }[] };
  };
}

/**
 * Every action of the palette, once, as a person runs it with a training script open: it opens what it asks with, which
 * is left with Escape, and comes to an end without throwing.
 */
describe("the palette's commands", () => {
  // SAFETY: the manifest's shape is VS Code's own schema; the extension would not load with another.
  const manifest = vscode.extensions.getExtension("touchstone.touchstone")?.packageJSON as Manifest;
  const hidden = new Set((manifest.contributes.menus.commandPalette ?? []).filter(({ when }) => when === "false").map(({ command }) => command));

  before(async () => {
    const [script] = await vscode.workspace.findFiles("train.py");
    assert.ok(script, "the sample project is open");
    await vscode.window.showTextDocument(script);
  });

  for (const { command, title } of manifest.contributes.commands.filter(({ command }) => !hidden.has(command))) {
    it(`${title} (${command})`, async () => {
      let ended = false;
      const run = Promise.resolve(vscode.commands.executeCommand(command)).finally(() => (ended = true));
      // It may ask in a box or in a notification. Whoever asks gets a moment to ask, then an Escape.
      const leave = (async () => {
        while (!ended) {
          await pause(50);
          await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
          await vscode.commands.executeCommand("notifications.clearAll");
        }
      })();
      await run;
      await leave;
    });
  }
});
