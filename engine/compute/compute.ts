import { Worker } from "node:worker_threads";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import { entryPath } from "../platform/entries.ts";
import type { ReplyMessage, Task, TaskMessage } from "./messages.ts";

/** A thread for heavy work: started by the first task, ended after it was idle for a while, which frees what it holds. */
export interface Compute {
  /**
   * Rejects with a `TouchstoneError`; `CANCELLED` at once when the signal is aborted, `COMPUTE_DIED` when the thread
   * fell. A cancelled task ends its work: it is told, and if it does not end by itself within a moment and it is its turn,
   * the thread is ended and the other tasks are begun again on a new one. One that waits for its turn is just not begun.
   */
  run<P, R>(task: Task<P, R>, params: P, options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }): Promise<R>;
  /** Resolves once nothing is computed any more, nor anything that was cancelled. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

interface Pending {
  readonly message: TaskMessage;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Set once the caller was told that the task is cancelled: looks whether the thread must be ended. */
  deadline: NodeJS.Timeout | null;
}

const IDLE_MS = 10 * 60 * 1000;
/** A cancelled task that has not ended by then is deep in a loop. */
const GRACE_MS = 250;

const cancelled = () => new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });

/**
 * @param log told of failures that are not meant for people
 * @param entry the file that the thread runs
 */
export function createCompute(log: (message: string) => void, idleMs = IDLE_MS, entry = entryPath("compute")): Compute {
  let worker: Worker | null = null;
  let nextId = 1;
  let idle: NodeJS.Timeout | null = null;
  /** Shared with the thread: the id of the task that computes, as only that one can be in its way; 1 once the thread is left. */
  let turn = new Int32Array(new SharedArrayBuffer(8));
  const pending = new Map<number, Pending>();
  const ending = new Set<Worker>();
  const left = new Set<Worker>();
  const owes = new WeakMap<Worker, number>();
  let waiting: (() => void)[] = [];

  function started(): Worker {
    if (worker) return worker;
    turn = new Int32Array(new SharedArrayBuffer(8));
    const fresh = new Worker(entry, { workerData: { turn } });
    fresh.unref();
    fresh.on("message", (reply: ReplyMessage) => settle(fresh, reply));
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
    drop(new TouchstoneError({ code: "COMPUTE_DIED", message: "The computation stopped unexpectedly, probably for want of memory.", hint: "Try again with fewer columns." }));
  }

  /** Nobody answers what is pending. */
  function drop(error: TouchstoneError): void {
    for (const each of pending.values()) {
      if (each.deadline) clearTimeout(each.deadline);
      else each.reject(error);
    }
    pending.clear();
    told();
  }

  function told(): void {
    if (pending.size > 0 || ending.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  function settle(from: Worker, reply: ReplyMessage): void {
    if (reply.kind !== "progress") answered(from);
    const task = from === worker ? pending.get(reply.id) : undefined;
    if (!task) return;
    if (reply.kind === "progress") {
      if (!task.deadline) task.onProgress(reply.progress);
      return;
    }
    pending.delete(reply.id);
    if (pending.size === 0) {
      worker?.unref();
      idle = setTimeout(() => void close(), idleMs);
      idle.unref();
      told();
    }
    if (task.deadline) return clearTimeout(task.deadline);
    if (reply.kind === "result") return task.resolve(reply.result);
    if (reply.unexpected) log(`compute task: ${reply.error.message}`);
    task.reject(new TouchstoneError(reply.unexpected ? { code: reply.error.code, message: reply.error.message.split("\n")[0] ?? "" } : reply.error));
  }

  async function end(): Promise<void> {
    const old = worker;
    worker = null;
    if (!old) return;
    ending.add(old);
    await old.terminate();
    ending.delete(old);
    told();
  }

  /**
   * The thread goes on alone and is ended once it has answered all that it was asked: DuckDB aborts the whole process
   * where a thread is ended within a query.
   */
  function leave(): void {
    if (!worker) return;
    Atomics.store(turn, 1, 1);
    worker.unref();
    left.add(worker);
    worker = null;
  }

  /** Counts an answer; a thread that was left and owes no other is ended. */
  function answered(which: Worker): void {
    const owed = (owes.get(which) ?? 1) - 1;
    owes.set(which, owed);
    if (owed <= 0 && left.delete(which)) void which.terminate();
  }

  /** Leaves the thread to a cancelled task that does not end; the other tasks begin again on a new one. */
  function replace(stuck: number): void {
    const task = pending.get(stuck);
    if (task && Atomics.load(turn, 0) !== stuck) {
      task.deadline = setTimeout(replace, GRACE_MS, stuck);
      return;
    }
    for (const [id, each] of pending) {
      if (!each.deadline) continue;
      clearTimeout(each.deadline);
      pending.delete(id);
    }
    leave();
    for (const each of pending.values()) post(each);
  }

  function post({ message }: Pending): void {
    const thread = started();
    thread.ref();
    owes.set(thread, (owes.get(thread) ?? 0) + 1);
    thread.postMessage(message);
  }

  async function close(): Promise<void> {
    for (const thread of left) void thread.terminate();
    left.clear();
    const over = end();
    drop(cancelled());
    await over;
  }

  return {
    run<P, R>(task: Task<P, R>, params: P, options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {}): Promise<R> {
      if (idle) clearTimeout(idle);
      const { signal } = options;
      if (signal?.aborted) return Promise.reject(cancelled());
      return new Promise<R>((resolve, reject) => {
        const id = nextId++;
        const flag = new Int32Array(new SharedArrayBuffer(4));
        const abort = () => {
          if (pending.get(id) !== own) return;
          Atomics.store(flag, 0, 1);
          Atomics.notify(flag, 0);
          own.deadline = setTimeout(replace, GRACE_MS, id);
          reject(cancelled());
        };
        signal?.addEventListener("abort", abort, { once: true });
        const over = () => signal?.removeEventListener("abort", abort);
        const own: Pending = {
          message: { id, task: task.task, params, flag },
          // SAFETY: the handler of a task has the type that its token declares (engine/evaluation/handlers.ts).
          resolve: (result) => (over(), resolve(result as R)),
          reject: (error) => (over(), reject(error)),
          onProgress: options.onProgress ?? (() => undefined),
          deadline: null,
        };
        pending.set(id, own);
        post(own);
      });
    },
    quiet: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        told();
      }),
    close,
  };
}
