import { existsSync } from "node:fs";
import { basename } from "node:path";
import * as vscode from "vscode";
import { door } from "../engine/door.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import { errorShape } from "../errors.ts";
import type { ExtensionHost } from "../host.ts";
import { noticeHtml } from "../panels/html.ts";
import { withProgress } from "../progress.ts";
import { tellProblems } from "./problems.ts";

/** The view type of the editor that a bundle opens in. */
export const BUNDLE_EDITOR = "touchstone.bundle";
const ENDING = "touchstone-bundle";

/** Bundles of runs: opened for reading, as the editor of their file, or taken into a folder. */
export function registerBundles(host: ExtensionHost, takeIn: (link: EngineLink, path: string) => Promise<void>): void {
  host.disposables.add(vscode.window.registerCustomEditorProvider(BUNDLE_EDITOR, new BundleEditors(host)));
  host.command("openBundle", async (given) => {
    const uri = given instanceof vscode.Uri ? given : await askBundle(vscode.l10n.t("Open Bundle"));
    if (uri !== undefined) await vscode.commands.executeCommand("vscode.openWith", uri, BUNDLE_EDITOR);
  });
  host.command("takeInBundle", async (given) => {
    const uri = given instanceof vscode.Uri ? given : (bundleInView(host) ?? (await askBundle(vscode.l10n.t("Take In Bundle"))));
    if (uri === undefined) return;
    if (!existsSync(uri.fsPath)) throw new Error(vscode.l10n.t("{0} is not there any more.", uri.fsPath));
    const link = await linkFor(host, uri);
    if (link !== undefined) await takeIn(link, uri.fsPath);
  });
}

/** The file whose runs the person looks at. */
function bundleInView({ panels }: ExtensionHost): vscode.Uri | undefined {
  const file = panels.active?.link.bundle?.file;
  return file === undefined ? undefined : vscode.Uri.file(file);
}

async function askBundle(openLabel: string): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({ title: vscode.l10n.t("Touchstone bundle"), openLabel, filters: { [vscode.l10n.t("Touchstone bundle")]: [ENDING] }, ...(folder === undefined ? {} : { defaultUri: folder }) });
  return chosen?.[0];
}

/** The folder that the bundle lies in; for one from elsewhere the person says which. */
async function linkFor(host: ExtensionHost, uri: vscode.Uri): Promise<EngineLink | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined || folders.length < 2) return host.engines.forUri(uri) ?? requireLink(host);
  const chosen = await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t("Into which folder are the runs of {0} taken?", basename(uri.fsPath)) });
  return chosen && host.engines.forUri(chosen.uri);
}

/** The experiments table of a bundle's own store, in the tab of its file. */
class BundleEditors implements vscode.CustomReadonlyEditorProvider {
  readonly #host: ExtensionHost;

  constructor(host: ExtensionHost) {
    this.#host = host;
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel, token: vscode.CancellationToken): Promise<void> {
    const name = basename(uri.fsPath);
    // The path of another state of the file, in Git's history, leads to the file of today.
    if (uri.scheme !== "file") {
      panel.webview.html = noticeHtml(vscode.l10n.t("This is another state of {0} than the one on the disk. To see its runs, save it as a file and open that.", name));
      return;
    }
    const closed = new AbortController();
    const stops = [panel.onDidDispose(() => closed.abort()), token.onCancellationRequested(() => closed.abort())];
    try {
      const { folder, problems } = await withProgress(vscode.l10n.t("Opening {0}", name), ({ signal, onProgress }) => door().openBundle(uri.fsPath, { signal: AbortSignal.any([signal, closed.signal]), onProgress }));
      if (closed.signal.aborted) return;
      this.#host.panels.adopt("table", panel, {}, this.#host.engines.forFolder(folder));
      if (problems.length > 0) void tellProblems(vscode.l10n.t("Not everything of {0} could be read.", name), problems);
    } catch (error) {
      // Nobody is there to read it.
      if (closed.signal.aborted) return;
      const { message, hint } = errorShape(error);
      this.#host.log.error(`${uri.fsPath}: ${message}`);
      // Words of an error that is thrown from here stand in VS Code's log only.
      panel.webview.html = noticeHtml([message, hint].filter(Boolean).join(" "));
    } finally {
      for (const stop of stops) stop.dispose();
    }
  }
}
