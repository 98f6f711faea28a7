import * as vscode from "vscode";
import type { ErrorShape } from "../engine/api/tokens.ts";

/** The shape that the engine's errors carry; anything else becomes an `INTERNAL` one with its own words. */
export function errorShape(error: unknown): ErrorShape {
  if (error instanceof Error) {
    const shape: unknown = "shape" in error ? error.shape : "data" in error ? error.data : undefined;
    if (isShape(shape)) return shape;
    return { code: error.name === "AbortError" ? "CANCELLED" : "INTERNAL", message: error.message };
  }
  return { code: "INTERNAL", message: String(error) };
}

function isShape(value: unknown): value is ErrorShape {
  return typeof value === "object" && value !== null && "code" in value && typeof value.code === "string" && "message" in value && typeof value.message === "string";
}

/** Tells the person what happened, where, and what to do; a cancelled request says nothing. */
export function showError(error: unknown, log: vscode.LogOutputChannel): void {
  const shape = errorShape(error);
  if (shape.code === "CANCELLED") return;
  log.error(error instanceof Error ? (error.stack ?? error.message) : shape.message);
  const where = shape.file === undefined ? "" : ` (${shape.file}${shape.line === undefined ? "" : `:${shape.line}`})`;
  const open = vscode.l10n.t("Open File");
  const details = vscode.l10n.t("Show Log");
  const actions = shape.file === undefined ? [details] : [open, details];
  void vscode.window.showErrorMessage([`${shape.message}${where}`, shape.hint].filter(Boolean).join(" "), ...actions).then(async (chosen) => {
    if (chosen === details) log.show();
    if (chosen === open && shape.file !== undefined) {
      const line = Math.max(0, (shape.line ?? 1) - 1);
      await vscode.window.showTextDocument(vscode.Uri.file(shape.file), { selection: new vscode.Range(line, 0, line, 0) });
    }
  });
}
