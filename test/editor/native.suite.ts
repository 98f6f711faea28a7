import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { DuckDBInstance } from "@duckdb/node-api";
import * as ort from "onnxruntime-node";
import * as vscode from "vscode";
import { request } from "../../engine/api/tokens.ts";
import { RpcClient } from "../../engine/rpc/client.ts";
import { SocketRpcServer } from "../../engine/rpc/server.ts";
import { doublingModel } from "../fixtures/models/onnxModel.ts";

/** Native modules and binary transport where they are hardest: inside VS Code's own extension host. */
describe("the extension host of this VS Code", () => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-native-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("writes to SQLite and reads it back", () => {
    const database = new Database(join(folder, "test.db"));
    try {
      database.pragma("journal_mode = WAL");
      database.exec("CREATE TABLE point (step INTEGER, value REAL)");
      database.prepare("INSERT INTO point VALUES (?, ?)").run(3, 0.25);
      assert.deepEqual(database.prepare("SELECT step, value FROM point").all(), [{ step: 3, value: 0.25 }]);
    } finally {
      database.close();
    }
  });

  it("asks DuckDB", async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    try {
      const reader = await connection.runAndReadAll("SELECT sum(i)::INTEGER AS total FROM range(1, 101) t(i)");
      assert.deepEqual(reader.getRows(), [[5050]]);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  });

  it("computes an ONNX model", async () => {
    const session = await ort.InferenceSession.create(doublingModel());
    const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 2.5, -4), [3]) });
    assert.deepEqual(y?.data, Float32Array.of(2, 5, -8));
    await session.release();
  });

  it("sends a typed array to a webview and gets one back", async () => {
    const panel = vscode.window.createWebviewPanel("touchstone.test", "Typed arrays", vscode.ViewColumn.One, { enableScripts: true });
    try {
      const answer = new Promise<{ values: unknown; wasTyped: boolean }>((resolve) => {
        panel.webview.onDidReceiveMessage((message: "ready" | { values: unknown; wasTyped: boolean }) => {
          if (message === "ready") void panel.webview.postMessage(Float64Array.of(0.5, Number.NaN, Number.POSITIVE_INFINITY));
          else resolve(message);
        });
      });
      panel.webview.html = `<!DOCTYPE html><script>
        const editor = acquireVsCodeApi();
        addEventListener("message", ({ data }) => editor.postMessage({ wasTyped: data instanceof Float64Array, values: data.map((value) => value * 2) }));
        editor.postMessage("ready");
      </script>`;
      const { values, wasTyped } = await answer;
      assert.equal(wasTyped, true, "the webview got a Float64Array");
      assert.deepEqual(values, Float64Array.of(1, Number.NaN, Number.POSITIVE_INFINITY));
    } finally {
      panel.dispose();
    }
  });

  it("sends a typed array over the engine's own channel and gets one back", async () => {
    const double = request<{ values: Float64Array }, { values: Float64Array }>("test/double");
    const rpc = new SocketRpcServer({ key: "k", welcome: () => ({ version: "0", protocol: 1, pid: process.pid, folder, draining: false }), log: () => undefined });
    rpc.handle(double, ({ values }) => ({ values: values.map((value) => value * 2) }));
    const server = createServer((socket) => void rpc.accept(socket));
    const address = process.platform === "win32" ? `\\\\.\\pipe\\touchstone-test-${process.pid}` : join(folder, "s");
    server.listen(address);
    await once(server, "listening");
    const client = await RpcClient.open(address, { key: "k", kind: "test", version: "0", protocol: 1 }, () => undefined);
    try {
      const { values } = await client.request(double, { values: Float64Array.of(0.5, Number.NaN, Number.NEGATIVE_INFINITY) });
      assert.deepEqual(values, Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY));
    } finally {
      rpc.close();
      server.close();
    }
  });
});
