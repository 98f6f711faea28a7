import Database from "better-sqlite3";

export type Db = Database.Database;

/** Milliseconds that a connection waits for another one's lock; a second process may be reading or checking. */
const BUSY_TIMEOUT_MS = 10_000;
/** Taken as it is needed. */
const WRITE_CACHE_KB = 16_000;
/** Of 4 KB: how long the log grows before it is folded into the file. */
const CHECKPOINT_PAGES = 16_000;
/** What the log keeps of a longer one, once it is folded into the file. */
const LOG_BYTES = CHECKPOINT_PAGES * 4096;

/**
 * Opens one connection. A store found in a folder is data, not program: `trusted_schema=OFF` keeps its schema from
 * calling functions with side effects.
 */
export function openConnection(file: string, mode: "write" | "read"): Db {
  const db = new Database(file, { readonly: mode === "read", fileMustExist: mode === "read", timeout: BUSY_TIMEOUT_MS });
  db.pragma("trusted_schema = OFF");
  db.pragma("cell_size_check = ON");
  db.pragma("foreign_keys = ON");
  db.pragma("temp_store = MEMORY");
  if (mode === "write") {
    // A file that is made now gives room back in steps (upkeep.ts). One that is there stays as it is; to say so again would write, which a full disk refuses.
    if (db.pragma("page_count", { simple: true }) === 0) db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma("journal_mode = WAL");
    // In WAL mode NORMAL keeps every committed transaction when a process is killed; only a power cut may take the last ones.
    db.pragma("synchronous = NORMAL");
    // One call may touch a page for each of a thousand keys: they stay in memory, and are folded into the file together with later ones.
    db.pragma(`cache_size = ${-WRITE_CACHE_KB}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${LOG_BYTES}`);
  } else {
    db.pragma("query_only = ON");
  }
  return db;
}
