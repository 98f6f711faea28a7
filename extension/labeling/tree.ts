import * as vscode from "vscode";
import { labelsChanged, labelsList, type LabelProgress, type LabelSetSummary } from "../../engine/api/labeling.ts";
import { DisposableStore } from "../disposables.ts";
import type { EngineLink } from "../engine/link.ts";
import { WindowLinks } from "../engine/windowLinks.ts";
import type { ExtensionHost } from "../host.ts";

export interface LabelSetNode {
  readonly kind: "labelSet";
  readonly link: EngineLink;
  summary: LabelSetSummary;
}

/** The label sets of the window's folders, with progress and agreement. */
export class LabelSetsTree implements vscode.TreeDataProvider<LabelSetNode>, vscode.Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<LabelSetNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #links: WindowLinks;
  #nodes: LabelSetNode[] = [];
  /** When this window or another one of the engine's last voted in a set: its files change then, and that is known. */
  readonly #voted = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  /** Sets with new numbers that the view does not show yet. */
  readonly #counted = new Set<LabelSetNode>();
  #counting: NodeJS.Timeout | null = null;

  constructor(host: ExtensionHost) {
    this.#links = this.#disposables.add(
      new WindowLinks(host, (link) => link.on(labelsChanged, ({ set, progress, definition }) => this.#votesChanged(link, set, progress, definition))),
    );
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#refreshSoon()));
    // What git brings, and a labels.yaml that is edited by hand.
    const watcher = this.#disposables.add(vscode.workspace.createFileSystemWatcher("**/labels/*/{labels.yaml,votes/**}"));
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) this.#disposables.add(event((file) => this.#fileChanged(file)));
  }

  getTreeItem({ summary }: LabelSetNode): vscode.TreeItem {
    const item = new vscode.TreeItem(summary.name);
    item.id = `labelSet:${summary.set}`;
    item.contextValue = "labelSet";
    item.iconPath = summary.error === null ? new vscode.ThemeIcon("tag") : new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
    item.description = summary.error ?? describe(summary);
    item.tooltip = summary.error ?? vscode.l10n.t("{0} · labels/{1}", item.description, summary.set);
    item.command = { command: "touchstone.openLabelSet", title: vscode.l10n.t("Open Label Set"), arguments: [summary.set] };
    return item;
  }

  async getChildren(node?: LabelSetNode): Promise<LabelSetNode[]> {
    if (node !== undefined) return [];
    const nodes: LabelSetNode[] = [];
    for (const link of this.#links.all()) {
      const { sets } = await link.request(labelsList, null);
      nodes.push(...sets.map((summary): LabelSetNode => ({ kind: "labelSet", link, summary })));
    }
    this.#nodes = nodes;
    return [...nodes];
  }

  /** A vote changes numbers only: they come with the event, and nothing is read again. */
  #votesChanged(link: EngineLink, set: string, progress: LabelProgress | null, definition: boolean): void {
    this.#voted.set(set, Date.now());
    const node = this.#nodes.find((one) => one.link === link && one.summary.set === set);
    if (definition || node === undefined || progress === null) return this.#refreshSoon();
    node.summary = { ...node.summary, progress };
    this.#counted.add(node);
    // The view is drawn behind the answers, not with each of them.
    this.#counting ??= setTimeout(() => {
      this.#counting = null;
      for (const one of this.#counted) this.#changed.fire(one);
      this.#counted.clear();
    }, 500);
  }

  #fileChanged(file: vscode.Uri): void {
    const set = /\/labels\/([^/]+)\/votes\//.exec(file.path)?.[1];
    if (set === undefined || Date.now() - (this.#voted.get(set) ?? 0) > 3000) this.#refreshSoon();
  }

  /** Git changes many files at once; the sets are read once. */
  #refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#changed.fire(undefined);
    }, 1000);
  }

  dispose(): void {
    for (const timer of [this.#timer, this.#counting]) if (timer !== null) clearTimeout(timer);
    this.#disposables.dispose();
  }
}

/** `312/500  α 0.81`. */
export function describe({ progress }: LabelSetSummary): string {
  if (progress === null) return "";
  const alpha = progress.alpha.value === null ? "" : `  α ${progress.alpha.value.toFixed(2)}`;
  return `${progress.done}/${progress.total}${alpha}`;
}
