import { Worker } from "node:worker_threads";
import type { ImportFormat } from "../api/importers.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { entryPath } from "../platform/entries.ts";
import type { ReadMessage, ReadReply } from "./messages.ts";
import type { Packed } from "./pack.ts";
import type { FilePlace } from "./records.ts";

export interface Read {
  readonly format: ImportFormat;
  readonly path: string;
  readonly from: ReadonlyMap<string, FilePlace>;
  readonly follow: boolean;
  /** Of one run only. */
  readonly run?: string;
}

/** The main thread's side of the thread that reads sources (worker.ts). It is started when something is read. */
export interface ImportThread {
  /**
   * Hands over what is read, a pack at a time; the next ones wait until `store` resolved. Resolves at the end, or once the signal was
   * aborted. Throws what the reader threw, and what `store` did.
   */
  read(what: Read, store: (pack: Packed) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What ends every reading at once. */
const FELL = "Reading stopped unexpectedly, probably for want of memory.";
const UNREADABLE = "Reading stopped: what was read cannot be handed over. Something in the source is probably nested too deep. What came before it is stored.";

/** Nothing was read for so long: the thread's memory is given back. */
const IDLE_MS = 30_000;

interface Pending {
  receive(reply: ReadReply): void;
  fail(error: Error): void;
}

/** @param start makes the thread */
export function createImportThread(log: (message: string) => void, start = () => new Worker(entryPath("importer"))): ImportThread {
  const pending = new Map<number, Pending>();
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | null = null;
  let nextId = 1;

  function started(): Worker {
    if (idle) clearTimeout(idle);
    if (worker) return worker;
    const fresh = start();
    fresh.on("message", (reply: ReadReply) => pending.get(reply.id)?.receive(reply));
    const fell = (reason: string, message = FELL): void => {
      if (worker !== fresh) return;
      worker = null;
      log(`import thread: ${reason}`);
      for (const each of pending.values()) each.fail(new TouchstoneError({ code: "IMPORT_FAILED", message }));
    };
    // A message was lost, nobody knows whose: the thread would wait for ever until it is answered.
    fresh.on("messageerror", (error) => {
      fell(String(error), UNREADABLE);
      void fresh.terminate();
    });
    fresh.on("error", (error) => fell(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    fresh.on("exit", () => fell("ended"));
    return (worker = fresh);
  }

  async function close(): Promise<void> {
    const old = worker;
    worker = null;
    await old?.terminate();
  }

  return {
    read({ format, path, from, follow, run }, store, signal) {
      const thread = started();
      thread.ref();
      const id = nextId++;
      const send = (message: ReadMessage): void => thread.postMessage(message);
      const stop = (): void => send({ t: "stop", id });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let stored = Promise.resolve();
      let failure: unknown = null;
      pending.set(id, {
        fail: reject,
        receive(reply) {
          if (reply.t === "end") {
            void stored.then(() => (failure !== null ? reject(failure) : reply.error ? reject(new TouchstoneError(reply.error)) : resolve()));
            return;
          }
          stored = stored
            .then(() => (failure === null ? store(reply.pack) : undefined))
            .then(() => send({ t: "stored", id }))
            .catch((error: unknown) => {
              failure ??= error;
              stop();
            });
        },
      });
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      send({ t: "read", id, format, path, from, follow, ...(run === undefined ? {} : { run }) });
      return promise.finally(() => {
        signal.removeEventListener("abort", stop);
        pending.delete(id);
        if (pending.size > 0) return;
        worker?.unref();
        idle = setTimeout(() => void close(), IDLE_MS);
        idle.unref();
      });
    },
    async close() {
      for (const each of pending.values()) each.fail(new TouchstoneError({ code: "CANCELLED", message: "Cancelled." }));
      await close();
    },
  };
}
