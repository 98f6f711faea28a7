import * as vscode from "vscode";
import { evaluationList, evaluationSaved, type EvaluationHead } from "../../engine/api/evaluation.ts";
import { DisposableStore } from "../disposables.ts";
import type { EngineLink } from "../engine/link.ts";
import { WindowLinks } from "../engine/windowLinks.ts";
import type { ExtensionHost } from "../host.ts";

export interface EvaluationNode {
  readonly link: EngineLink;
  readonly head: EvaluationHead;
}

/** The files that were evaluated, newest first, each with its error and its worst slice. */
export class EvaluationsTree implements vscode.TreeDataProvider<EvaluationNode>, vscode.Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #links: WindowLinks;

  constructor(host: ExtensionHost) {
    this.#links = this.#disposables.add(new WindowLinks(host, (link) => link.on(evaluationSaved, () => this.#changed.fire(undefined))));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire(undefined)));
  }

  getTreeItem({ link, head }: EvaluationNode): vscode.TreeItem {
    // An artifact is called as its run calls it.
    const item = new vscode.TreeItem(head.path.replace(/^\.touchstone\/artifacts\/[^/]+\/[^/]+\/artifacts\//, ""));
    item.id = `evaluation:${link.folder}:${head.path}`;
    item.contextValue = "evaluation";
    item.iconPath = new vscode.ThemeIcon("target");
    item.description = head.worst === null ? head.error : vscode.l10n.t("{0}  worst: {1}", head.error, head.worst);
    item.tooltip = `${head.path}\n${item.description}`;
    item.command = { command: "touchstone.evaluate", title: vscode.l10n.t("Open Evaluation"), arguments: [{ file: head.path, folder: link.folder, ...(head.runId === null ? {} : { runId: head.runId }) }] };
    return item;
  }

  /** A file stands once, with its newest evaluation: the engine gives the newest first. */
  async getChildren(node?: EvaluationNode): Promise<EvaluationNode[]> {
    if (node !== undefined) return [];
    const nodes: EvaluationNode[] = [];
    for (const link of this.#links.all()) {
      const { evaluations } = await link.request(evaluationList, {});
      const newest = new Map<string, EvaluationHead>();
      for (const head of evaluations) if (!newest.has(head.path)) newest.set(head.path, head);
      nodes.push(...[...newest.values()].map((head) => ({ link, head })));
    }
    return nodes;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
