// A thread whose tasks answer their parameters: `endless` looks at nothing and never ends, `busy` for half a second, `waiting` waits
// until somebody else has computed.
import { serveTasks, type TaskHandler } from "./serve.ts";

const begun = { done: 0, total: null, unit: "turns" };
let awaken: () => void = () => undefined;

function loop(until: number): void {
  while (performance.now() < until);
  awaken();
}

serveTasks(
  new Map<string, TaskHandler>([
    ["echo", (params) => params],
    ["endless", (_, { onProgress }) => (onProgress(begun), loop(Number.POSITIVE_INFINITY))],
    ["busy", (params, { onProgress }) => (onProgress(begun), loop(performance.now() + 600), params)],
    ["waiting", (_, { onProgress }) => (onProgress(begun), new Promise<void>((resolve) => (awaken = resolve)))],
  ]),
);
