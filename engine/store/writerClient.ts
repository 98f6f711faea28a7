import { Worker } from "node:worker_threads";
import { TouchstoneError } from "../api/tokens.ts";
import { entryPath } from "../platform/entries.ts";
import type { WriteRequest } from "./committer.ts";
import type { OperationInput, OperationName, OperationOutput } from "./operations.ts";
import { unpackChange } from "./packing.ts";
import type { StoreChange } from "./records.ts";
import type { Upkeep } from "./upkeep.ts";
import { packedInput, type WriterAnswer, type WriterData, type WriterMessage } from "./writerMessages.ts";

interface Pending {
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** The main thread's side of the writer worker. */
export interface Writer {
  /** Resolved once the worker runs. */
  readonly ready: Promise<void>;
  /** Resolved with the cause once the worker ended although nobody closed it; nothing can be written from then on. */
  readonly failed: Promise<TouchstoneError>;
  write<K extends OperationName>(op: K, input: OperationInput<K>): Promise<OperationOutput<K>>;
  /** After what was asked before, and before what is asked later. Resolves with the bytes that the file is shorter by. */
  upkeep(what: Upkeep): Promise<number>;
  /** Finishes what was asked, then ends the worker. */
  close(): Promise<void>;
}

const FULL = "DISK_FULL";

/** Starts the worker that owns all writes of `file`. `tell` hears of a commit before its writes are acknowledged; `onTrouble` in words when the disk is full, and null when it has room again. */
export function startWriter(file: string, tell: (change: StoreChange) => void, onTrouble: (trouble: string | null) => void): Writer {
  const data: WriterData = { file };
  const worker = new Worker(entryPath("writer"), { workerData: data });
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let ended: TouchstoneError | null = null;
  let closing = false;
  let full = false;
  let fail: (cause: TouchstoneError) => void = () => undefined;
  const failed = new Promise<TouchstoneError>((resolve) => (fail = resolve));

  const end = (message: string): void => {
    ended ??= new TouchstoneError({ code: "STORE_FAILED", message, file, hint: "Restart the engine; what was acknowledged is safe." });
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
    if (!closing) fail(ended);
  };

  worker.on("message", ({ results, change: packed, fault }: WriterAnswer) => {
    const change = unpackChange(packed);
    if (change) tell(change);
    const refused = results.find((result) => "error" in result && result.error.code === FULL);
    if ((refused !== undefined) !== full && (refused !== undefined || results.some((result) => "output" in result))) {
      full = refused !== undefined;
      onTrouble(refused !== undefined && "error" in refused ? refused.error.message : null);
    }
    for (const result of results) {
      const waiting = pending.get(result.id);
      pending.delete(result.id);
      if ("error" in result) waiting?.reject(new TouchstoneError(result.error));
      else waiting?.resolve(result.output);
    }
    if (fault !== null) end(`The store's writer could not tell what it stored: ${fault}`);
  });
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("online", resolve);
    worker.once("error", reject);
  });
  worker.on("error", (error) => end(`The store's writer failed: ${error instanceof Error ? error.message : String(error)}`));
  // Calls of one turn of the event loop wake the worker once, and share its transaction.
  let asked: WriteRequest[] = [];
  const send = (): void => {
    if (asked.length > 0 && !ended) worker.postMessage(asked satisfies WriterMessage);
    asked = [];
  };

  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.once("exit", () => end(closing ? "The store is closed." : "The store's writer ended."));

  return {
    ready,
    failed,
    write<K extends OperationName>(op: K, input: OperationInput<K>) {
      if (ended) return Promise.reject(ended);
      return new Promise<OperationOutput<K>>((resolve, reject) => {
        const id = nextId++;
        // SAFETY: the writer answers `op` with its own output type (the Handlers type ties them).
        pending.set(id, { resolve: (output) => resolve(output as OperationOutput<K>), reject });
        if (asked.length === 0) setImmediate(send);
        asked.push({ id, op, input: packedInput(op, input) });
      });
    },
    upkeep(what) {
      if (ended) return Promise.reject(ended);
      send();
      return new Promise<number>((resolve, reject) => {
        const id = nextId++;
        pending.set(id, { resolve: (bytes) => resolve(Number(bytes)), reject });
        worker.postMessage({ id, upkeep: what } satisfies WriterMessage);
      });
    },
    async close() {
      closing = true;
      send();
      if (!ended) worker.postMessage(null satisfies WriterMessage);
      await exited;
    },
  };
}
