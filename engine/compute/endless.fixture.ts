// A thread whose tasks answer their parameters, except `endless`, which looks at nothing and never ends.
import { parentPort } from "node:worker_threads";
import type { ReplyMessage, TaskMessage } from "./messages.ts";

parentPort?.on("message", ({ id, task, params }: TaskMessage) => {
  if (task === "endless") {
    parentPort?.postMessage({ id, kind: "progress", progress: { done: 0, total: null, unit: "turns" } } satisfies ReplyMessage);
    for (let turn = 0; turn >= 0; turn = (turn + 1) % 1024);
  }
  parentPort?.postMessage({ id, kind: "result", result: params } satisfies ReplyMessage);
});
