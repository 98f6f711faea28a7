import { join } from "node:path";
import * as vscode from "vscode";
import { codeDiff, codeFile } from "../../engine/api/code.ts";
import { runsGet } from "../../engine/api/runs.ts";
import { workingFolder } from "../engine/engines.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";
import { targetOf } from "../runs/actions.ts";

const SCHEME = "touchstone-code";

/** Code as runs saw it: one file at its line, against the working copy, or two runs in VS Code's own multi-file diff. */
export function registerCode(host: ExtensionHost): void {
  host.disposables.add(vscode.workspace.registerFileSystemProvider(SCHEME, new RunCodeFiles(host), { isReadonly: true, isCaseSensitive: true }));

  host.command("goToCode", async (first, selection) => {
    const target = targetOf(host, first, selection);
    if (target === null) return;
    const runId = target.runIds[0] ?? "";
    const detail = await target.link.request(runsGet, { runId });
    const site = detail.exception?.site ?? detail.metrics.find((metric) => metric.isKey && metric.site !== null)?.site ?? null;
    const path = site?.file ?? detail.launch?.script;
    if (path === null || path === undefined) throw new Error(vscode.l10n.t("This run names no script."));
    const line = Math.max(0, (site?.line ?? 1) - 1);
    const atRun = codeUri(target.link, runId, path);
    const same = await equalToWorkingCopy(target.link, runId, path);
    const uri = same ? vscode.Uri.file(join(workingFolder(target.link), path)) : atRun;
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
  });

  host.command("diffCode", async (first, selection) => {
    const target = targetOf(host, first, selection);
    if (target === null) return;
    const runId = target.runIds[0] ?? "";
    const { launch, head } = await target.link.request(runsGet, { runId });
    const path = launch?.script;
    if (path === null || path === undefined) throw new Error(vscode.l10n.t("This run names no script."));
    await vscode.commands.executeCommand("vscode.diff", codeUri(target.link, runId, path), vscode.Uri.file(join(workingFolder(target.link), path)), vscode.l10n.t("{0}: {1} ↔ working copy", path, head.title));
  });

  host.command("compareCode", async (first, selection) => {
    const target = targetOf(host, first, selection);
    const [from, to] = target?.runIds ?? [];
    if (target === null || from === undefined || to === undefined) throw new Error(vscode.l10n.t("Select two runs to compare their code."));
    const { changes } = await target.link.request(codeDiff, { from, to });
    if (changes.length === 0) return vscode.window.showInformationMessage(vscode.l10n.t("The two runs saw the same code."));
    const rows = changes.map((change) => {
      const side = (runId: string, has: boolean): vscode.Uri | undefined => (has ? codeUri(target.link, runId, change.path) : undefined);
      return [vscode.Uri.file(join(workingFolder(target.link), change.path)), side(from, change.state !== "added"), side(to, change.state !== "deleted")];
    });
    return vscode.commands.executeCommand("vscode.changes", vscode.l10n.t("Code of two runs"), rows);
  });
}

function codeUri(link: EngineLink, runId: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: runId, path: `/${path}`, query: link.folder });
}

async function equalToWorkingCopy(link: EngineLink, runId: string, path: string): Promise<boolean> {
  const { data } = await link.request(codeFile, { runId, path });
  if (data === null) return true;
  const now = await Promise.resolve(vscode.workspace.fs.readFile(vscode.Uri.file(join(link.folder, path)))).catch(() => null);
  return now !== null && Buffer.compare(now, data) === 0;
}

/** `touchstone-code://<run>/<path>?<folder>`: read-only files, rebuilt when they are opened. */
class RunCodeFiles implements vscode.FileSystemProvider {
  readonly #host: ExtensionHost;
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(host: ExtensionHost) {
    this.#host = host;
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const link = this.#host.engines.forFolder(uri.query);
    const { data } = await link.request(codeFile, { runId: uri.authority, path: uri.path.slice(1) });
    if (data === null) throw vscode.FileSystemError.FileNotFound(uri);
    return data;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const data = await this.readFile(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: data.length, permissions: vscode.FilePermission.Readonly };
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  writeFile(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }
}
