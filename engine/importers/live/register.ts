import type { Services } from "../../services.ts";
import { createImportThread } from "../thread.ts";
import { logHooks } from "./logs.ts";

/** Follows what TensorBoard's, W&B's and other loggers write in running launches; it answers no requests. `close` ends its thread. */
export function registerLogs({ launches, store, artifacts, log }: Services): { close(): Promise<void> } {
  const thread = createImportThread(log);
  launches.hook(logHooks({ store, artifacts, thread, log, heard: (launchId) => launches.heard(launchId) }));
  return { close: () => thread.close() };
}
