import * as vscode from "vscode";
import { type Cell, type ExperimentSummary, type RunHead, type RunQuery, experimentsList, runsChanged, runsKeys, runsWindow } from "../../engine/api/runs.ts";
import { DisposableStore } from "../disposables.ts";
import type { EngineLink } from "../engine/link.ts";
import { WindowLinks } from "../engine/windowLinks.ts";
import type { ExtensionHost } from "../host.ts";
import { describeRun, formatCell, silence } from "./format.ts";
import { hostOf } from "./servers.ts";

const PAGE = 50;

export type RunNode =
  | { readonly kind: "experiment"; readonly link: EngineLink; readonly experiment: ExperimentSummary }
  | { readonly kind: "run"; readonly link: EngineLink; readonly head: RunHead; readonly metric: { readonly key: string; readonly value: Cell } | null }
  | { readonly kind: "more"; readonly link: EngineLink; readonly query: RunQuery; readonly shown: number; readonly left: number };

/** What a menu of the tree hands over when it was opened on an experiment. */
export function isExperimentNode(value: unknown): value is RunNode & { kind: "experiment" } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "experiment" && "experiment" in value;
}

/** Experiments and their runs; 50 a level, then More…; the filter works over all. */
export class RunsTree implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<RunNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  /** How many runs each level shows, by the level's query. */
  readonly #shown = new Map<string, number>();
  readonly #links: WindowLinks;
  #filter = "";
  #timer: NodeJS.Timeout | null = null;

  constructor(host: ExtensionHost) {
    this.#links = this.#disposables.add(new WindowLinks(host, (link) => link.on(runsChanged, () => this.#refreshSoon())));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.refresh()));
  }

  get filter(): string {
    return this.#filter;
  }

  setFilter(filter: string): void {
    this.#filter = filter;
    this.refresh();
  }

  showMore(node: RunNode): void {
    if (node.kind !== "more") return;
    this.#shown.set(JSON.stringify(node.query), node.shown + PAGE);
    this.refresh();
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    if (node.kind === "experiment") return experimentItem(node.experiment);
    if (node.kind === "run") return runItem(node);
    const item = new vscode.TreeItem(vscode.l10n.t("More…"));
    item.description = vscode.l10n.t("{0} not shown", node.left);
    item.command = { command: "touchstone.treeMore", title: vscode.l10n.t("More…"), arguments: [node] };
    return item;
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node === undefined) return this.#roots();
    const scope: RunQuery = node.kind === "experiment" ? { experimentIds: [node.experiment.experimentId], topLevel: true } : node.kind === "run" ? { parent: node.head.runId } : {};
    return this.#runs(node.link, this.#filter === "" ? scope : { ...scope, filter: this.#filter });
  }

  async #roots(): Promise<RunNode[]> {
    const nodes: RunNode[] = [];
    for (const link of this.#links.all()) {
      const { experiments } = await link.request(experimentsList, {});
      nodes.push(...experiments.filter((experiment) => experiment.runs > 0).map((experiment): RunNode => ({ kind: "experiment", link, experiment })));
    }
    return nodes;
  }

  /** Patches come ten times a second while runs are live; a tree is read once a second at most. */
  #refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.refresh();
    }, 1000);
  }

  async #runs(link: EngineLink, query: RunQuery): Promise<RunNode[]> {
    const keys = await link.request(runsKeys, { query });
    const column = keys.defaults.find((name) => name.startsWith("metrics."));
    const limit = this.#shown.get(JSON.stringify(query)) ?? PAGE;
    const window = await link.request(runsWindow, { query, columns: column === undefined ? [] : [column], from: 0, to: limit });
    const nodes = window.heads.map((head, index): RunNode => {
      const value = column === undefined ? null : (window.columns[column]?.[index] ?? null);
      return { kind: "run", link, head, metric: column === undefined ? null : { key: column.slice("metrics.".length), value } };
    });
    const left = window.matched - window.heads.length;
    return left > 0 ? [...nodes, { kind: "more", link, query, shown: limit, left }] : nodes;
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#disposables.dispose();
  }
}

function experimentItem(experiment: ExperimentSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(experiment.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `experiment:${experiment.experimentId}`;
  const { server } = experiment;
  item.iconPath = new vscode.ThemeIcon(server !== undefined ? "server" : experiment.script === null ? "beaker" : "file-code");
  item.contextValue = "experiment";
  const runs = experiment.runs === 1 ? vscode.l10n.t("1 run") : vscode.l10n.t("{0} runs", experiment.runs);
  const best = experiment.best === null ? "" : `  ★ ${experiment.best.key} ${formatCell(experiment.best.value)}`;
  const where = server === undefined ? "" : `  ${hostOf(server)}`;
  if (server !== undefined) item.tooltip = `${experiment.name}\n${vscode.l10n.t("On the MLflow server {0}", server)}`;
  item.description = `${runs}${experiment.running > 0 ? `  ${vscode.l10n.t("{0} running", experiment.running)}` : ""}${best}${where}`;
  return item;
}

const STATE_ICONS: Readonly<Record<RunHead["status"], vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon("loading~spin"),
  scheduled: new vscode.ThemeIcon("clock"),
  finished: new vscode.ThemeIcon("check", new vscode.ThemeColor("testing.iconPassed")),
  failed: new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed")),
  killed: new vscode.ThemeIcon("circle-slash"),
  lost: new vscode.ThemeIcon("question"),
};

/** Of what ran elsewhere and is over. */
const SERVER_ICON = new vscode.ThemeIcon("cloud", new vscode.ThemeColor("testing.iconPassed"));

function runItem(node: RunNode & { kind: "run" }): vscode.TreeItem {
  const { head } = node;
  const item = new vscode.TreeItem(head.title, head.children > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
  item.id = `run:${head.runId}`;
  // No spinner for a process that may be gone.
  item.iconPath = head.silentSince !== undefined ? STATE_ICONS.lost : head.server !== undefined && head.status === "finished" ? SERVER_ICON : STATE_ICONS[head.status];
  item.contextValue = `run.${head.status === "running" ? "live" : "ended"}${head.launchId === null ? "" : ".launched"}${head.starred ? ".starred" : ""}${head.deleted ? ".deleted" : ""}${head.server === undefined ? "" : ".server"}`;
  item.description = describeRun(head, node.metric, Date.now());
  const state = head.silentSince === undefined ? head.status : silence(head.silentSince, Date.now());
  const where = head.server === undefined ? null : vscode.l10n.t("On the MLflow server {0}", head.server);
  item.tooltip = [head.title, state, head.error, where, head.runId].filter((part) => part !== null).join("\n");
  item.accessibilityInformation = { label: `${head.title}, ${state}, ${item.description}` };
  item.command = { command: "touchstone.openRun", title: vscode.l10n.t("Open Run"), arguments: [head.runId] };
  return item;
}
