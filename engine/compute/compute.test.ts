import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { TouchstoneError } from "../api/tokens.ts";
import { createCompute } from "./compute.ts";
import { task } from "./messages.ts";

const entry = fileURLToPath(new URL("endless.fixture.ts", import.meta.url));
const endless = task<null, null>("endless");
const echo = task<string, string>("echo");
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
