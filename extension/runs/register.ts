import { relative, sep } from "node:path";
import * as vscode from "vscode";
import { type RunQuery, runsWindow } from "../../engine/api/runs.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { languageOf } from "../lenses/detect.ts";
import { type Target, registerRunActions, targetOf } from "./actions.ts";
import { describeRun } from "./format.ts";
import { comparePanel, runPanel, tablePanel } from "./panels.ts";
import { type RunNode, RunsTree } from "./tree.ts";

/** What others say in the runs view: `description` beside its title, `message` above the runs; null for nothing. */
export interface RunsView {
  say(description: string | null, message: string | null): void;
}

/** The runs view with its filter, the panels about runs, and the actions on them. */
export function registerRuns(host: ExtensionHost): RunsView {
  for (const kind of [tablePanel, runPanel, comparePanel]) host.panels.register(kind);
  const tree = host.disposables.add(new RunsTree(host));
  const view = host.disposables.add(vscode.window.createTreeView<RunNode>("touchstone.experiments", { treeDataProvider: tree, canSelectMany: true, showCollapseAll: true }));

  const messages = { filter: "", others: "" };
  const showMessages = (): void => {
    // Empty shows nothing. Deleting would take the view's own setter away, and every later message with it.
    view.message = [messages.others, messages.filter].filter((one) => one !== "").join("\n");
  };

  host.command("treeMore", (node) => (isNode(node) ? tree.showMore(node) : undefined));
  host.command("refresh", () => tree.refresh());
  host.command("filterTree", async (text) => {
    const filter = typeof text === "string" ? text : await askFilter(host, tree.filter);
    if (filter === undefined) return;
    tree.setFilter(filter);
    messages.filter = filter === "" ? "" : vscode.l10n.t("Filter: {0}", filter);
    showMessages();
    await vscode.commands.executeCommand("setContext", "touchstone.treeFiltered", filter !== "");
  });
  host.command("clearTreeFilter", () => vscode.commands.executeCommand("touchstone.filterTree", ""));

  host.command("openTable", (subject) => openTable(host, subject));
  host.command("openRun", async (target, tab) => {
    const found = targetOf(host, target) ?? (await pickRuns(host, 1));
    if (found !== null) host.panels.open("run", { runId: found.runIds[0], ...(typeof tab === "string" ? { tab } : {}) }, found.link);
  });
  host.command("compare", async (target, selection) => {
    const found = targetOf(host, target, selection);
    const both = found !== null && found.runIds.length > 1 ? found : await pickRuns(host, 2);
    if (both !== null) host.panels.open("compare", { runIds: both.runIds }, both.link);
  });
  registerRunActions(host, () => pickRuns(host, 1));
  followActiveScript(host);
  return {
    say(description, message) {
      view.description = description ?? "";
      messages.others = message ?? "";
      showMessages();
    },
  };
}

function openTable(host: ExtensionHost, subject: unknown): void {
  const script = typeof subject === "object" && subject !== null && "script" in subject ? String(subject.script) : undefined;
  const experiment = isNode(subject) && subject.kind === "experiment" ? subject : undefined;
  const link = experiment?.link ?? requireLink(host);
  host.panels.open("table", experiment !== undefined ? { experimentId: experiment.experiment.experimentId, script: experiment.experiment.name } : script === undefined ? {} : { script }, link);
}

/** An open table shows the runs of the script that the person looks at. */
function followActiveScript(host: ExtensionHost): void {
  host.disposables.add(
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor === undefined || languageOf(editor.document.uri.path) === null) return;
      const link = host.engines.forUri(editor.document.uri);
      for (const panel of host.panels.ofKind("table")) {
        if (panel.link !== link || panel.subject["script"] === undefined || panel.subject["experimentId"] !== undefined) continue;
        const script = relative(link.folder, editor.document.uri.fsPath).split(sep).join("/");
        if (panel.subject["script"] !== script) void hasRuns(link, script).then((has) => (has ? panel.show({ ...panel.subject, script }) : undefined));
      }
    }),
  );
}

async function hasRuns(link: EngineLink, script: string): Promise<boolean> {
  const { matched } = await link.request(runsWindow, { query: { script }, columns: [], from: 0, to: 0 });
  return matched > 0;
}

/** Asks for an expression and says at once what is wrong with it. */
async function askFilter(host: ExtensionHost, current: string): Promise<string | undefined> {
  const link = requireLink(host);
  return vscode.window.showInputBox({
    title: vscode.l10n.t("Filter runs"),
    value: current,
    placeHolder: 'metrics.val_f1 > .9 and params.model = "gbm"',
    validateInput: async (filter) => {
      if (filter.trim() === "") return null;
      try {
        await link.request(runsWindow, { query: { filter }, columns: [], from: 0, to: 0 });
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  });
}

/** Asks for runs of the store whose panel has the focus, which may be a bundle's; else of the folder that the person looks at. */
async function pickRuns(host: ExtensionHost, count: 1 | 2): Promise<Target | null> {
  const link = host.panels.active?.link ?? requireLink(host);
  const query: RunQuery = {};
  const { heads } = await link.request(runsWindow, { query, columns: [], from: 0, to: 500 });
  if (heads.length < count) {
    void vscode.window.showInformationMessage(heads.length === 0 ? vscode.l10n.t("There are no runs yet. Open a script and click Run & track above it.") : vscode.l10n.t("Comparing needs two runs."));
    return null;
  }
  const items = heads.map((head) => ({ label: head.title, description: describeRun(head, null, Date.now()), detail: head.script ?? "", runId: head.runId }));
  if (count === 1) {
    const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Which run?"), matchOnDetail: true });
    return chosen === undefined ? null : { link, runIds: [chosen.runId] };
  }
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Compare which runs?"), canPickMany: true, matchOnDetail: true });
  return chosen === undefined || chosen.length < 2 ? null : { link, runIds: chosen.map((item) => item.runId) };
}

function isNode(value: unknown): value is RunNode {
  return typeof value === "object" && value !== null && "kind" in value && "link" in value;
}
