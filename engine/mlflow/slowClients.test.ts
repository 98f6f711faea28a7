import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { launchOf } from "../store/store.fixture.ts";
import { arriving, readBytes } from "./body.ts";
import { rawCall } from "./call.fixture.ts";
import { openDoor } from "./server.fixture.ts";

/** A connection that says `head` and then one byte of `rest` after the other, until somebody ends it. */
async function dribble(port: number, head: string, rest: string | Uint8Array): Promise<{ socket: Socket; end(): void }> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => undefined).resume();
  socket.write(head);
  let at = 0;
  const timer = setInterval(() => socket.write(rest.slice(at, ++at)), 20);
  return { socket, end: () => (clearInterval(timer), socket.destroy()) };
}

test("50 clients that dribble headers, bodies and uploads, and 10 that take nothing of what they asked for, hold nobody up", async (t) => {
  const door = await openDoor();
  const { store } = door;
  await store.write("launch.create", launchOf("l", "r1"));
  const port = Number(new URL(door.uri).port);
  const authorization = `Bearer ${door.storeToken}`;
  const call = (method: string, path: string, body?: string | Uint8Array) => rawCall(door.uri, { method, path, headers: { authorization, ...(typeof body === "string" ? { "content-type": "application/json" } : {}) } }, body);
  const root = "/api/2.0/mlflow-artifacts/artifacts/1/r1/artifacts";
  await call("PUT", `${root}/large`, new Uint8Array(30_000_000));

  const auth = `host: localhost\r\nauthorization: ${authorization}\r\n`;
  const long = "x".repeat(1_000_000);
  const packed = gzipSync(JSON.stringify({ run_id: "r1", key: "k", value: long }));
  const kinds: [string, string | Uint8Array][] = [
    ["POST /api/2.0/mlflow/runs/create HTTP/1.1\r\n", `x-a: ${long}`],
    [`POST /api/2.0/mlflow/runs/log-batch HTTP/1.1\r\n${auth}content-type: application/json\r\ncontent-length: 1000000\r\n\r\n`, `{"run_id":"${long}`],
    [`POST /api/2.0/mlflow/runs/set-tag HTTP/1.1\r\n${auth}content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`, packed],
    [`PUT ${root}/slow HTTP/1.1\r\n${auth}content-length: 1000000\r\n\r\n`, long],
    [`PUT ${root}/slow HTTP/1.1\r\n${auth}transfer-encoding: chunked\r\n\r\n`, "1\r\nx\r\n".repeat(100_000)],
  ];
  const slow = await Promise.all(Array.from({ length: 50 }, (_, i) => dribble(port, ...(kinds[i % kinds.length] ?? assert.fail()))));
  const deaf = await Promise.all(Array.from({ length: 10 }, async () => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(`GET ${root}/large HTTP/1.1\r\n${auth}\r\n`);
    await once(socket, "readable");
    return socket;
  }));

  const waits: number[] = [];
  const timed = async (answer: ReturnType<typeof call>, status = 200) => {
    const started = performance.now();
    assert.equal((await answer).status, status);
    waits.push(performance.now() - started);
  };
  for (let i = 0; i < 100; i++) {
    await timed(call("POST", "/api/2.0/mlflow/runs/log-metric", JSON.stringify({ run_id: "r1", key: "loss", value: i, timestamp: i, step: i })));
    await timed(call("PUT", `${root}/quick/${i}`, Buffer.from(String(i))));
    await timed(call("GET", `${root}/quick/${i}`));
    await timed(call("POST", "/api/2.0/mlflow/runs/search", JSON.stringify({ experiment_ids: ["1"] })));
  }
  assert.deepEqual(slow.map(({ socket }) => socket.destroyed).filter(Boolean), [], "they still hang on");
  waits.sort((a, b) => a - b);
  t.diagnostic(`400 answers beside 60 slow clients: median ${waits[200]?.toFixed(1)} ms, longest ${waits.at(-1)?.toFixed(1)} ms`);

  for (const { end } of slow) end();
  for (const socket of deaf) socket.destroy();
  assert.equal(store.read.metrics.points(store.read.runs.byId("r1")?.runKey ?? 0, "loss").length, 100);
  const incoming = join(store.dir, "artifacts", "incoming");
  while (readdirSync(incoming).length > 0) await new Promise((resolve) => setImmediate(resolve));
  await door.close();
});

test("a body that stops coming ends its connection; one that goes on is read", async () => {
  const said: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (request.url === "/held") said.push(`held ${(await readBytes(request)).length}`);
      else for await (const piece of arriving(request, 100)) said.push(piece.toString());
      response.end();
    } catch (error) {
      said.push(`failed: ${request.url} ${error instanceof Error ? error.message : ""}`);
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const start = async (path: string): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.resume().write(`PUT ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nab`);
    return socket;
  };
  const silent = await start("/silent");
  await once(silent, "close");
  while (said.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(said, ["ab", "failed: /silent aborted"]);
  const held = await start("/held");
  held.write("cde");
  while (!said.includes("held 5")) await new Promise((resolve) => setImmediate(resolve));
  held.destroy();
  await new Promise((resolve) => server.close(resolve));
});
