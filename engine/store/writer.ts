import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type WriteRequest, createCommitter } from "./committer.ts";
import { openConnection } from "./connection.ts";

/** What the main thread tells the writer when it starts it. */
export interface WriterData {
  readonly file: string;
}

/** What the main thread may send: a write, or null to finish what was asked and close. */
export type WriterMessage = WriteRequest | null;

/** Writes that one transaction takes at most: bounds how long the first of them waits. */
const GROUP = 512;

const port = parentPort;
if (port) {
  // SAFETY: only the store starts this worker, with this data.
  const { file } = workerData as WriterData;
  const db = openConnection(file, "write");
  const commit = createCommitter(db);
  port.on("message", (first: WriterMessage) => {
    // Everything that waits by now shares the transaction: one commit for many calls.
    let message: WriterMessage | undefined = first;
    while (message !== undefined) {
      const group: WriteRequest[] = [];
      while (message && group.length < GROUP) {
        group.push(message);
        message = receiveMessageOnPort(port)?.message;
      }
      const committed = group.length > 0 ? commit(group) : null;
      if (committed) port.postMessage(committed);
      if (message === null || (committed && committed.fault !== null)) {
        db.close();
        port.close();
        return;
      }
    }
  });
}
