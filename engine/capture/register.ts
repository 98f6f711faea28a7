import type { Services } from "../services.ts";
import { captureHooks } from "./hooks.ts";

/** Capture watches every launch; it answers no requests. */
export function registerCapture(services: Services): void {
  services.launches.hook(captureHooks(services));
}
