import { parentPort } from "node:worker_threads";
import { TouchstoneError } from "../api/tokens.ts";
import { evaluationHandlers } from "../evaluation/handlers.ts";
import type { ReplyMessage, TaskMessage } from "./messages.ts";

/**
 * The thread that reads tables and counts, so that the engine's main thread stays free. It keeps opened files in
 * memory between tasks and asks nobody anything.
 */
const handlers = evaluationHandlers();

const port = parentPort;
port?.on("message", (message: TaskMessage) => {
  void answer(message).then((reply) => port.postMessage(reply));
});

async function answer({ id, task, params, flag }: TaskMessage): Promise<ReplyMessage> {
  const controller = new AbortController();
  // What waits (for DuckDB, for the disk) is told by the signal; what computes asks `cancelled`.
  const woken = Atomics.waitAsync(flag, 0, 0);
  if (woken.async) void woken.value.then(() => Atomics.load(flag, 0) === 1 && controller.abort());
  try {
    const handler = handlers.get(task);
    if (!handler) throw new Error(`No task ${task}`);
    const result = await handler(params, {
      cancelled: () => Atomics.load(flag, 0) === 1,
      signal: controller.signal,
      onProgress: (progress) => port?.postMessage({ id, kind: "progress", progress } satisfies ReplyMessage),
    });
    return { id, kind: "result", result };
  } catch (cause) {
    if (cause instanceof TouchstoneError) return { id, kind: "error", error: cause.shape, unexpected: false };
    const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { id, kind: "error", error: { code: "COMPUTE_FAILED", message }, unexpected: true };
  } finally {
    Atomics.notify(flag, 0);
  }
}
