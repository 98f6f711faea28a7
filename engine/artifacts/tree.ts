import { copyFile, link, lstat, mkdir, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname, join, relative, sep } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";

/**
 * Shows a blob at a path that people and other tools open: a hard link, a copy where the file system has none. What
 * stood there is replaced in one step. Throws `INVALID_PATH` where a link in the tree would lead out of `root`.
 */
export async function place(blob: string, root: string, path: string): Promise<void> {
  const target = join(root, path);
  const folder = dirname(target);
  await assertInside(root, path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (hasCode(error, "EEXIST") || hasCode(error, "ENOTDIR")) throw blocked(path);
    throw error;
  }
  const temporary = join(folder, `.${randomUUID()}`);
  try {
    await link(blob, temporary).catch(() => copyFile(blob, temporary));
    await rename(temporary, target);
    // Renaming one name of a file over another name of the same file leaves both.
    await rm(temporary, { force: true });
  } catch (error) {
    await rm(temporary, { force: true });
    if (hasCode(error, "EISDIR") || hasCode(error, "ENOTEMPTY") || (await isFolder(target))) throw blocked(path);
    throw error;
  }
}

/** Whether a path of the tree still is what `place` made: the blob under another name, or where the file system has no links a file of its length. */
export async function shows(path: string, blob: string): Promise<boolean> {
  const [here, there] = await Promise.all([lstat(path).catch(() => null), lstat(blob)]);
  if (here === null || !here.isFile()) return false;
  return (here.ino === there.ino && here.dev === there.dev) || (there.nlink === 1 && here.size === there.size);
}

/**
 * Takes a file or folder out of the tree, and the folders that are empty then, up to `root`. Throws `INVALID_PATH` where a
 * link in the tree would lead out of `root`.
 */
export async function unplace(root: string, path: string): Promise<void> {
  await assertInside(root, path);
  await rm(join(root, path), { recursive: true, force: true });
  let folder = dirname(join(root, path));
  while (folder.startsWith(root + sep)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
    folder = dirname(folder);
  }
}

/**
 * Checks that no folder from `root` down to `path` is a link, as far as they are there. `root` itself may be one only where a person
 * named it (`serve --artifact-root`): the store refuses a link at `.touchstone/artifacts` when it is opened. Throws `INVALID_PATH`.
 */
export async function assertWithin(root: string, path: string): Promise<void> {
  let folder = root;
  for (const part of relative(root, path).split(sep)) {
    folder = join(folder, part);
    const found = await lstat(folder).catch(() => null);
    if (found === null) return;
    if (found.isSymbolicLink()) throw new TouchstoneError({ code: "INVALID_PATH", message: `${folder} is not a folder of the store but leads elsewhere, so nothing is written there.`, file: folder, hint: "Somebody may have planted it. Remove it." });
  }
}

/** Checks what is there of the folders on the way, before anything is made or removed. */
async function assertInside(root: string, path: string): Promise<void> {
  const realRoot = await realpath(root).catch(() => null);
  // Nothing is there that could lead out.
  if (realRoot === null) return;
  for (let folder = dirname(join(root, path)); folder.startsWith(root + sep); folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => null);
    if (real === null) continue;
    if (real === realRoot || real.startsWith(realRoot + sep)) return;
    throw new TouchstoneError({ code: "INVALID_PATH", message: `Invalid path: ${path} leads out of the artifacts through a link.`, file: folder });
  }
}

function blocked(path: string): TouchstoneError {
  return new TouchstoneError({ code: "PATH_TAKEN", message: `Invalid path: ${path} cannot be both a file and a folder.` });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isDirectory(), () => false);
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
