import { event, type ErrorShape } from "../api/tokens.ts";

/** The one line that an engine process writes to its standard output: how its start ended. */
export type StartReport =
  | { readonly state: "ready"; readonly folder: string; readonly trackingUri: string }
  /** Another engine has the store. */
  | { readonly state: "taken" }
  | { readonly state: "failed"; readonly error: ErrorShape };

/**
 * The engine drains: clients expect the end of the connection and look for the next engine. `upgrade`: a newer client asked for it
 * and starts the next one; the others let it go first.
 */
export const engineLeaving = event<{ upgrade: boolean }>("engine/leaving");
