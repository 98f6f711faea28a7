import { basename, isAbsolute, join, relative } from "node:path";
import * as vscode from "vscode";
import { labelsCreate, labelsExport, labelsList, labelsPreview, type LabelRowsRequest, type LabelSetRequest } from "../../engine/api/labeling.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { withProgress } from "../progress.ts";
import { labelingPanel } from "./panel.ts";
import { askClasses, askName, askShown, askSource } from "./questions.ts";
import { describe, LabelSetsTree, type LabelSetNode } from "./tree.ts";

/** Label sets: their view, the panel, making one from a file, a folder or rows of an evaluation, exports. */
export function registerLabeling(host: ExtensionHost): void {
  host.panels.register(labelingPanel);
  const tree = host.disposables.add(new LabelSetsTree(host));
  host.disposables.add(vscode.window.createTreeView<LabelSetNode>("touchstone.labels", { treeDataProvider: tree }));

  host.command("newLabelSet", (target) => newLabelSet(host, target));
  host.command("labelRows", (request) => labelRows(host, request));
  host.command("openLabelSet", async (target) => {
    const found = await setOf(host, target, vscode.l10n.t("Which label set?"));
    if (found !== null) open(host, found.set, found.link);
  });
  host.command("exportLabels", async (target) => {
    const found = await setOf(host, target, vscode.l10n.t("Export which label set?"));
    if (found !== null) await exportLabels(found.set, found.link);
  });
}

function open(host: ExtensionHost, set: string, link: EngineLink): void {
  host.panels.open("labeling", { set }, link, vscode.ViewColumn.Active);
}

/** Asks what, how and which classes; every question has its likely answer on top. */
async function newLabelSet(host: ExtensionHost, target: unknown): Promise<void> {
  const source = target instanceof vscode.Uri ? target : await askSource();
  if (source === undefined) return;
  const link = host.engines.forUri(source) ?? requireLink(host);
  const preview = await link.request(labelsPreview, { source: source.fsPath });
  const shown = await askShown(preview, []);
  if (shown === undefined) return;
  const classes = await askClasses(preview.classColumns);
  if (classes === undefined) return;
  const name = await askName(basename(source.fsPath).replace(/\.[^.]+$/, ""));
  if (name === undefined) return;
  const { key } = preview;
  // The column with the recorded labels would lead the person.
  const show = shown.kind === "row" ? shown.show.filter((column) => column !== classes.column) : shown.show;
  await create(host, link, {
    name,
    classes: classes.names.map((one) => ({ name: one })),
    source: source.fsPath,
    kind: shown.kind,
    show,
    ...(key.kind === "bytes" ? {} : { key: key.kind === "id" ? { kind: "id" as const, columns: key.columns } : { kind: "content" as const, columns: show } }),
  });
}

/** Rows of an evaluation: what names them and the classes are known. */
async function labelRows(host: ExtensionHost, request: unknown): Promise<void> {
  if (!isLabelRows(request)) throw new Error(vscode.l10n.t("Select rows in an evaluation first, then label these rows."));
  const active = requireLink(host);
  const link = isAbsolute(request.source) ? (host.engines.forUri(vscode.Uri.file(request.source)) ?? active) : active;
  const source = isAbsolute(request.source) ? request.source : join(link.folder, request.source);
  const preview = await link.request(labelsPreview, { source });
  const hidden = [...(request.hidden ?? []), ...(request.suggest ? [request.suggest.column, request.suggest.score ?? ""] : [])];
  const shown = await askShown(preview, hidden);
  if (shown === undefined) return;
  const classes = await askClasses([{ column: vscode.l10n.t("classes of the evaluation"), values: request.classes }]);
  if (classes === undefined) return;
  const name = await askName(`${basename(source).replace(/\.[^.]+$/, "")} ${request.title}`.slice(0, 40).trim());
  if (name === undefined) return;
  await create(host, link, {
    name,
    classes: classes.names.map((one) => ({ name: one })),
    source,
    kind: shown.kind,
    show: shown.show,
    key: request.key,
    items: request.items,
    title: request.title,
    ...(request.suggest ? { suggest: request.suggest } : {}),
  });
}

async function create(host: ExtensionHost, link: EngineLink, request: LabelSetRequest): Promise<void> {
  const made = await withProgress(vscode.l10n.t("Making the label set"), (watched) => link.request(labelsCreate, request, watched));
  open(host, made.set, link);
}

async function exportLabels(set: string, link: EngineLink): Promise<void> {
  const items = [
    { label: vscode.l10n.t("Labels, CSV"), detail: vscode.l10n.t("One line an item with its current label"), what: "labels" as const, format: "csv" as const },
    { label: vscode.l10n.t("Labels, JSONL"), detail: vscode.l10n.t("One line an item with its current label"), what: "labels" as const, format: "jsonl" as const },
    { label: vscode.l10n.t("Votes, CSV"), detail: vscode.l10n.t("One line a vote, undone ones included"), what: "votes" as const, format: "csv" as const },
    { label: vscode.l10n.t("Votes, JSONL"), detail: vscode.l10n.t("One line a vote, undone ones included"), what: "votes" as const, format: "jsonl" as const },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Export {0} as", set) });
  if (chosen === undefined) return;
  const { what, format } = chosen;
  const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.file(join(link.folder, `${set}-${what}.${format}`)), filters: { [format.toUpperCase()]: [format] } });
  if (target === undefined) return;
  const { path, rows } = await link.request(labelsExport, { set, what, format, path: target.fsPath });
  const action = vscode.l10n.t("Open");
  const done = what === "votes" ? vscode.l10n.t("{0} votes are in {1}.", rows, relative(link.folder, path)) : vscode.l10n.t("{0} items are in {1}.", rows, relative(link.folder, path));
  if ((await vscode.window.showInformationMessage(done, action)) === action) await vscode.window.showTextDocument(vscode.Uri.file(path));
}

/** The set that a tree item, a panel or nobody named; then it is asked for. */
async function setOf(host: ExtensionHost, target: unknown, title: string): Promise<{ readonly set: string; readonly link: EngineLink } | null> {
  if (isNode(target)) return { set: target.summary.set, link: target.link };
  const link = requireLink(host);
  if (typeof target === "string" && target !== "") return { set: target, link };
  const { sets } = await link.request(labelsList, null);
  if (sets.length === 0) {
    const make = vscode.l10n.t("New Label Set…");
    if ((await vscode.window.showInformationMessage(vscode.l10n.t("There is no label set yet."), make)) === make) await vscode.commands.executeCommand("touchstone.newLabelSet");
    return null;
  }
  const chosen = await vscode.window.showQuickPick(sets.map((summary) => ({ label: summary.name, description: summary.error ?? describe(summary), set: summary.set })), { title });
  return chosen === undefined ? null : { set: chosen.set, link };
}

function isNode(value: unknown): value is LabelSetNode {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "labelSet";
}

function isLabelRows(value: unknown): value is LabelRowsRequest {
  if (typeof value !== "object" || value === null) return false;
  return "source" in value && typeof value.source === "string" && "items" in value && Array.isArray(value.items) && "key" in value && "classes" in value && Array.isArray(value.classes) && "title" in value;
}
