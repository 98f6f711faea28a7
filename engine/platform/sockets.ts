import { chmodSync, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";

/** A Unix socket's path must fit into 104 bytes on macOS and 108 on Linux, its closing zero included. */
const MAX_SOCKET_BYTES = 100;

/**
 * The address of a socket in a private folder: `<folder>/<name>`, or where that is too long, the same name in a folder of this
 * user under /tmp. On Windows a pipe, whose name only those know who know `secretName`. Windows was never run.
 */
export function socketAddress(folder: string, name: string, secretName: string): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\touchstone-${secretName}`;
  const near = join(folder, name);
  if (Buffer.byteLength(near) < MAX_SOCKET_BYTES) return near;
  const uid = process.getuid?.() ?? 0;
  const short = `/tmp/touchstone-${uid}`;
  ensurePrivateFolder(short);
  return join(short, `${secretName.slice(0, 32)}.sock`);
}

/**
 * Makes a folder that only this user enters.
 * @throws TouchstoneError `NOT_PRIVATE` where somebody else made it.
 */
export function ensurePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform === "win32") return;
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new TouchstoneError({ code: "NOT_PRIVATE", message: "The engine's private folder belongs to somebody else.", file: folder, hint: "Remove it." });
  }
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Removes the socket of a process that is gone, so that the address can be bound again. */
export function removeSocket(address: string): void {
  if (process.platform === "win32") return;
  try {
    unlinkSync(address);
  } catch {
    // Not there: nothing to do.
  }
}
