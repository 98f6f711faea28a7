import { homedir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Where this system keeps what belongs to one user and is of no use elsewhere. Windows and macOS follow their
 * conventions and were never run.
 *
 * Not `XDG_RUNTIME_DIR`: it is emptied at the last logout, and a training that outlives the login needs its port and token.
 * `TOUCHSTONE_RUNTIME_DIR` sets another place (tests).
 */
export function privateBase(): string {
  const set = process.env["TOUCHSTONE_RUNTIME_DIR"];
  if (set !== undefined && set !== "") return set;
  if (process.platform === "win32") return join(process.env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "touchstone", "run");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "touchstone", "run");
  return join(homedir(), ".cache", "touchstone", "run");
}

/** Where Node keeps the compiled form of our own bundles; may be deleted at any time. */
export function compileCache(): string {
  return join(dirname(privateBase()), "compiled");
}

/** Where bundles stand that somebody opened for reading, each as a store of its own. */
export function bundlesBase(): string {
  return join(privateBase(), "bundles");
}

const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether a file cannot have this name because Windows keeps it for a device; elsewhere every name is one. */
export function isDeviceName(name: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === "win32" && DEVICES.test(name);
}
