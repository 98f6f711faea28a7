import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import * as vscode from "vscode";
import { importersSources } from "../../engine/api/importers.ts";
import { showError } from "../errors.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";
import { likelySources } from "./sources.ts";

/** Paths that a person does not want to be asked about. */
const REFUSED = "importers.refused";

/** Says once that a folder holds runs of other trackers, and remembers the answer. The explorer's menu learns what can be opened. */
export function registerOffer(host: ExtensionHost, open: (link: EngineLink, paths: readonly string[]) => Promise<void>): void {
  const look = async (): Promise<void> => {
    const all: string[] = [];
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const found = folder.uri.scheme === "file" ? await likelySources(folder) : new Map<string, readonly string[]>();
      all.push(...found.keys());
      if (vscode.workspace.isTrusted && found.size > 0) void offer(host, folder, found, open);
    }
    // `resourcePath in …` of a menu looks at keys.
    await vscode.commands.executeCommand("setContext", "touchstone.sources", Object.fromEntries(all.map((path) => [vscode.Uri.file(path).fsPath, true])));
  };
  void look();
  host.disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => void look()));
  host.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void look()));
}

async function offer(host: ExtensionHost, folder: vscode.WorkspaceFolder, found: ReadonlyMap<string, readonly string[]>, open: (link: EngineLink, paths: readonly string[]) => Promise<void>): Promise<void> {
  const memory = host.context.workspaceState;
  const refused = memory.get<readonly string[]>(REFUSED, []);
  const link = host.engines.forUri(folder.uri);
  if (link === undefined) return;
  const { imported, own } = await knownPaths(link);
  // What a tracked script logged through another tracker is in its run already.
  const asked = [...found].filter(([path, files]) => !refused.includes(path) && !imported.has(path) && !files.every((file) => own.has(file))).map(([path]) => path);
  if (asked.length === 0) return;
  const names = asked.slice(0, 3).map((path) => relative(folder.uri.fsPath, path) || basename(path)).join(", ");
  const text = asked.length > 3 ? vscode.l10n.t("This folder holds runs of other trackers: {0} and {1} more.", names, String(asked.length - 3)) : vscode.l10n.t("This folder holds runs of other trackers: {0}.", names);
  const [yes, no] = [vscode.l10n.t("Import"), vscode.l10n.t("Not for This Folder")];
  const chosen = await vscode.window.showInformationMessage(text, yes, no);
  if (chosen === no) await memory.update(REFUSED, [...refused, ...asked]);
  if (chosen !== yes) return;
  try {
    await open(link, asked);
  } catch (error) {
    showError(error, host.log);
  }
}

/** Without a store nothing was imported or tracked, and no engine is started to say so. */
async function knownPaths(link: EngineLink): Promise<{ readonly imported: ReadonlySet<string>; readonly own: ReadonlySet<string> }> {
  if (!existsSync(join(link.folder, ".touchstone", "touchstone.db"))) return { imported: new Set(), own: new Set() };
  const { sources, own } = await link.request(importersSources, {});
  return { imported: new Set(sources.map(({ path }) => path)), own: new Set(own.map((path) => path.split("#")[0] ?? path)) };
}
