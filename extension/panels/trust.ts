import * as vscode from "vscode";
import { TouchstoneError } from "../../engine/api/tokens.ts";
import type { PanelKind } from "./panels.ts";

/** Throws `UNTRUSTED` for a request that reads files of a folder that is not trusted: what lies there may have come from anywhere. */
export function refuseUntrusted({ readsFiles }: Pick<PanelKind, "readsFiles">, method: string): void {
  if (readsFiles?.some((token) => token.method === method) === true && !vscode.workspace.isTrusted) throw untrusted();
}

/** What is said in the place of a file's content; `hint` where trusting lets something go on. */
export function untrusted(file?: string, hint = vscode.l10n.t("Trust the folder if you know where its files come from.")): TouchstoneError {
  return new TouchstoneError({ code: "UNTRUSTED", message: vscode.l10n.t("This folder is not trusted, so its files are not read."), hint, ...(file === undefined ? {} : { file }) });
}
