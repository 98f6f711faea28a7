import { TouchstoneError, type ErrorShape, type EventToken, type Progress, type RequestToken } from "../../engine/api/tokens.ts";
import { t } from "./l10n.ts";

/** What a request may take along. */
export interface RequestOptions {
  /** Aborting sends a cancel and rejects with the code `CANCELLED`. */
  readonly signal?: AbortSignal;
  /** Every progress message also restarts the time limit. */
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds without answer or progress before `TIMEOUT`; default 30 000, `Infinity` for none. */
  readonly timeoutMs?: number;
}

/** The two directions of a message channel; `vscode` in a panel, a fake in tests. */
export interface Port {
  post(message: unknown): void;
  listen(receive: (message: unknown) => void): void;
}

/** A panel's connection to the extension and, through it, to the engine. */
export interface Rpc {
  request<P, R>(token: RequestToken<P, R>, params: P, options?: RequestOptions): Promise<R>;
  /** Returns what ends the subscription. */
  on<P>(token: EventToken<P>, receive: (params: P) => void): () => void;
  /** Says that the panel has rendered; the extension answers with its subject. */
  ready(): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  progress(progress: Progress): void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Speaks the message shapes that the extension's panels relay: `req`, `res`, `err`, `cancel`, `progress`, `event`, `ready`. */
export function createRpc(port: Port): Rpc {
  let lastId = 0;
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(params: unknown) => void>>();

  port.listen((message) => {
    if (!isRecord(message)) return;
    if (message["t"] === "event" && typeof message["event"] === "string") {
      for (const receive of listeners.get(message["event"]) ?? []) receive(message["params"]);
      return;
    }
    const waiting = typeof message["id"] === "number" ? pending.get(message["id"]) : undefined;
    if (waiting === undefined) return;
    if (message["t"] === "res") waiting.resolve(message["result"]);
    else if (message["t"] === "err") waiting.reject(new TouchstoneError(toErrorShape(message["error"])));
    else if (message["t"] === "progress") waiting.progress(toProgress(message["progress"]));
  });

  function request<P, R>(token: RequestToken<P, R>, params: P, options: RequestOptions = {}): Promise<R> {
    const { signal, onProgress, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    if (signal?.aborted) return Promise.reject(cancelled(token.method));
    const id = ++lastId;
    return new Promise<R>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const restart = (): void => {
        clearTimeout(timer);
        if (Number.isFinite(timeoutMs)) timer = setTimeout(() => leave(timedOut(token.method, timeoutMs), true), timeoutMs);
      };
      const settle = (): void => {
        clearTimeout(timer);
        pending.delete(id);
        signal?.removeEventListener("abort", abort);
      };
      const leave = (error: Error, tell: boolean): void => {
        settle();
        if (tell) port.post({ t: "cancel", id });
        reject(error);
      };
      const abort = (): void => leave(cancelled(token.method), true);

      pending.set(id, {
        resolve: (result) => {
          settle();
          // SAFETY: the token's phantom type names what the engine's handler of this method returns; both sides compile against it.
          resolve(result as R);
        },
        reject: (error) => leave(error, false),
        progress: (progress) => {
          restart();
          onProgress?.(progress);
        },
      });
      signal?.addEventListener("abort", abort);
      restart();
      port.post({ t: "req", id, method: token.method, params });
    });
  }

  function on<P>(token: EventToken<P>, receive: (params: P) => void): () => void {
    // SAFETY: as above, the event's token names the type of its params.
    const listener = (params: unknown): void => receive(params as P);
    const set = listeners.get(token.event) ?? new Set();
    listeners.set(token.event, set.add(listener));
    return () => set.delete(listener);
  }

  return { request, on, ready: () => port.post({ t: "ready" }) };
}

/** The error in the shape that a panel shows, whatever was thrown. */
export function errorShape(error: unknown): ErrorShape {
  if (error instanceof TouchstoneError) return error.shape;
  return { code: "UNEXPECTED", message: error instanceof Error ? error.message : String(error) };
}

/** True for an error that only says that nobody waits any more. */
export function isCancelled(error: unknown): boolean {
  return error instanceof TouchstoneError && error.shape.code === "CANCELLED";
}

function cancelled(method: string): TouchstoneError {
  return new TouchstoneError({ code: "CANCELLED", message: `${method} was cancelled.` });
}

function timedOut(method: string, timeoutMs: number): TouchstoneError {
  return new TouchstoneError({
    code: "TIMEOUT",
    message: `${method} gave no answer within ${Math.round(timeoutMs / 1000)} s.`,
    hint: t("Try again; if it stays silent, restart the engine from the status bar."),
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function toErrorShape(value: unknown): ErrorShape {
  if (!isRecord(value)) return { code: "UNEXPECTED", message: String(value) };
  return {
    code: typeof value["code"] === "string" ? value["code"] : "UNEXPECTED",
    message: typeof value["message"] === "string" ? value["message"] : t("The request failed without a reason."),
    ...(typeof value["file"] === "string" ? { file: value["file"] } : {}),
    ...(typeof value["line"] === "number" ? { line: value["line"] } : {}),
    ...(typeof value["hint"] === "string" ? { hint: value["hint"] } : {}),
    ...(typeof value["offset"] === "number" ? { offset: value["offset"] } : {}),
    ...(typeof value["length"] === "number" ? { length: value["length"] } : {}),
  };
}

function toProgress(value: unknown): Progress {
  const record = isRecord(value) ? value : {};
  return {
    done: typeof record["done"] === "number" ? record["done"] : 0,
    total: typeof record["total"] === "number" ? record["total"] : null,
    unit: typeof record["unit"] === "string" ? record["unit"] : "",
    ...(typeof record["message"] === "string" ? { message: record["message"] } : {}),
  };
}
