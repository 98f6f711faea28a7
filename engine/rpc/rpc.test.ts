import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { event, request, TouchstoneError, type ErrorShape } from "../api/tokens.ts";
import { RpcClient } from "./client.ts";
import type { EventMessage } from "./messages.ts";
import { SocketRpcServer } from "./server.ts";
import { agree, decodeBody, encodeFrame, preface } from "./wire.ts";

const root = mkdtempSync(join(tmpdir(), "touchstone-rpc-"));
const address = process.platform === "win32" ? `\\\\.\\pipe\\touchstone-rpc-${process.pid}` : join(root, "s");
const logged: string[] = [];
const rpc = new SocketRpcServer({ key: "k", log: (message) => logged.push(message), welcome: () => ({ version: "0.0.0", protocol: 1, pid: 1, folder: "/f", draining: false }) });
const echo = request<unknown, unknown>("test/echo");
const slow = request<{ ticks: number }, string>("test/slow");
const fails = request<{ how: "told" | "bug" }, null>("test/fails");
const forever = request<null, null>("test/forever");
const unsendable = request<null, unknown>("test/unsendable");
const told = event<{ text: string }>("test/told");
let begun = 0;
let aborted = 0;
let server: Server;

before(async () => {
  rpc.handle(echo, (params) => params);
  rpc.handle(slow, ({ ticks }, { progress }) => {
    for (let done = 1; done <= ticks; done++) progress({ done, total: ticks, unit: "rows" });
    return "done";
  });
  rpc.handle(fails, ({ how }) => {
    if (how === "told") throw new TouchstoneError({ code: "BAD_ROW", message: "Row 3 has no label.", file: "p.csv", line: 3, hint: "Add one." });
    throw new TypeError("x is not a function");
  });
  rpc.handle(unsendable, () => process.env);
  rpc.handle(forever, (_, { signal }) => {
    begun++;
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(++aborted)));
  });
  server = createServer((socket) => void rpc.accept(socket));
  server.listen(address);
  await once(server, "listening");
});
after(() => {
  rpc.close();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

const open = (onEvent: (message: EventMessage) => void = () => undefined, key = "k"): Promise<RpcClient> => RpcClient.open(address, { key, kind: "test", version: "0.0.0", protocol: 1, extension: "0.0.0" }, onEvent, 2000);

async function shapeOf(promise: Promise<unknown>): Promise<ErrorShape> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TouchstoneError, String(error));
    return error.shape;
  }
  throw new Error("It did not fail.");
}

test("typed arrays, non-finite numbers and missing values arrive as such", async () => {
  const client = await open();
  const value = { curve: Float64Array.from([1, Number.NaN, -0, Number.POSITIVE_INFINITY]), bytes: new Uint8Array([1, 2]), n: Number.NaN, nested: [{ a: null }] };
  assert.deepEqual(await client.request(echo, value), value);
  client.dispose();
});

test("a message of several megabytes comes in one piece", async () => {
  const client = await open();
  const value = new Float64Array(1_000_000).map((_, index) => index / 3);
  assert.deepEqual(await client.request(echo, value), value);
  client.dispose();
});

test("progress comes in order, before the answer", async () => {
  const client = await open();
  const seen: number[] = [];
  assert.equal(await client.request(slow, { ticks: 5 }, { onProgress: ({ done }) => seen.push(done) }), "done");
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  client.dispose();
});

test("what a handler throws for people arrives whole; a programming error is logged with its stack", async () => {
  const client = await open();
  assert.deepEqual(await shapeOf(client.request(fails, { how: "told" })), { code: "BAD_ROW", message: "Row 3 has no label.", file: "p.csv", line: 3, hint: "Add one." });
  assert.equal((await shapeOf(client.request(fails, { how: "bug" }))).code, "INTERNAL");
  assert.match(logged.join("\n"), /test\/fails: TypeError: x is not a function\n.*at /);
  assert.equal((await shapeOf(client.request(request("test/unknown"), null))).code, "UNKNOWN_REQUEST");
  client.dispose();
});

/** Asks until something is so: every answer lets the server go on. */
async function askUntil(client: RpcClient, isSo: () => boolean): Promise<void> {
  while (!isSo()) await client.request(echo, 1);
}

test("a cancelled or late request fails at once and its handler is told", async () => {
  const client = await open();
  const abort = new AbortController();
  const asked = shapeOf(client.request(forever, null, { signal: abort.signal }));
  await askUntil(client, () => begun === 1);
  abort.abort();
  assert.equal((await asked).code, "CANCELLED");
  await askUntil(client, () => aborted === 1);
  const late = shapeOf(client.request(forever, null, { timeoutMs: 50 }));
  await askUntil(client, () => begun === 2);
  assert.equal((await late).code, "TIMEOUT");
  await askUntil(client, () => aborted === 2);
  client.dispose();
});

test("a request under way fails when the connection goes, and its handler is told", async () => {
  const [client, other] = [await open(), await open()];
  const [before, running] = [aborted, begun];
  const asked = shapeOf(client.request(forever, null));
  await askUntil(other, () => begun > running);
  client.dispose();
  assert.equal((await asked).code, "ENGINE_GONE");
  await askUntil(other, () => aborted > before);
  other.dispose();
});

test("events go to every client, or to one", async () => {
  const seen: string[][] = [[], []];
  const clients = await Promise.all(seen.map((list) => open((message) => list.push(JSON.stringify(message)))));
  rpc.emit(told, { text: "all" });
  rpc.emit(told, { text: "second" }, clients[1]?.welcome.clientId);
  for (const client of clients) await client.request(echo, null);
  assert.deepEqual(seen.map((list) => list.length), [1, 2]);
  for (const client of clients) client.dispose();
});

test("who does not know the key is no client; a foreign program is left alone", async () => {
  assert.equal((await shapeOf(open(undefined, "wrong"))).code, "NOT_TRUSTED");
  const stranger = connect(address);
  stranger.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  stranger.resume();
  await once(stranger, "close");
  assert.deepEqual(rpc.clients.filter(({ kind }) => kind !== "test"), []);
});

test("two sides whose V8 differ speak JSON, and nothing is lost in it", () => {
  const own = preface(15);
  assert.equal(agree(own, preface(15)), "v8");
  assert.equal(agree(own, preface(14)), "json");
  assert.throws(() => agree(own, Buffer.from("HTTP/1.1")), /another program|not a Touchstone/);
  const value = { array: new Float32Array([1.5, Number.NaN]), big: 12n, n: Number.NEGATIVE_INFINITY, list: [undefined, "ä"], $n: "mine", inner: { $o: 1 } };
  const frame = encodeFrame(value, "json");
  assert.equal(frame.readUInt32BE(0), frame.length - 4);
  assert.deepEqual(decodeBody(frame.subarray(4), "json"), { ...value, list: [null, "ä"] });
});

test("what cannot be sent fails at once, in words that hold nothing of it, and the connection goes on", async () => {
  process.env["TOUCHSTONE_RPC_TEST"] = "a-secret-of-the-environment";
  const client = await open();
  try {
    for (const asked of [client.request(echo, { env: process.env }), client.request(echo, { call: () => "a-secret-of-the-environment" }), client.request(unsendable, null)]) {
      const shape = await shapeOf(asked);
      assert.equal(shape.code, "NOT_SENDABLE");
      assert.doesNotMatch(JSON.stringify(shape), /secret|PATH/);
    }
    assert.doesNotMatch(logged.join("\n"), /secret-of/);
    assert.equal(await client.request(echo, "still here"), "still here");
  } finally {
    client.dispose();
    delete process.env["TOUCHSTONE_RPC_TEST"];
  }
});
