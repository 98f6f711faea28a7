import type { RunStatus } from "./runs.ts";
import { request } from "./tokens.ts";

/** One folder that a run without an engine left. */
export interface TakenIn {
  /** The run's own folder. */
  readonly folder: string;
  readonly launchId: string;
  readonly runId: string;
  readonly status: RunStatus;
  /** False: everything in it had been taken in before. */
  readonly changed: boolean;
}

/**
 * Takes in the runs of a folder (or of folders in it) that were recorded without an engine; again, where more has come since.
 * What cannot be read is a problem with file and reason, and costs only itself.
 */
export const offlineTakeIn = request<{ path: string }, { taken: readonly TakenIn[]; problems: readonly { readonly file: string; readonly reason: string }[] }>("offline/takeIn");

/**
 * The client's person trusts the folder: while that client is there, runs that were recorded offline in it come by themselves once they
 * have ended. Without such a client they wait for `offline/takeIn`.
 */
export const offlineWatch = request<null, null>("offline/watch");
