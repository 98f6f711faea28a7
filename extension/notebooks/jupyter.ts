import * as vscode from "vscode";
import { errorOf, type Output } from "./cell.ts";

/** The part of the Jupyter extension's API that is used here. */
interface JupyterApi {
  readonly kernels?: { getKernel(uri: vscode.Uri): Thenable<Kernel | undefined> };
}

/** A kernel that lives. */
export interface Kernel {
  readonly language?: string;
  executeCode(code: string, token: vscode.CancellationToken): AsyncIterable<Output>;
}

/** The notebook's living kernel, where the Jupyter extension is installed, gives access to it and it was started already. */
export async function findKernel(notebook: vscode.Uri, log: vscode.LogOutputChannel): Promise<Kernel | undefined> {
  const jupyter = vscode.extensions.getExtension<JupyterApi>("ms-toolsai.jupyter");
  if (jupyter === undefined) return undefined;
  try {
    const api = jupyter.isActive ? jupyter.exports : await jupyter.activate();
    return await api.kernels?.getKernel(notebook);
  } catch (error) {
    log.warn(`The Jupyter extension gives no kernel: ${String(error)}`);
    return undefined;
  }
}

/**
 * Executes code in the kernel without a trace in the notebook.
 * @returns `refused` where the Jupyter extension did not execute it (the person denied access, the kernel is gone).
 * @throws Error with Python's own error, where the code failed.
 */
export async function executeSilently(kernel: Kernel, code: string, log: vscode.LogOutputChannel): Promise<"done" | "cancelled" | "refused"> {
  const options = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Touchstone waits for the kernel…"), cancellable: true };
  return vscode.window.withProgress(options, async (_progress, token) => {
    let failure: string | null = null;
    try {
      for await (const output of kernel.executeCode(code, token)) failure ??= errorOf(output);
    } catch (error) {
      if (token.isCancellationRequested) return "cancelled";
      log.warn(`The Jupyter extension did not execute: ${String(error)}`);
      return "refused";
    }
    if (token.isCancellationRequested) return "cancelled";
    if (failure !== null) throw new Error(vscode.l10n.t("The kernel could not be prepared: {0}. Tracking needs a kernel with IPython on this machine.", failure));
    return "done";
  });
}
