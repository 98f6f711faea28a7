import type { Services } from "../services.ts";
import { printedHooks } from "./hooks.ts";

/** Reads what launches print; it answers no requests. */
export function registerPrinted({ launches, store }: Services): void {
  launches.hook(printedHooks(store));
}
