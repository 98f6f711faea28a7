import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { type Db, openConnection } from "./connection.ts";

export interface ReadConnection {
  readonly db: Db;
  /** What limits it, in words; null for nothing. */
  readonly note: string | null;
  close(): void;
}

/**
 * Opens a store for reading. SQLite reads a store with a write-ahead log only where it may write beside it; in a folder
 * where it may not, a private copy is read, and `note` says so. Throws `STORE_CORRUPT` for what is no store.
 */
export function openForReading(file: string): ReadConnection {
  try {
    const db = opened(file);
    return { db, note: null, close: () => db.close() };
  } catch (error) {
    if (!needsCopy(error)) throw unreadable(error, file);
  }
  const folder = mkdtempSync(join(tmpdir(), "touchstone-read-"));
  const copy = join(folder, basename(file));
  try {
    for (const part of ["", "-wal"]) if (existsSync(file + part)) copyFileSync(file + part, copy + part);
    const db = opened(copy);
    return {
      db,
      note: `${file} cannot be read in place, so a copy of this moment is shown; what is tracked from now on appears after a restart.`,
      close() {
        db.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw unreadable(error, file);
  }
}

/** The file is looked at only with the first statement. */
function opened(file: string): Db {
  const db = openConnection(file, "read");
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function needsCopy(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^SQLITE_(CANTOPEN|READONLY)/.test(String(error.code));
}

/** The sentence for a file that SQLite cannot read. */
export function unreadable(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !/^SQLITE_(NOTADB|CORRUPT)/.test(String(error.code))) return error;
  return new TouchstoneError({
    code: "STORE_CORRUPT",
    message: `${file} is damaged or no store of Touchstone (${error.message}).`,
    file,
    hint: "Copies from before each upgrade stand beside it under backups/. `touchstone doctor` says what can be read.",
  });
}
