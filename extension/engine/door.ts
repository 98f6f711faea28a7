import type * as Door from "../../engine/api/connect.ts";

/**
 * The way to the engine, loaded when it is first needed and not with the extension: a window that shows no training code pays nothing
 * for it, and activation stays short.
 */
export function door(): typeof Door {
  // SAFETY: the bundler puts this very module there; it is evaluated at the first call.
  return require("../../engine/api/connect.ts") as typeof Door;
}
