import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import type { EngineLink } from "../../extension/engine/link.ts";
import type { OpenPanel } from "../../extension/panels/panels.ts";
import { Relay } from "../../extension/panels/relay.ts";
import { sharedHandlers } from "../../extension/panels/shared.ts";
import { plantInterpreter } from "./canary.ts";

/** A page that sends what it is told and tells what it got, in a webview of its own. */
const PAGE = `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-n'">
<script nonce="n">const api = acquireVsCodeApi(); addEventListener("message", ({ data }) => api.postMessage("send" in data ? data.send : { t: "got", data })); api.postMessage({ t: "up" });</script>`;

interface Answer {
  readonly t: string;
  readonly id: number;
  readonly error?: { readonly message: string };
}

describe("what a page may ask for", () => {
  let panel: vscode.WebviewPanel;
  let relay: Relay;
  const asked: string[] = [];
  let next = 1;
  const waiting = new Map<number, (answer: Answer) => void>();

  before(async () => {
    panel = vscode.window.createWebviewPanel("touchstone.test", "A page", vscode.ViewColumn.One, { enableScripts: true });
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    const link: EngineLink = {
      folder,
      state: "connected",
      message: null, bundle: null,
      started: true,
      onState: new vscode.EventEmitter<EngineLink["state"]>().event,
      request: (token) => {
        asked.push(token.method);
        return Promise.reject(new Error("no engine in this test"));
      },
      on: () => new vscode.Disposable(() => undefined),
      restart: () => Promise.resolve(),
      hold: () => new vscode.Disposable(() => undefined),
    };
    const open: OpenPanel = {
      kind: { id: "test", icon: "table", key: () => "", title: () => "", requests: [], events: [] },
      webview: panel.webview,
      link,
      subject: {},
      show: () => undefined,
      send: () => undefined,
      reveal: () => undefined,
    };
    const up = new Promise<void>((resolve) => {
      panel.webview.onDidReceiveMessage((message: { t: string; data?: Answer }) => {
        if (message.t === "up") resolve();
        if (message.t === "got" && message.data !== undefined) waiting.get(message.data.id)?.(message.data);
      });
    });
    relay = new Relay({ webview: panel.webview, link, methods: new Set(["runs/query", "runs/guarded"]), guard: (method) => assert.notEqual(method, "runs/guarded", "refused as things are"), events: [], host: sharedHandlers(open), onReady: () => undefined });
    panel.webview.html = PAGE;
    await up;
  });
  after(() => {
    relay.dispose();
    panel.dispose();
  });

  function request(method: string, params: unknown): Promise<Answer> {
    const id = next++;
    const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    void panel.webview.postMessage({ send: { t: "req", id, method, params } });
    return answer;
  }

  it("no command of the editor or of another extension, and of this one only those that panels need", async () => {
    let ran = "";
    const planted = ["touchstone.selectInterpreterX", "evil.run"].map((name) => vscode.commands.registerCommand(name, () => (ran = name)));
    const refused = ["workbench.action.terminal.sendSequence", "workbench.action.closeWindow", "evil.run", "touchstone.selectInterpreter", "touchstone.selectInterpreterX", "touchstone.touchstone.run", "../run", "constructor", "toString"];
    for (const command of refused) {
      const { t, error } = await request("host/command", { command, args: ["rm -rf ~"] });
      assert.deepEqual([t, error?.message], ["err", `A panel may not run ${command}.`]);
    }
    for (const one of planted) one.dispose();
    assert.equal(ran, "");
  });

  it("commands of the list run with their arguments", async () => {
    const { t } = await request("host/command", { command: "touchstone.openTable", args: [] });
    assert.equal(t, "res");
    assert.ok(vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes("touchstone.table"))));
  });

  it("of the engine only what the panel's list has", async () => {
    assert.match((await request("launches/start", {})).error?.message ?? "", /may not ask for launches\/start/);
    assert.match((await request("engine/trackingEnvironment", null)).error?.message ?? "", /may not ask/);
    assert.match((await request("runs/query", {})).error?.message ?? "", /no engine in this test/);
    assert.match((await request("runs/guarded", {})).error?.message ?? "", /refused as things are/);
    assert.deepEqual(asked, ["runs/query"]);
  });

  it("no file of another machine", async () => {
    for (const path of ["\\\\evil\\share\\x.py", "//evil/share/x.py"]) assert.match((await request("host/openFile", { path })).error?.message ?? "", /another machine/);
  });

  it("messages of another shape are passed over", async () => {
    for (const send of [null, 5, "x", { t: "req" }, { t: "req", id: "1", method: "host/copy" }, { t: "eval", id: 1, code: "1" }]) void panel.webview.postMessage({ send });
    assert.equal((await request("host/copy", { text: "still there" })).t, "res");
    assert.equal(await vscode.env.clipboard.readText(), "still there");
  });
});

describe("interpreters of a trusted folder", () => {
  it("are asked for their version, the folder's own first", async () => {
    const { canary, remove } = plantInterpreter();
    let ended = false;
    const chosen = Promise.resolve(vscode.commands.executeCommand("touchstone.selectInterpreter")).finally(() => (ended = true));
    while (!existsSync(canary)) await new Promise((resolve) => setTimeout(resolve, 20));
    while (!ended) {
      await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await chosen;
    remove();
  });
});
