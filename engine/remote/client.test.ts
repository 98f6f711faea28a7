// Against a server of the test's own, which says each piece when the test says so; the clock is the test's.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { TouchstoneError } from "../api/tokens.ts";
import type { Clock } from "./idle.ts";
import { RemoteServer } from "./client.ts";

let server: Server;
let remote: RemoteServer;

beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  waiting.clear();
  remote = new RemoteServer({ uri: `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}` }, clock);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const waiting = new Set<{ left: number; readonly call: () => void }>();
const clock: Clock = (ms, then) => {
  const one = { left: ms, call: then };
  waiting.add(one);
  return () => void waiting.delete(one);
};
function tick(ms: number): void {
  for (const one of waiting) {
    one.left -= ms;
    if (one.left > 0) continue;
    waiting.delete(one);
    one.call();
  }
}

const asked = async (): Promise<readonly [IncomingMessage, ServerResponse]> => (await once(server, "request")) as [IncomingMessage, ServerResponse];
/** Lets time go by until it is decided. */
async function withTime<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = promise.finally(() => (isOver = true));
  over.catch(() => undefined);
  while (!isOver) {
    tick(1_000);
    await turn();
  }
  return over;
}

const offline = (words: RegExp) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === "REMOTE_OFFLINE" && words.test(error.shape.message);

test("a file that takes minutes comes, as long as something of it comes; one that stalls is said to have", async () => {
  const call = asked();
  const download = remote.download("r", "model.bin");
  const [, answer] = await call;
  // The server fetches it from where it keeps it.
  tick(299_000);
  answer.writeHead(200).write("a");
  const pieces = ((await download) ?? assert.fail()).content[Symbol.asyncIterator]();
  let got = "";
  for (const piece of ["a", "b", "c", "d"]) {
    const next = pieces.next();
    await turn();
    tick(29_000);
    if (piece !== "a") answer.write(piece);
    got += Buffer.from((await next).value ?? []).toString();
    // Whoever reads may take as long as it likes.
    tick(100_000);
  }
  assert.equal(got, "abcd");
  const last = pieces.next();
  await turn();
  tick(30_000);
  await assert.rejects(last, offline(/nothing came for 30 seconds/));
});

test("an answer that stalls before it begins, or in its middle, is not waited for", async () => {
  const first = asked();
  const silent = assert.rejects(remote.post("runs/search", {}), offline(/nothing came for 30 seconds/));
  await first;
  tick(30_000);
  await silent;
  const second = asked();
  const broken = remote.post("runs/search", {});
  const [, answer] = await second;
  answer.writeHead(200, { "Content-Type": "application/json" }).write('{"runs":');
  await assert.rejects(withTime(broken), offline(/nothing came for 30 seconds/));
});

test("a file that takes minutes is sent, and the server has time to put it away; one that it does not take is given up", async () => {
  const call = asked();
  const sent = Promise.withResolvers<void>();
  const slowly = (async function* () {
    for (const piece of ["a", "b", "c"]) {
      yield Buffer.from(piece);
      tick(29_000);
    }
    sent.resolve();
  })();
  const upload = remote.upload("mlflow-artifacts:/1/r/artifacts", "model.bin", slowly, 3);
  const [request, answer] = await call;
  const whole = text(request);
  await sent.promise;
  await turn();
  tick(299_000);
  assert.deepEqual([await whole, request.url], ["abc", "/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/model.bin"]);
  answer.end("{}");
  await upload;
  const endless = (async function* () {
    for (;;) yield Buffer.alloc(1 << 20);
  })();
  const ignored = asked();
  const stalled = remote.upload("mlflow-artifacts:/1/r/artifacts", "model.bin", endless, 2 ** 40);
  await ignored;
  await assert.rejects(withTime(stalled), offline(/nothing came for 30 seconds/));
});
