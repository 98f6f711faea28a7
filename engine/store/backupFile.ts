import Database from "better-sqlite3";
import type { BackupAbout } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";

/** `PRAGMA application_id` of a backup: "TSBK". */
const APPLICATION = 0x5453424b;
const FORMAT = 1;
/** A file stands in pieces of this size: SQLite holds at most 2 GB in one value, and a piece stands in memory. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** A file within a backup; `path` is relative to `.touchstone`, with `/`. */
export interface BackupEntry {
  readonly path: string;
  readonly bytes: number;
  /** `sha256:<hex>` */
  readonly digest: string;
}

/**
 * Copies a store's database into a new file while others read and write it: one moment of it, whole, with nothing of the log beside it.
 */
export function copyDatabase(file: string, target: string): void {
  const db = new Database(file, { readonly: true, timeout: 10_000 });
  try {
    db.pragma("trusted_schema = OFF");
    db.prepare("VACUUM INTO ?").run(target);
  } finally {
    db.close();
  }
}

/** A backup: one SQLite file with every file of a store in it, in pieces. */
export class BackupFile {
  readonly #db: Database.Database;
  readonly #put;
  readonly #piece;

  private constructor(db: Database.Database, writing: boolean) {
    this.#db = db;
    this.#put = writing ? db.prepare<[string, number, string]>("INSERT INTO files (path, bytes, digest) VALUES (?, ?, ?)") : null;
    this.#piece = writing ? db.prepare<[string, number, Uint8Array]>("INSERT INTO pieces (path, number, content) VALUES (?, ?, ?)") : null;
  }

  /** Makes a new one. Nothing of it counts before `finish`. */
  static create(file: string): BackupFile {
    const db = new Database(file);
    db.pragma("journal_mode = OFF");
    db.pragma("synchronous = OFF");
    db.exec(`
      CREATE TABLE about (said TEXT NOT NULL) STRICT;
      CREATE TABLE files (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, digest TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE pieces (path TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (path, number)) STRICT;
    `);
    return new BackupFile(db, true);
  }

  /** Opens one for reading. Throws `BACKUP_FOREIGN` for any other file. */
  static open(file: string): BackupFile {
    let db: Database.Database | null = null;
    try {
      db = new Database(file, { readonly: true, fileMustExist: true });
      db.pragma("trusted_schema = OFF");
      if (db.pragma("application_id", { simple: true }) === APPLICATION && db.pragma("user_version", { simple: true }) === FORMAT) return new BackupFile(db, false);
    } catch {
      // No database at all.
    }
    db?.close();
    throw new TouchstoneError({ code: "BACKUP_FOREIGN", message: `${file} is no backup that this version of Touchstone reads.`, file, hint: "`touchstone backup FILE` makes one." });
  }

  /** One piece of a file, in order from 0. */
  addPiece(path: string, number: number, content: Uint8Array): void {
    this.#piece?.run(path, number, content);
  }

  /** Says that a file's pieces are all there. */
  addFile({ path, bytes, digest }: BackupEntry): void {
    this.#put?.run(path, bytes, digest);
  }

  finish(about: BackupAbout): void {
    this.#db.prepare("INSERT INTO about (said) VALUES (?)").run(JSON.stringify(about));
    this.#db.pragma(`application_id = ${APPLICATION}`);
    this.#db.pragma(`user_version = ${FORMAT}`);
  }

  about(): BackupAbout {
    // SAFETY: `finish` wrote it; a file that somebody else made is refused by its digests.
    return JSON.parse(String(this.#db.prepare("SELECT said FROM about").pluck().get())) as BackupAbout;
  }

  files(): BackupEntry[] {
    return this.#db.prepare<[], BackupEntry>("SELECT path, bytes, digest FROM files ORDER BY path").all();
  }

  /** Of the files within. */
  bytes(): number {
    return Number(this.#db.prepare("SELECT coalesce(sum(bytes), 0) FROM files").pluck().get());
  }

  *pieces(path: string): Generator<Buffer> {
    for (const content of this.#db.prepare<[string], Buffer>("SELECT content FROM pieces WHERE path = ? ORDER BY number").pluck().iterate(path)) yield content;
  }

  close(): void {
    this.#db.close();
  }
}
