import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a list of problems says of a file of a set that is not read. */
export const NOT_PLAIN = "This is a link or no plain file. It is left out.";

/**
 * Opens `path` (with `/`, below `root`) to read it and to add lines, and makes what is missing of its folders; `madeFrom` is the first
 * of those. A set comes with a repository, and whoever made that may have put links into it: below `root`, itself included, none is
 * followed. Throws where one stands, or anything that is no plain file.
 */
export function openToAppend(root: string, path: string): { readonly file: number; readonly madeFrom: string | undefined } {
  const names = path.split("/");
  for (let depth = 0; depth <= names.length; depth++) {
    const at = join(root, ...names.slice(0, depth));
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) break;
    if (depth < names.length ? !found.isDirectory() : !found.isFile()) throw new Error(`${at} is a link or no plain ${depth < names.length ? "folder" : "file"}`);
  }
  const whole = join(root, path);
  const madeFrom = mkdirSync(dirname(whole), { recursive: true });
  // Windows has no flag for it, and few links.
  const file = openSync(whole, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0), 0o666);
  if (fstatSync(file).isFile()) return { file, madeFrom };
  closeSync(file);
  throw new Error(`${whole} is no plain file`);
}
