import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";
import { connectEngine, type EngineConnection } from "../../engine/api/connect.ts";
import { launchGet, launchList } from "../../engine/api/launches.ts";
import { runsGet } from "../../engine/api/runs.ts";
import type { Jupyter, Output } from "./extensions/jupyter/extension.ts";

const text = (outputs: readonly Output[]): string => outputs.flatMap(({ items }) => items.map(({ data }) => new TextDecoder().decode(data))).join("");

/** The way into a living kernel over the Jupyter extension's API, here a stand-in of its published shape over a real ipykernel. */
describe("tracking a notebook over the Jupyter extension's API", () => {
  let folder: vscode.WorkspaceFolder;
  let notebook: vscode.Uri;
  let jupyter: Jupyter;
  let engine: EngineConnection;

  before(async () => {
    const [found] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(found, "the sample project is open");
    folder = found;
    notebook = vscode.Uri.joinPath(folder.uri, "kernel.ipynb");
    const cells = [{ cell_type: "code", source: ["x = 1"], metadata: {}, outputs: [], execution_count: null }];
    await vscode.workspace.fs.writeFile(notebook, Buffer.from(JSON.stringify({ cells, metadata: { language_info: { name: "python" } }, nbformat: 4, nbformat_minor: 5 })));
    await vscode.window.showNotebookDocument(await vscode.workspace.openNotebookDocument(notebook));
    const extension = vscode.extensions.getExtension<Jupyter>("ms-toolsai.jupyter");
    assert.ok(extension, "the stand-in is there");
    jupyter = await extension.activate();
    await jupyter.test.start(notebook, folder.uri.fsPath);
    engine = connectEngine({ folder: folder.uri.fsPath, clientKind: "test", extensionVersion: "0.0.0", start: false });
  });
  after(async () => {
    engine.dispose();
    await jupyter.test.stop();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.workspace.fs.delete(notebook);
  });

  async function until(launchId: string, status: string): Promise<void> {
    engine.retry();
    while ((await engine.request(launchGet, { launchId })).status !== status) await pause(50);
  }

  it("prepares the kernel that lives already, without a trace in the notebook; its next cells are the run", async () => {
    await jupyter.test.runCell(notebook, "before = 0.5");
    const launchId = await vscode.commands.executeCommand("touchstone.trackNotebook", notebook);
    assert.ok(typeof launchId === "string");
    const document = vscode.workspace.notebookDocuments.find(({ uri }) => uri.toString() === notebook.toString());
    assert.deepEqual(document?.getCells().map((cell) => cell.document.getText()), ["x = 1"]);
    assert.equal(text(await jupyter.test.runCell(notebook, "import touchstone\ntouchstone.log({'loss': before / 2}, step=3)\n'count', len(In)")), "('count', 3)", "what was executed quietly is in no history");
    await until(launchId, "running");

    await jupyter.test.stop();
    await until(launchId, "finished");
    const { runId } = await engine.request(launchGet, { launchId });
    const { metrics, launch } = await engine.request(runsGet, { runId });
    assert.deepEqual(metrics.filter(({ key }) => key === "loss").map(({ last, step, site }) => [last, step, site?.file]), [[0.25, 3, "kernel.ipynb"]]);
    assert.equal(launch?.script, "kernel.ipynb");
    await jupyter.test.start(notebook, folder.uri.fsPath);
  });

  it("records nothing running, and puts in no cell, where the kernel fails at the preparing code or speaks another language", async () => {
    const cells = (): number | undefined => vscode.workspace.notebookDocuments.find(({ uri }) => uri.toString() === notebook.toString())?.cellCount;
    await jupyter.test.runCell(notebook, "import sys\nsys.modules['_touchstone'] = None");
    assert.equal(await vscode.commands.executeCommand("touchstone.trackNotebook", notebook), undefined, "the error is shown");
    await jupyter.test.runCell(notebook, "del sys.modules['_touchstone']");
    jupyter.test.setLanguage(notebook, "r");
    assert.equal(await vscode.commands.executeCommand("touchstone.trackNotebook", notebook), undefined);
    jupyter.test.setLanguage(notebook, "python");
    assert.equal(cells(), 1);
    const { launches } = await engine.request(launchList, { live: true });
    assert.deepEqual(launches.filter(({ script, status }) => script === "kernel.ipynb" && status === "running"), []);
  });

  it("offers the cell where the person denies access to the kernel", async () => {
    jupyter.test.deny(true);
    const launchId = await vscode.commands.executeCommand("touchstone.trackNotebook", notebook);
    const document = vscode.workspace.notebookDocuments.find(({ uri }) => uri.toString() === notebook.toString());
    const cell = document?.cellAt(0).document.getText() ?? "";
    assert.match(cell, /# Touchstone tracks this notebook$/);
    assert.equal(text(await jupyter.test.runCell(notebook, cell)), "");
    assert.ok(typeof launchId === "string");
    await until(launchId, "running");
    jupyter.test.deny(false);
  });
});
