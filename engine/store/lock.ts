import Database from "better-sqlite3";

/** A lock that the system frees when its holder dies, however it dies. */
export interface Lock {
  release(): void;
}

/**
 * Takes an exclusive SQLite lock on a file (made when missing); null while another process holds it.
 * @throws the SQLite error when the file cannot be opened at all (read-only folder, not a database).
 */
export function takeLock(file: string): Lock | null {
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
}
