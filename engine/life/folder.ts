import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** The name of the folder that holds a store. */
export const STORE_FOLDER = ".touchstone";

/**
 * The folder whose `.touchstone` is the store of a file or folder: the nearest ancestor that has one, else the root of the
 * repository (of a git worktree: the main worktree's), else the folder itself. Symbolic links on the way to the file are
 * resolved first; a `.touchstone` that is a link or another user's counts for nothing, as in a shared /tmp anybody may have put it.
 */
export function storeFolderOf(path: string): string {
  const start = existingFolder(path);
  for (const folder of ancestors(start)) {
    if (isOwnFolder(join(folder, STORE_FOLDER))) return folder;
  }
  for (const folder of ancestors(start)) {
    const root = repositoryRoot(folder);
    if (root !== null) return root;
  }
  return start;
}

/** The store that `storeFolderOf` finds is there already. */
export function hasStore(path: string): boolean {
  return existsSync(join(storeFolderOf(path), STORE_FOLDER));
}

function existingFolder(path: string): string {
  let folder = resolve(path);
  while (!isFolder(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return realpathSync.native(folder);
}

function* ancestors(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

/** Where a folder is the root of a repository: that of its main worktree. A submodule is its own root. */
function repositoryRoot(folder: string): string | null {
  const git = join(folder, ".git");
  if (!existsSync(git)) return null;
  if (isFolder(git)) return folder;
  const pointer = readLine(git, /^gitdir: (.+)$/m);
  if (pointer === null) return folder;
  const gitDir = isAbsolute(pointer) ? pointer : resolve(folder, pointer);
  // Only a linked worktree has `commondir`: it leads to the main worktree's `.git`.
  const common = readLine(join(gitDir, "commondir"), /^(.+)$/m);
  if (common === null) return folder;
  const main = dirname(resolve(gitDir, common));
  return isFolder(join(main, ".git")) ? realpathSync.native(main) : folder;
}

function readLine(file: string, pattern: RegExp): string | null {
  try {
    return pattern.exec(readFileSync(file, "utf8"))?.[1]?.trim() ?? null;
  } catch {
    return null;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Windows knows no owner by number: there it is not asked. */
function isOwnFolder(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && (process.platform === "win32" || found.uid === process.getuid?.());
}
