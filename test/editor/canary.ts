import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

/** Puts an interpreter into the open folder that leaves a file when anybody starts it. */
export function plantInterpreter(): { readonly canary: string; remove(): void } {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder);
  const canary = join(folder, "started");
  const bin = join(folder, ".venv", "bin");
  mkdirSync(bin, { recursive: true });
  assert.ok(!existsSync(canary));
  writeFileSync(join(bin, "python"), `#!/bin/sh\ntouch '${canary}'\necho '${join(bin, "python")}'\necho 'Python 3.11.7'\n`, { mode: 0o755 });
  return {
    canary,
    remove: () => {
      for (const path of [canary, join(folder, ".venv")]) rmSync(path, { recursive: true, force: true });
    },
  };
}
