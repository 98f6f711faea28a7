import type { Services } from "../../services.ts";
import { logHooks } from "./logs.ts";

/** Follows what TensorBoard's, W&B's and other loggers write in running launches; it answers no requests. */
export function registerLogs({ launches, store, artifacts }: Services): void {
  launches.hook(logHooks({ store, artifacts, heard: (launchId) => launches.heard(launchId) }));
}
