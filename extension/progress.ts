import * as vscode from "vscode";
import type { Progress } from "../engine/api/tokens.ts";

export interface Watched {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** A long request with a notification that shows how far it is and can cancel it. */
export async function withProgress<T>(title: string, work: (watched: Watched) => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (bar, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    let shown = 0;
    return work({
      signal: abort.signal,
      onProgress: ({ done, total, unit }) => {
        const reached = total === null || total === 0 ? shown : (done / total) * 100;
        bar.report({ message: `${done.toLocaleString()}${total === null ? "" : ` / ${total.toLocaleString()}`} ${unit}`, increment: reached - shown });
        shown = reached;
      },
    });
  });
}
