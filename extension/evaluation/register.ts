import { isAbsolute, join, relative, sep } from "node:path";
import * as vscode from "vscode";
import { hostFileChanged } from "../../engine/api/host.ts";
import { artifactsList, artifactsRead, runsGet } from "../../engine/api/runs.ts";
import { isTable } from "../../engine/api/tables.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import type { RunNode } from "../runs/tree.ts";
import { evaluationPanel } from "./panel.ts";
import { EvaluationsTree, type EvaluationNode } from "./tree.ts";

/** What can be asked to be evaluated: a file of the explorer, an output or artifact of a run (a lens, the run page, the tree), or nothing yet. */
interface Target {
  readonly uri: vscode.Uri;
  readonly runId?: string;
}


/** `Evaluate Predictions…`, the panel that it opens, and the list of what was evaluated. */
export function registerEvaluation(host: ExtensionHost): void {
  host.panels.register(evaluationPanel);
  const tree = host.disposables.add(new EvaluationsTree(host));
  host.disposables.add(vscode.window.createTreeView<EvaluationNode>("touchstone.evaluations", { treeDataProvider: tree }));
  host.command("evaluate", (given, runId) => evaluate(host, given, runId, false));
  host.command("evaluateColumns", (given, runId) => evaluate(host, given, runId, true));
  watchFiles(host);
  // What was refused is asked again.
  host.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => host.panels.ofKind("evaluation").forEach((panel) => panel.show(panel.subject))));
}

async function evaluate(host: ExtensionHost, given: unknown, runId: unknown, mapping: boolean): Promise<void> {
  const target = isRunNode(given) ? await pickOfRun(given) : (targetOf(host, given, runId) ?? (await pickFile()));
  if (target === undefined) return;
  const link = linkOf(host, target.uri);
  const path = pathIn(link, target.uri);
  // From the explorer the panel takes the place of an editor; a lens is followed beside the code, a run's page in its own column.
  const column = target.runId === undefined ? vscode.ViewColumn.Active : undefined;
  host.panels.open("evaluation", { path, ...(target.runId === undefined ? {} : { runId: target.runId }), ...(mapping ? { mapping: true } : {}) }, link, column);
}

function targetOf(host: ExtensionHost, given: unknown, run: unknown): Target | undefined {
  if (given instanceof vscode.Uri) return { uri: given };
  const named = typeof given === "string" && given !== "" ? { file: given, runId: run } : given;
  if (typeof named !== "object" || named === null || !("file" in named) || typeof named.file !== "string") return undefined;
  const runId = "runId" in named && typeof named.runId === "string" ? { runId: named.runId } : {};
  const folder = "folder" in named && typeof named.folder === "string" ? named.folder : requireLink(host).folder;
  return { uri: vscode.Uri.file(isAbsolute(named.file) ? named.file : join(folder, named.file)), ...runId };
}

type RunItem = RunNode & { kind: "run" };

function isRunNode(value: unknown): value is RunItem {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "run" && "head" in value;
}

/** One of the tables that a run wrote or kept; the only one without asking. */
async function pickOfRun({ link, head }: RunItem): Promise<Target | undefined> {
  const { runId } = head;
  const { outputs } = await link.request(runsGet, { runId });
  const written = outputs.filter(({ path }) => isTable(path)).map(({ path }) => ({ label: `$(table) ${path}`, description: vscode.l10n.t("output"), file: isAbsolute(path) ? path : join(link.folder, path) }));
  const kept = (await artifactTables(link, runId, "")).map((path) => ({ label: `$(archive) ${path}`, description: vscode.l10n.t("artifact"), artifact: path }));
  const items: (vscode.QuickPickItem & { readonly file?: string; readonly artifact?: string })[] = [...written, ...kept];
  if (items.length === 0) {
    throw new Error(vscode.l10n.t("{0} wrote no table and kept none. Write predictions as CSV, Parquet or JSON Lines, with label and prediction in columns.", head.title));
  }
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Evaluate which predictions of {0}?", head.title) });
  if (chosen?.file !== undefined) return { uri: vscode.Uri.file(chosen.file), runId };
  if (chosen?.artifact === undefined) return undefined;
  const { absolutePath } = await link.request(artifactsRead, { runId, path: chosen.artifact, offset: 0, length: 1 });
  return { uri: vscode.Uri.file(absolutePath), runId };
}

/** Artifacts that are tables, those in folders included, at most three levels down. */
async function artifactTables(link: EngineLink, runId: string, folder: string): Promise<readonly string[]> {
  const { entries } = await link.request(artifactsList, { runId, path: folder });
  const found: string[] = [];
  for (const { path, isDir } of entries) {
    if (!isDir && isTable(path)) found.push(path);
    else if (isDir && path.split("/").length < 4) found.push(...(await artifactTables(link, runId, path)));
  }
  return found;
}

async function pickFile(): Promise<Target | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file" && /\.(csv|tsv|jsonl|ndjson)$/i.test(active.path)) return { uri: active };
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t("Predictions to evaluate"),
    openLabel: vscode.l10n.t("Evaluate"),
    canSelectMany: false,
    filters: { [vscode.l10n.t("Predictions")]: ["csv", "tsv", "parquet", "pq", "jsonl", "ndjson", "json"] },
  });
  return picked?.[0] === undefined ? undefined : { uri: picked[0] };
}

/** Tells open panels that their file was written again or is gone; a script that writes for long is told of once it pauses for half a second. */
function watchFiles(host: ExtensionHost): void {
  const waiting = new Map<string, NodeJS.Timeout>();
  const tell = (uri: vscode.Uri, gone: boolean): void => {
    clearTimeout(waiting.get(uri.fsPath));
    waiting.set(
      uri.fsPath,
      setTimeout(() => {
        waiting.delete(uri.fsPath);
        for (const panel of host.panels.ofKind("evaluation")) {
          const path = String(panel.subject["path"]);
          if ((isAbsolute(path) ? path : join(panel.link.folder, path)) === uri.fsPath) panel.send(hostFileChanged, { path, gone });
        }
      }, 500),
    );
  };
  const watcher = host.disposables.add(vscode.workspace.createFileSystemWatcher("**/*.{csv,tsv,parquet,pq,jsonl,ndjson,json}"));
  host.disposables.add(watcher.onDidChange((uri) => tell(uri, false)));
  host.disposables.add(watcher.onDidCreate((uri) => tell(uri, false)));
  host.disposables.add(watcher.onDidDelete((uri) => tell(uri, true)));
  host.disposables.add({ dispose: () => waiting.forEach((timer) => clearTimeout(timer)) });
}

/** The store of the file's own folder, else the one of the window. */
function linkOf(host: ExtensionHost, uri: vscode.Uri): EngineLink {
  return host.engines.forUri(uri) ?? requireLink(host);
}

function pathIn(link: EngineLink, uri: vscode.Uri): string {
  const path = relative(link.folder, uri.fsPath);
  return path.startsWith("..") || isAbsolute(path) ? uri.fsPath : path.split(sep).join("/");
}
