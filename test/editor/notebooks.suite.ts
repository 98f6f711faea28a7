import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";

const SECRET = /MLFLOW_TRACKING_PASSWORD|MLFLOW_TRACKING_TOKEN/;

/** Where the Jupyter extension is missing or gives no kernel, the way into it is a cell that the person runs. */
describe("tracking a notebook", () => {
  it("puts one cell on top that loads the preparing code; the token stands in a private file elsewhere, until a kernel took it", async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder, "the sample project is open");
    const uri = vscode.Uri.joinPath(folder.uri, "explore.ipynb");
    const cells = [{ cell_type: "code", source: ["x = 1"], metadata: {}, outputs: [], execution_count: null }];
    await vscode.workspace.fs.writeFile(uri, Buffer.from(JSON.stringify({ cells, metadata: { language_info: { name: "python" } }, nbformat: 4, nbformat_minor: 5 })));
    try {
      const notebook = await vscode.workspace.openNotebookDocument(uri);
      await vscode.window.showNotebookDocument(notebook);
      const launchId = await vscode.commands.executeCommand("touchstone.trackNotebook");
      assert.ok(typeof launchId === "string", "it was prepared");
      assert.equal(notebook.cellCount, 2);
      const text = notebook.cellAt(0).document.getText();
      const file = /^exec\(open\(r"(.+\.py)", encoding="utf-8"\)\.read\(\)\) {2}# Touchstone tracks this notebook$/.exec(text)?.[1];
      assert.ok(file, text);
      const code = Buffer.from(await vscode.workspace.fs.readFile(vscode.Uri.file(file))).toString();
      assert.match(code, SECRET);
      assert.ok(code.includes(launchId), "the code is the launch's");
      assert.ok(!file.startsWith(folder.uri.fsPath), "outside of the workspace");
      if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);

      await notebook.save();
      assert.doesNotMatch(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString(), SECRET);
      assert.equal(await vscode.commands.executeCommand("touchstone.trackNotebook", uri), launchId, "nobody took it: it is offered again");
      assert.equal(notebook.cellCount, 2);

      // What the cell does, in the Python that kernels of the tests have.
      const kernel = spawn(process.env["TOUCHSTONE_TEST_PYTHON"] ?? "python3", ["-c", "import sys; exec(sys.argv[1]); sys.stdin.read()", text], { stdio: ["pipe", "ignore", "inherit"] });
      try {
        while (SECRET.test(readFileSync(file, "utf8"))) {
          assert.equal(kernel.exitCode, null, "the kernel took the code");
          await pause(50);
        }
        assert.notEqual(await vscode.commands.executeCommand("touchstone.trackNotebook", uri), launchId, "what a kernel took is not offered again");
        assert.equal(notebook.cellAt(0).document.getText(), text, "the cell stays as it is");
      } finally {
        kernel.stdin.end();
      }
    } finally {
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      await vscode.workspace.fs.delete(uri);
    }
  });
});
