import { secretName } from "../life/tokens.ts";
import { isLaunchId, launchFiles, readMark } from "./files.ts";

/** What of a launch its mark stands for. */
export interface Started {
  readonly launchId: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Relative to the store's folder, as the store has it. */
  readonly script: string | null;
}

/**
 * The mark that a launch gets from the engine that starts it. A store may have come with a folder, and runs of it from anywhere; the
 * secret, which lies in the private folder, did not.
 */
export function originMark(secret: Uint8Array, { launchId, command, cwd, script }: Started): string {
  return secretName(secret, `origin:${JSON.stringify([launchId, command, cwd, script])}`);
}

/** Whether an engine of this store on this machine started the launch, with this very command in this folder. */
export function isOwnLaunch(secret: Uint8Array, storeFolder: string, started: Started): boolean {
  return isLaunchId(started.launchId) && readMark(launchFiles(storeFolder, started.launchId)) === originMark(secret, started);
}
