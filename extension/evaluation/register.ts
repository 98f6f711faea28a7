import { isAbsolute, join, relative, sep } from "node:path";
import * as vscode from "vscode";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { evaluationPanel } from "./panel.ts";
import { EvaluationsTree, type EvaluationNode } from "./tree.ts";

/** What can be asked to be evaluated: a file of the explorer, an output of a run (a lens, the run page), or nothing yet. */
interface Target {
  readonly uri: vscode.Uri;
  readonly runId?: string;
}

/** `Evaluate Predictions…`, the panel that it opens, and the list of what was evaluated. */
export function registerEvaluation(host: ExtensionHost): void {
  host.panels.register(evaluationPanel);
  const tree = host.disposables.add(new EvaluationsTree(host));
  host.disposables.add(vscode.window.createTreeView<EvaluationNode>("touchstone.evaluations", { treeDataProvider: tree }));
  host.command("evaluate", (target) => evaluate(host, target, false));
  host.command("evaluateColumns", (target) => evaluate(host, target, true));
}

async function evaluate(host: ExtensionHost, given: unknown, mapping: boolean): Promise<void> {
  const target = targetOf(host, given) ?? (await pickFile());
  if (target === undefined) return;
  const link = linkOf(host, target.uri);
  const path = pathIn(link, target.uri);
  // A lens is followed beside the code; from the explorer the panel takes the place of an editor.
  const column = target.runId === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
  host.panels.open("evaluation", { path, ...(target.runId === undefined ? {} : { runId: target.runId }), ...(mapping ? { mapping: true } : {}) }, link, column);
}

function targetOf(host: ExtensionHost, given: unknown): Target | undefined {
  if (given instanceof vscode.Uri) return { uri: given };
  if (typeof given !== "object" || given === null || !("file" in given) || typeof given.file !== "string") return undefined;
  const runId = "runId" in given && typeof given.runId === "string" ? { runId: given.runId } : {};
  const folder = "folder" in given && typeof given.folder === "string" ? given.folder : requireLink(host).folder;
  return { uri: vscode.Uri.file(isAbsolute(given.file) ? given.file : join(folder, given.file)), ...runId };
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

/** The store of the file's own folder, else the one of the window. */
function linkOf(host: ExtensionHost, uri: vscode.Uri): EngineLink {
  return host.engines.forUri(uri) ?? requireLink(host);
}

function pathIn(link: EngineLink, uri: vscode.Uri): string {
  const path = relative(link.folder, uri.fsPath);
  return path.startsWith("..") || isAbsolute(path) ? uri.fsPath : path.split(sep).join("/");
}
