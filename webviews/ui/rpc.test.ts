import assert from "node:assert/strict";
import { test } from "node:test";
import { event, request, TouchstoneError, type Progress } from "../../engine/api/tokens.ts";
import { createRpc, isCancelled, type Rpc } from "./rpc.ts";

const double = request<{ n: number }, number>("test/double");
const moved = event<{ by: number }>("test/moved");

function connect(): { rpc: Rpc; sent: unknown[]; receive: (message: unknown) => void } {
  const sent: unknown[] = [];
  let receive: (message: unknown) => void = () => {};
  const rpc = createRpc({ post: (message) => sent.push(message), listen: (listener) => (receive = listener) });
  return { rpc, sent, receive: (message) => receive(message) };
}

test("an answer reaches the request with its id", async () => {
  const { rpc, sent, receive } = connect();
  const first = rpc.request(double, { n: 1 });
  const second = rpc.request(double, { n: 2 });
  assert.deepEqual(sent, [{ t: "req", id: 1, method: "test/double", params: { n: 1 } }, { t: "req", id: 2, method: "test/double", params: { n: 2 } }]);
  receive({ t: "res", id: 2, result: 4 });
  receive({ t: "res", id: 1, result: 2 });
  assert.deepEqual(await Promise.all([first, second]), [2, 4]);
});

test("a failure keeps its shape: file, line and what to do", async () => {
  const { rpc, receive } = connect();
  const answer = rpc.request(double, { n: 1 });
  const error = { code: "BAD", message: "No.", file: "a.csv", line: 3, hint: "Mend it." };
  receive({ t: "err", id: 1, error });
  await assert.rejects(answer, (thrown) => thrown instanceof TouchstoneError && assert.deepEqual(thrown.shape, error) === undefined);
});

test("an abort tells the other side and rejects as cancelled; a late answer is dropped", async () => {
  const { rpc, sent, receive } = connect();
  const controller = new AbortController();
  const answer = rpc.request(double, { n: 1 }, { signal: controller.signal });
  controller.abort();
  await assert.rejects(answer, isCancelled);
  assert.deepEqual(sent.at(-1), { t: "cancel", id: 1 });
  receive({ t: "res", id: 1, result: 2 });
  await assert.rejects(rpc.request(double, { n: 1 }, { signal: controller.signal }), isCancelled);
  assert.equal(sent.length, 2, "an aborted request is not even sent");
});

test("silence ends in TIMEOUT, progress restarts the clock", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { rpc, sent, receive } = connect();
  const seen: Progress[] = [];
  const answer = rpc.request(double, { n: 1 }, { timeoutMs: 1000, onProgress: (progress) => seen.push(progress) });
  const rejected = assert.rejects(answer, { shape: { code: "TIMEOUT", message: "test/double gave no answer within 1 s.", hint: "Try again; if it stays silent, restart the engine from the status bar." } });
  t.mock.timers.tick(900);
  receive({ t: "progress", id: 1, progress: { done: 1, total: 2, unit: "rows" } });
  t.mock.timers.tick(900);
  assert.equal(sent.length, 1, "still waiting after 1.8 s");
  t.mock.timers.tick(100);
  await rejected;
  assert.deepEqual(seen, [{ done: 1, total: 2, unit: "rows" }]);
  assert.deepEqual(sent.at(-1), { t: "cancel", id: 1 });
});

test("events reach every listener until it leaves", () => {
  const { rpc, receive } = connect();
  const seen: number[] = [];
  const leave = rpc.on(moved, ({ by }) => seen.push(by));
  rpc.on(moved, ({ by }) => seen.push(by * 10));
  receive({ t: "event", event: "test/moved", params: { by: 1 } });
  leave();
  receive({ t: "event", event: "test/moved", params: { by: 2 } });
  receive("noise");
  assert.deepEqual(seen, [1, 10, 20]);
});
