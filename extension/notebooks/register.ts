import { dirname } from "node:path";
import * as vscode from "vscode";
import type { ExtensionHost } from "../host.ts";
import { requireTrust } from "../launches/register.ts";
import { cellText, isTrackingCell } from "./cell.ts";
import { executeSilently, findKernel } from "./jupyter.ts";
import { TrackedKernels } from "./kernels.ts";

const NOTEBOOK = "jupyter-notebook";

/** `Track` below a notebook's first code cell, and what it does: the kernel that lives already is tracked from then on. */
export function registerNotebooks(host: ExtensionHost): void {
  const kernels = new TrackedKernels(host);
  host.disposables.add(vscode.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK, statusItems(host, kernels)));

  host.command("trackNotebook", async (target) => {
    requireTrust();
    const notebook = await requireNotebook(target);
    const path = notebook.uri.fsPath;
    const kernel = await findKernel(notebook.uri, host.log);
    if (kernel?.language !== undefined && kernel.language !== "python") throw new Error(vscode.l10n.t("Kernels in {0} cannot be tracked; only Python ones.", kernel.language));

    const link = host.engines.forUri(notebook.uri) ?? host.engines.forFolder(dirname(path));
    const { launch, code } = await kernels.codeFor(link, path);
    const outcome = kernel === undefined ? "refused" : await executeSilently(kernel, code, host.log);
    if (outcome === "refused") await offerCell(notebook, cellText(kernels.write(path, code)));
    return outcome === "cancelled" ? undefined : launch.launchId;
  });
}

function statusItems(host: ExtensionHost, kernels: TrackedKernels): vscode.NotebookCellStatusBarItemProvider {
  const changed = host.disposables.add(new vscode.EventEmitter<void>());
  host.disposables.add(kernels.onChanged(() => changed.fire()));
  host.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()));
  // Another cell may have become the first one.
  host.disposables.add(
    vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges }) => {
      if (notebook.notebookType === NOTEBOOK && contentChanges.length > 0) changed.fire();
    }),
  );
  return {
    onDidChangeCellStatusBarItems: changed.event,
    provideCellStatusBarItems(cell) {
      const { notebook, document } = cell;
      if (!vscode.workspace.isTrusted || notebook.uri.scheme !== "file" || document.languageId !== "python" || firstCode(notebook) !== cell) return [];
      const launch = kernels.tracked(notebook.uri.fsPath);
      const item = new vscode.NotebookCellStatusBarItem(launch === undefined ? `$(beaker) ${vscode.l10n.t("Track")}` : `$(beaker) ${vscode.l10n.t("Tracked")}`, vscode.NotebookCellStatusBarAlignment.Left);
      item.tooltip = launch === undefined ? vscode.l10n.t("Keep what this notebook's kernel runs from now on: cells, metrics, files") : vscode.l10n.t("What this kernel runs is kept. Opens the run");
      item.command = launch === undefined ? { title: item.tooltip, command: "touchstone.trackNotebook", arguments: [notebook.uri] } : { title: item.tooltip, command: "touchstone.openRun", arguments: [launch.runId] };
      item.accessibilityInformation = { label: item.tooltip, role: "button" };
      return [item];
    },
  };
}

function firstCode(notebook: vscode.NotebookDocument): vscode.NotebookCell | undefined {
  return notebook.getCells().find(({ kind }) => kind === vscode.NotebookCellKind.Code);
}

/** The notebook that a menu names, or the one in front; on a disk, since its run is kept beside it. */
async function requireNotebook(target: unknown): Promise<vscode.NotebookDocument> {
  const uri = target instanceof vscode.Uri ? target : vscode.window.activeNotebookEditor?.notebook.uri;
  if (uri === undefined) throw new Error(vscode.l10n.t("Open the notebook that should be tracked first."));
  const notebook = vscode.workspace.notebookDocuments.find((open) => open.uri.toString() === uri.toString()) ?? (await vscode.workspace.openNotebookDocument(uri));
  if (notebook.notebookType !== NOTEBOOK) throw new Error(vscode.l10n.t("Only Jupyter notebooks can be tracked."));
  if (notebook.uri.scheme !== "file") throw new Error(vscode.l10n.t("Save the notebook first: its runs are kept beside it."));
  if (firstCode(notebook)?.document.languageId !== "python" && firstCode(notebook) !== undefined) throw new Error(vscode.l10n.t("Only notebooks in Python can be tracked."));
  return notebook;
}

/** Puts the cell that loads the preparing code on top, or renews the one that is there, and shows it: the person runs it. */
async function offerCell(notebook: vscode.NotebookDocument, text: string): Promise<void> {
  const there = notebook.getCells().find(({ document }) => isTrackingCell(document.getText()));
  const index = there?.index ?? 0;
  const range = new vscode.NotebookRange(index, index + 1);
  if (there?.document.getText() !== text) {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, "python");
    const edit = new vscode.WorkspaceEdit();
    edit.set(notebook.uri, [there === undefined ? vscode.NotebookEdit.insertCells(0, [cell]) : vscode.NotebookEdit.replaceCells(range, [cell])]);
    if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t("The cell could not be put into the notebook, which may be read-only. Install the Jupyter extension, run a cell, and track again."));
  }
  const editor = await vscode.window.showNotebookDocument(notebook, { selections: [range] });
  editor.revealRange(range, vscode.NotebookEditorRevealType.AtTop);
  void vscode.window.showInformationMessage(vscode.l10n.t("Run the selected cell: from then on this notebook's kernel is tracked."));
}
