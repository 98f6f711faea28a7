import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { artifactsTable } from "../../engine/api/artifacts.ts";
import { runsCompareData, runsCompareSlices } from "../../engine/api/compare.ts";
import { runsWindow } from "../../engine/api/runs.ts";
import { mcpServers } from "../../extension/agents/register.ts";
import { refuseUntrusted } from "../../extension/panels/trust.ts";
import { comparePanel, runPanel, tablePanel } from "../../extension/runs/panels.ts";
import { plantInterpreter } from "./canary.ts";

describe("a folder that is not trusted", () => {
  it("is what VS Code says it is", () => {
    assert.equal(vscode.workspace.isTrusted, false);
  });

  it("still has the extension, limited", async () => {
    const extension = vscode.extensions.getExtension("touchstone.touchstone");
    assert.ok(extension, "the extension is there");
    await extension.activate();
    assert.ok(extension.isActive);
  });

  it("runs nothing in it", async () => {
    const [script] = await vscode.workspace.findFiles("train.py");
    assert.ok(script, "the sample project is open");
    await vscode.window.showTextDocument(script);
    const asked = Promise.resolve(vscode.commands.executeCommand("touchstone.run"));
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await asked;
    const store = vscode.Uri.joinPath(script, "..", ".touchstone");
    await assert.rejects(Promise.resolve(vscode.workspace.fs.stat(store)), "no store was made");
  });

  it("asks no interpreter of the folder for its version, whatever is clicked", async () => {
    const { canary, remove } = plantInterpreter();
    const [script] = await vscode.workspace.findFiles("train.py");
    assert.ok(script);
    await vscode.window.showTextDocument(script);
    for (const command of ["selectInterpreter", "run", "runWithArguments", "debug", "trackNotebook", "openTable"]) {
      let ended = false;
      const asked = Promise.resolve(vscode.commands.executeCommand(`touchstone.${command}`, script)).finally(() => (ended = true));
      while (!ended) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
      }
      await asked;
    }
    assert.ok(!existsSync(canary), "nothing of the folder was started");
    remove();
  });

  it("offers agents no server, and reads and starts nothing for them", async () => {
    assert.deepEqual(mcpServers(vscode.extensions.getExtension("touchstone.touchstone") ?? assert.fail()), []);
    for (const [name, input] of [["evaluate_file", { file: "predictions_js.csv" }], ["start_run", { command: ["python3", "train.py"] }]] as const) {
      await assert.rejects(Promise.resolve(vscode.lm.invokeTool(`touchstone_${name}`, { input, toolInvocationToken: undefined })), /not trusted/, name);
    }
  });

  it("reads no file of it for a page: no compared predictions and data, no tables of artifacts", () => {
    for (const kind of [tablePanel, runPanel, comparePanel]) {
      for (const { method } of [runsCompareSlices, runsCompareData, artifactsTable]) {
        assert.ok(kind.requests.some((token) => token.method === method), `${kind.id} asks for ${method}`);
        assert.throws(() => refuseUntrusted(kind, method), /not trusted/, `${kind.id} ${method}`);
      }
      refuseUntrusted(kind, runsWindow.method);
    }
  });
});
