import type { ErrorShape, Progress } from "../api/tokens.ts";

/** Main thread to worker. `flag[0]` becomes 1, and its waiters are woken, when the task is to stop. */
export interface TaskMessage {
  readonly id: number;
  readonly task: string;
  readonly params: unknown;
  readonly flag: Int32Array<SharedArrayBuffer>;
}

/** Worker to main thread. */
export type ReplyMessage =
  | { readonly id: number; readonly kind: "result"; readonly result: unknown }
  | { readonly id: number; readonly kind: "error"; readonly error: ErrorShape; readonly unexpected: boolean }
  | { readonly id: number; readonly kind: "progress"; readonly progress: Progress };

/** What a task on the worker is given beside its parameters. */
export interface TaskContext {
  /** For what computes: asked now and then. */
  readonly cancelled: () => boolean;
  /** The same for what waits. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** A kind of task by name with the types of what goes in and out. The phantom types are never set. */
export interface Task<P, R> {
  readonly task: string;
  readonly params?: P;
  readonly result?: R;
}

/** Declares a task. */
export function task<P, R>(name: string): Task<P, R> {
  return { task: name };
}
