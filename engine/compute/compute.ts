import { Worker } from "node:worker_threads";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import { entryPath } from "../platform/entries.ts";
import type { ReplyMessage, Task, TaskMessage } from "./messages.ts";

/** A thread for heavy work: started by the first task, ended after it was idle for a while, which frees what it holds. */
export interface Compute {
  /** Rejects with a `TouchstoneError`; `CANCELLED` when the signal was aborted, `COMPUTE_DIED` when the thread fell. */
  run<P, R>(task: Task<P, R>, params: P, options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }): Promise<R>;
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (progress: Progress) => void;
}

const IDLE_MS = 10 * 60 * 1000;

/** @param log told of failures that are not meant for people */
export function createCompute(log: (message: string) => void, idleMs = IDLE_MS): Compute {
  let worker: Worker | null = null;
  let nextId = 1;
  let idle: NodeJS.Timeout | null = null;
  const pending = new Map<number, Pending>();

  function started(): Worker {
    if (worker) return worker;
    const fresh = new Worker(entryPath("compute"));
    fresh.unref();
    fresh.on("message", (reply: ReplyMessage) => settle(reply));
    fresh.on("error", (error) => {
      log(`compute worker: ${error.stack ?? error.message}`);
      fell(fresh);
    });
    fresh.on("exit", () => fell(fresh));
    return (worker = fresh);
  }

  function fell(which: Worker): void {
    if (worker !== which) return;
    worker = null;
    const error = new TouchstoneError({ code: "COMPUTE_DIED", message: "The computation stopped unexpectedly, probably for want of memory.", hint: "Try again with fewer columns." });
    for (const each of pending.values()) each.reject(error);
    pending.clear();
  }

  function settle(reply: ReplyMessage): void {
    const waiting = pending.get(reply.id);
    if (!waiting) return;
    if (reply.kind === "progress") return waiting.onProgress(reply.progress);
    pending.delete(reply.id);
    if (pending.size === 0) {
      worker?.unref();
      idle = setTimeout(() => void close(), idleMs);
      idle.unref();
    }
    if (reply.kind === "result") return waiting.resolve(reply.result);
    if (reply.unexpected) log(`compute task: ${reply.error.message}`);
    waiting.reject(new TouchstoneError(reply.unexpected ? { code: reply.error.code, message: reply.error.message.split("\n")[0] ?? "" } : reply.error));
  }

  async function close(): Promise<void> {
    const ending = worker;
    worker = null;
    await ending?.terminate();
  }

  return {
    run<P, R>(task: Task<P, R>, params: P, options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {}): Promise<R> {
      if (idle) clearTimeout(idle);
      const id = nextId++;
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const { signal } = options;
      const cancelled = () => new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
      if (signal?.aborted) return Promise.reject(cancelled());
      return new Promise<R>((resolve, reject) => {
        const abort = () => {
          Atomics.store(flag, 0, 1);
          // The thread may be deep in a loop; the caller need not wait until it looks at the flag.
          if (pending.delete(id)) reject(cancelled());
        };
        signal?.addEventListener("abort", abort, { once: true });
        const over = () => signal?.removeEventListener("abort", abort);
        pending.set(id, {
          // SAFETY: the handler of a task has the type that its token declares (engine/evaluation/handlers.ts).
          resolve: (result) => (over(), resolve(result as R)),
          reject: (error) => (over(), reject(error)),
          onProgress: options.onProgress ?? (() => undefined),
        });
        const thread = started();
        thread.ref();
        thread.postMessage({ id, task: task.task, params, flag } satisfies TaskMessage);
      });
    },
    close,
  };
}
