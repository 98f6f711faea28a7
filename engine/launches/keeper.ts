import { spawn } from "node:child_process";
import { ownEnvironment } from "../platform/environment.ts";
import { entryPath } from "../platform/entries.ts";
import type { Adoption } from "./order.ts";

/** Waits for the end of its input. A line on it is the runner's farewell; without one the runner was killed, and a new one takes over. */
const PROGRAM = 'if read -r farewell; then exit 0; fi; exec "$@"';

/**
 * Starts a tiny shell that holds the script's terminal (or pipes) open beside the runner. If the runner is killed, the script gets
 * no hang-up, and the shell becomes the next runner, on the same terminal. Unix only: elsewhere the script ends with its terminal.
 * @returns says farewell: the keeper ends without having read anything.
 */
export function startKeeper(outputHandles: readonly number[], adoption: Adoption): () => void {
  if (process.platform === "win32" || outputHandles.length === 0) return () => undefined;
  const successor = [process.execPath, ...process.execArgv, entryPath("runner"), "--adopt", JSON.stringify(adoption)];
  const child = spawn("/bin/sh", ["-c", PROGRAM, "touchstone-keeper", ...successor], {
    stdio: ["pipe", "ignore", "ignore", ...outputHandles],
    // A session of its own: a signal to the runner's group does not reach it.
    detached: true,
    env: ownEnvironment(),
  });
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  child.unref();
  return () => child.stdin?.end("farewell\n");
}
