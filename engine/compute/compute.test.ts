import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { TouchstoneError } from "../api/tokens.ts";
import { createCompute } from "./compute.ts";
import { task } from "./messages.ts";

const entry = fileURLToPath(new URL("tasks.fixture.ts", import.meta.url));
const endless = task<null, null>("endless");
const echo = task<string, string>("echo");
const busy = task<string, string>("busy");
const waiting = task<null, null>("waiting");
const isCancelled = (error: unknown) => error instanceof TouchstoneError && error.shape.code === "CANCELLED";

test("a cancelled task that looks at nothing ends with its thread; who waited behind it is answered by a new one", async () => {
  const compute = createCompute(assert.fail, undefined, entry);
  const controller = new AbortController();
  const behind: Promise<string>[] = [];
  const running = compute.run(endless, null, {
    signal: controller.signal,
    onProgress: () => {
      behind.push(compute.run(echo, "behind"));
      controller.abort();
    },
  });
  await assert.rejects(running, isCancelled);
  assert.deepEqual(await Promise.all(behind), ["behind"]);
  // Does not resolve while a thread is in its loop.
  await compute.quiet();
  assert.equal(await compute.run(echo, "after"), "after");
  await compute.close();
});

test("cancelling a task that waits in the queue leaves the running one alone", async () => {
  const compute = createCompute(assert.fail, undefined, entry);
  const controller = new AbortController();
  const queued: Promise<unknown>[] = [];
  let begun = 0;
  const running = compute.run(busy, "whole", {
    onProgress: () => {
      begun++;
      queued.push(assert.rejects(compute.run(echo, "cancelled", { signal: controller.signal }), isCancelled), compute.run(echo, "behind"));
      controller.abort();
    },
  });
  assert.equal(await running, "whole");
  assert.equal(begun, 1, "it was begun once");
  assert.deepEqual(await Promise.all(queued), [undefined, "behind"]);
  await compute.quiet();
  await compute.close();
});

test("cancelling a task that waits for something leaves the one that computes meanwhile alone", async () => {
  const compute = createCompute(assert.fail, undefined, entry);
  const controller = new AbortController();
  const waits = Promise.withResolvers<void>();
  const cancelled = assert.rejects(compute.run(waiting, null, { signal: controller.signal, onProgress: () => waits.resolve() }), isCancelled);
  await waits.promise;
  let begun = 0;
  const running = compute.run(busy, "whole", {
    onProgress: () => {
      begun++;
      controller.abort();
    },
  });
  await cancelled;
  assert.equal(await running, "whole");
  assert.equal(begun, 1, "it was begun once");
  await compute.quiet();
  await compute.close();
});

test("closing answers who still waits", async () => {
  const compute = createCompute(assert.fail, undefined, entry);
  const begun = Promise.withResolvers<void>();
  const running = compute.run(endless, null, { onProgress: () => begun.resolve() });
  await begun.promise;
  await Promise.all([assert.rejects(running, isCancelled), compute.close()]);
  await compute.quiet();
});

test("a task whose signal was aborted before is not begun", async () => {
  const compute = createCompute(assert.fail, undefined, entry);
  await assert.rejects(compute.run(endless, null, { signal: AbortSignal.abort() }), isCancelled);
  await compute.quiet();
  await compute.close();
});
