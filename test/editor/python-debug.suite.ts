import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";
import { connectEngine } from "../../engine/api/connect.ts";
import { launchGet } from "../../engine/api/launches.ts";
import { runsGet } from "../../engine/api/runs.ts";

const SCRIPT = `import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
value = 41
value = value + int(2 * parser.parse_args().lr)
print("value", value)
`;
const STOP = 5;

interface Message {
  readonly type: string;
  readonly event?: string;
  readonly body?: { readonly threadId?: number; readonly reason?: string };
}

/** `Debug & Track` with the real debugpy, behind a stand-in of the Python Debugger extension. */
describe("debugging a tracked Python script", () => {
  it("stops at a breakpoint with its values, goes on, and the run is stored", async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder, "the sample project is open");
    assert.ok(vscode.extensions.getExtension("ms-python.debugpy"), "the stand-in is there");
    const settings = vscode.workspace.getConfiguration("touchstone", folder.uri);
    await settings.update("python.interpreter", process.env["TOUCHSTONE_TEST_PYTHON"] ?? "python3", vscode.ConfigurationTarget.Workspace);
    const uri = vscode.Uri.joinPath(folder.uri, "debugged.py");
    await vscode.workspace.fs.writeFile(uri, Buffer.from(SCRIPT));
    await vscode.window.showTextDocument(uri);
    const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(STOP - 1, 0)));
    vscode.debug.addBreakpoints([breakpoint]);

    let stopped: (at: { session: vscode.DebugSession; threadId: number }) => void = () => undefined;
    const atBreakpoint = new Promise<{ session: vscode.DebugSession; threadId: number }>((resolve) => (stopped = resolve));
    const tracker = vscode.debug.registerDebugAdapterTrackerFactory("debugpy", {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage: (message: Message) => {
          if (message.event === "stopped" && message.body?.reason === "breakpoint") stopped({ session, threadId: message.body.threadId ?? 0 });
        },
      }),
    });
    const engine = connectEngine({ folder: folder.uri.fsPath, clientKind: "test", extensionVersion: "0.0.0", start: false });
    try {
      const launchId = await vscode.commands.executeCommand("touchstone.debug", uri);
      assert.ok(typeof launchId === "string");
      const { session, threadId } = await atBreakpoint;
      const { stackFrames } = await session.customRequest("stackTrace", { threadId, levels: 1 });
      assert.equal(stackFrames[0].line, STOP);
      assert.ok(String(stackFrames[0].source.path).endsWith("debugged.py"));
      const { result } = await session.customRequest("evaluate", { expression: "value", frameId: stackFrames[0].id });
      assert.equal(result, "41");
      await session.customRequest("continue", { threadId });

      engine.retry();
      let launch = await engine.request(launchGet, { launchId });
      while (launch.end === null) {
        await pause(50);
        launch = await engine.request(launchGet, { launchId });
      }
      const log = readFileSync(join(folder.uri.fsPath, ".touchstone", "launches", launchId, "log"), "utf8");
      assert.deepEqual([launch.status, launch.exitCode, launch.script], ["finished", 0, "debugged.py"], log);
      assert.match(log, /value 42/);
      const { params } = await engine.request(runsGet, { runId: launch.runId });
      assert.deepEqual(params.map(({ key, value, source }) => [key, value, source]), [["lr", "0.5", "default"]], "the script's own, not the debugger's");
    } finally {
      engine.dispose();
      tracker.dispose();
      vscode.debug.removeBreakpoints([breakpoint]);
      await settings.update("python.interpreter", undefined, vscode.ConfigurationTarget.Workspace);
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      await vscode.workspace.fs.delete(uri);
    }
  });
});
