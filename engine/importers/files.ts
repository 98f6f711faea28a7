import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** What lies in a folder, by name; empty where it cannot be listed, and where it is a link: that may lead anywhere. */
export function entriesOf(folder: string): Dirent[] {
  try {
    if (isLink(folder)) return [];
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

export function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

export function statOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

/** A file below a folder; `name` is relative to it, `/` between its parts. `link` stands for what is neither file nor folder and is not followed. */
export interface Below {
  readonly name: string;
  readonly file: string;
  readonly link: boolean;
}

const DEEPEST = 32;

/** Every file below a folder, in the order of their names; none below one that is a link itself. */
export function* filesBelow(folder: string, prefix = "", depth = 0): Generator<Below> {
  if (depth > DEEPEST) return;
  for (const entry of entriesOf(folder)) {
    const file = join(folder, entry.name);
    const name = prefix + entry.name;
    if (entry.isDirectory()) yield* filesBelow(file, `${name}/`, depth + 1);
    else yield { name, file, link: !entry.isFile() };
  }
}

/** The text of a small plain file, or null where it is larger than `limit` bytes. Throws what the system throws, and for links, pipes and devices. */
export function readText(file: string, limit: number): string | null {
  const bytes = readPart(file, 0, limit + 1);
  return bytes.length > limit ? null : bytes.toString("utf8");
}

/** Bytes of a plain file from an offset on, at most `length`. A pipe is not waited for, a link is not followed: both throw. */
export function readPart(file: string, offset: number, length: number): Buffer {
  if (isLink(file)) throw new Error("It is a link, which is not followed.");
  const handle = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(handle);
    if (!found.isFile()) throw new Error("It is not a plain file.");
    const size = Math.max(0, Math.min(length, found.size - offset));
    const bytes = Buffer.alloc(size);
    let read = 0;
    while (read < size) {
      const more = readSync(handle, bytes, read, size - read, offset + read);
      if (more === 0) break;
      read += more;
    }
    return bytes.subarray(0, read);
  } finally {
    closeSync(handle);
  }
}

/** The words for a file that could not be read. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return "It is missing.";
  if (code === "EACCES" || code === "EPERM") return "This user may not read it.";
  return error instanceof Error ? error.message.split("\n")[0] ?? "" : String(error);
}
