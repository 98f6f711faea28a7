import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";

/** Folders whose own entries are looked at as well: what a link there names would be read or written as if it were the store's. */
const LOOKED_INTO = new Set(["launches", "backups", "cache"]);

/**
 * Refuses a store that leads elsewhere: a `.touchstone` that is a link or a file, a link in it, or a database with a second name
 * (SQLite's log belongs to one name; a second one damages both). Somebody may have planted it to have files written or shown
 * that lie outside of the folder. Nothing is opened or made before. Throws `STORE_FOREIGN`.
 */
export function refusePlanted(dir: string): void {
  const own = lstatSync(dir, { throwIfNoEntry: false });
  if (own === undefined) return;
  if (!own.isDirectory()) throw planted(dir, own.isSymbolicLink() ? "is a link to another place" : "is not a folder");
  for (const entry of entries(dir)) {
    refuseLink(entry);
    if (entry.isDirectory() && LOOKED_INTO.has(entry.name)) for (const inner of entries(join(dir, entry.name))) refuseLink(inner);
  }
  const database = lstatSync(join(dir, "touchstone.db"), { throwIfNoEntry: false });
  if (database?.isFile() === true && database.nlink > 1) throw planted(join(dir, "touchstone.db"), "has a second name (a hard link) elsewhere");
}

function refuseLink(entry: Dirent): void {
  if (entry.isSymbolicLink()) throw planted(join(entry.parentPath, entry.name), "is a link to another place");
}

/** What cannot be listed cannot lead anybody anywhere either; whoever opens it says why. */
function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function planted(path: string, what: string): TouchstoneError {
  return new TouchstoneError({
    code: "STORE_FOREIGN",
    message: `${path} ${what}, so the store is not opened: what is tracked would be written there.`,
    file: path,
    hint: "Somebody may have planted it. Remove it, or put the real folder in its place.",
  });
}
