import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { QuietMemory } from "../platform/memory.ts";
import { createCommitter, errorShape, type WriteRequest } from "./committer.ts";
import { openConnection } from "./connection.ts";
import { Folding } from "./folding.ts";
import { packChange } from "./packing.ts";
import { keepUp } from "./upkeep.ts";
import { unpackedRequest, type UpkeepRequest, type WriterAnswer, type WriterData, type WriterMessage } from "./writerMessages.ts";

/** Writes that one transaction takes at most: bounds how long the first of them waits. */
const GROUP = 512;

const port = parentPort;
if (port) {
  // SAFETY: only the store starts this worker, with this data.
  const { file } = workerData as WriterData;
  const db = openConnection(file, "write");
  const commit = createCommitter(db);
  const folding = new Folding(db);
  // What a killed engine left in the log.
  folding.touch();
  // Pages that a busy moment kept, and what this thread's share of JavaScript grew by.
  const quiet = new QuietMemory(() => db.pragma("shrink_memory"));
  const upkeep = ({ id, upkeep: what }: UpkeepRequest): WriterAnswer["results"][number] => {
    // Commits before it would wait for its end.
    if (what === "rewrite") folding.now();
    try {
      return { id, output: keepUp(db, what) };
    } catch (error) {
      return { id, error: errorShape(error, file) };
    }
  };
  port.on("message", (first: WriterMessage) => {
    // Everything that waits by now shares the transaction: one commit for many calls.
    const waiting: WriteRequest[] = [];
    let after: UpkeepRequest | null | undefined;
    const take = (message: WriterMessage): void => {
      if (message === null || "upkeep" in message) after = message;
      else waiting.push(...message);
    };
    take(first);
    for (;;) {
      while (after === undefined && waiting.length < GROUP) {
        const message: WriterMessage | undefined = receiveMessageOnPort(port)?.message;
        if (message === undefined) break;
        take(message);
      }
      const committed = waiting.length > 0 ? commit(waiting.splice(0, GROUP).map(unpackedRequest)) : null;
      if (committed) port.postMessage({ ...committed, change: packChange(committed.change) } satisfies WriterAnswer);
      if (committed) folding.touch();
      if (committed && committed.fault !== null) break;
      if (waiting.length > 0) continue;
      if (after === undefined) {
        quiet.touch();
        return;
      }
      if (after === null) break;
      port.postMessage({ results: [upkeep(after)], change: null, fault: null } satisfies WriterAnswer);
      after = undefined;
    }
    folding.close();
    db.close();
    port.close();
  });
}
