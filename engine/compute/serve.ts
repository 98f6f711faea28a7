import { parentPort, workerData } from "node:worker_threads";
import { TouchstoneError } from "../api/tokens.ts";
import type { ReplyMessage, TaskContext, TaskMessage } from "./messages.ts";

export type TaskHandler = (params: unknown, context: TaskContext) => unknown;

/** Answers the tasks that the main thread sends to this thread (engine/compute/compute.ts). */
export function serveTasks(handlers: ReadonlyMap<string, TaskHandler>): void {
  const port = parentPort;
  if (port === null) throw new Error("Tasks are answered in a thread of their own.");
  // SAFETY: compute.ts starts this thread, and gives it that.
  const { turn } = workerData as { turn: Int32Array };

  async function answer({ id, task, params, flag }: TaskMessage): Promise<ReplyMessage> {
    // Cancelled while it waited, or begun again on another thread.
    if (Atomics.load(flag, 0) === 1 || Atomics.load(turn, 1) === 1) return { id, kind: "error", error: { code: "CANCELLED", message: "Cancelled." }, unexpected: false };
    const controller = new AbortController();
    // What waits (for DuckDB, for the disk) is told by the signal; what computes asks `cancelled`.
    const woken = Atomics.waitAsync(flag, 0, 0);
    if (woken.async) void woken.value.then(() => Atomics.load(flag, 0) === 1 && controller.abort());
    const cancelled = (): boolean => {
      // Others have their turn while a task waits.
      Atomics.store(turn, 0, id);
      return Atomics.load(flag, 0) === 1;
    };
    try {
      const handler = handlers.get(task);
      if (!handler) throw new Error(`No task ${task}`);
      cancelled();
      const result = await handler(params, { cancelled, signal: controller.signal, onProgress: (progress) => port?.postMessage({ id, kind: "progress", progress } satisfies ReplyMessage) });
      return { id, kind: "result", result };
    } catch (cause) {
      if (cause instanceof TouchstoneError) return { id, kind: "error", error: cause.shape, unexpected: false };
      const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      return { id, kind: "error", error: { code: "COMPUTE_FAILED", message }, unexpected: true };
    } finally {
      Atomics.notify(flag, 0);
    }
  }

  port.on("message", (message: TaskMessage) => {
    void answer(message).then((reply) => port.postMessage(reply));
  });
}
