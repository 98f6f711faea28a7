import { closeSync, constants, copyFileSync, existsSync, lstatSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import { TouchstoneError } from "../../api/tokens.ts";

/** A value as another program stored it: types of columns promise nothing. */
export type ForeignValue = string | number | null | Uint8Array;

/** `rowid` is that of the table. */
export type ForeignRow = Readonly<Record<string, ForeignValue>> & { readonly rowid: number };

export interface RowsWanted {
  /** Only those that are there are read; the others are absent from the rows. */
  readonly columns: readonly string[];
  /** Columns to read as text, digit by digit: ids may be beyond 2^53. */
  readonly text?: readonly string[];
  /** Rows with a greater rowid. */
  readonly after?: number;
  /** Rows with this value in this column. */
  readonly where?: readonly [column: string, value: string | number];
}

/** Milliseconds that another program's lock is waited for. */
const BUSY_MS = 2_000;
/** Rows that are read at a time. A read transaction holds up whoever writes there, so it ends before anything else is done. */
const PAGE = 5_000;
const HEADER_BYTES = 20;
const WAL_HEADER_BYTES = 32;
const PARTS = ["", "-wal", "-journal"];
const COPIES = 5;
const LOCKED = "it is locked by another program";

/**
 * Another program's SQLite database, for reading. Nothing is written beside it: one with a write-ahead log, or with a transaction that
 * broke off, is read as a private copy, since SQLite would put files next to it. Only real tables are read, never a view.
 */
export class ForeignDatabase {
  readonly file: string;
  readonly #db: Database.Database;
  readonly #copy: string | null;
  readonly #columns = new Map<string, ReadonlySet<string>>();

  /** @param wait milliseconds that another program's lock is waited for. @throws TouchstoneError `IMPORT_UNREADABLE` for what is no database, is locked, or cannot be read. */
  constructor(file: string, wait = BUSY_MS) {
    this.file = file;
    this.#copy = needsCopy(file) ? copied(file) : null;
    let db: Database.Database | null = null;
    try {
      db = new Database(this.#copy ?? file, { readonly: this.#copy === null, fileMustExist: true, timeout: wait });
      db.pragma("trusted_schema = OFF");
      db.pragma("cell_size_check = ON");
      db.pragma("query_only = ON");
      const tables = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").all();
      for (const { name } of tables) this.#columns.set(name, new Set());
      this.#db = db;
    } catch (error) {
      db?.close();
      this.#remove();
      throw unreadable(error, file);
    }
  }

  /** Whether a table is there with these columns. */
  has(table: string, ...columns: readonly string[]): boolean {
    const known = this.#of(table);
    return known !== null && columns.every((column) => known.has(column));
  }

  /** The greatest rowid; 0 in an empty table. */
  last(table: string): number {
    if (!this.has(table)) return 0;
    const row = this.#reading(() => this.#db.prepare<[], { last: number | null }>(`SELECT max(rowid) AS last FROM ${quoted(table)}`).get());
    return row?.last ?? 0;
  }

  /** Rows in the order of their rowids, none where the table is missing. @throws TouchstoneError `IMPORT_UNREADABLE` where the file is damaged there. */
  *rows(table: string, { columns, text = [], after = Number.MIN_SAFE_INTEGER, where }: RowsWanted): Generator<ForeignRow> {
    const known = this.#of(table);
    if (known === null || (where && !known.has(where[0]))) return;
    const present = columns.filter((column) => known.has(column));
    const list = ["rowid AS rowid", ...present.map((column) => (text.includes(column) ? `CAST(${quoted(column)} AS TEXT) AS ${quoted(column)}` : quoted(column)))];
    const condition = where ? ` AND ${quoted(where[0])} = ?` : "";
    const page = this.#reading(() => this.#db.prepare<unknown[], ForeignRow>(`SELECT ${list.join(", ")} FROM ${quoted(table)} WHERE rowid > ?${condition} ORDER BY rowid LIMIT ${PAGE}`));
    let from = after;
    for (;;) {
      const rows = this.#reading(() => page.all(from, ...(where ? [where[1]] : [])));
      yield* rows;
      if (rows.length < PAGE) return;
      from = rows.at(-1)?.rowid ?? from;
    }
  }

  close(): void {
    this.#db.close();
    this.#remove();
  }

  /** The columns of a table; null where it is missing. */
  #of(table: string): ReadonlySet<string> | null {
    const known = this.#columns.get(table);
    if (!known) return null;
    if (known.size > 0) return known;
    const columns = new Set(this.#reading(() => this.#db.prepare<[], { name: string }>(`SELECT name FROM pragma_table_info(${literal(table)})`).all()).map(({ name }) => name));
    this.#columns.set(table, columns);
    return columns;
  }

  #reading<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw unreadable(error, this.file);
    }
  }

  #remove(): void {
    if (this.#copy !== null) rmSync(join(this.#copy, ".."), { recursive: true, force: true });
  }
}

/** Whether a file begins as SQLite's do. */
export function isDatabase(file: string): boolean {
  return header(file, HEADER_BYTES).toString("latin1", 0, 16) === "SQLite format 3\0";
}

/** Nothing but zeros where there is no plain file: a pipe would never answer, a link may lead anywhere. */
function header(file: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let handle: number;
  try {
    if (!lstatSync(file).isFile()) return bytes;
    handle = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return bytes;
  }
  try {
    readSync(handle, bytes, 0, length, 0);
  } catch {
    // A folder.
  } finally {
    closeSync(handle);
  }
  return bytes;
}

function needsCopy(file: string): boolean {
  const walVersion = 2;
  const bytes = header(file, HEADER_BYTES);
  return bytes[18] === walVersion || bytes[19] === walVersion || existsSync(`${file}-wal`) || existsSync(`${file}-journal`);
}

/** A copy in the system's temporary folder, of one moment: a file that changed while it was copied is copied again. */
function copied(file: string): string {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-import-"));
  const copy = join(folder, basename(file));
  try {
    for (let attempt = 0; attempt < COPIES; attempt++) {
      const before = momentOf(file);
      for (const part of PARTS) {
        const found = lstatSync(file + part, { throwIfNoEntry: false });
        if (found && !found.isFile()) throw new TouchstoneError({ code: "IMPORT_UNREADABLE", message: `${file + part} is not a plain file.`, file: file + part });
        if (found) copyFileSync(file + part, copy + part, constants.COPYFILE_FICLONE);
        else rmSync(copy + part, { force: true });
      }
      if (momentOf(file) === before) return copy;
    }
    throw new TouchstoneError({ code: "IMPORT_UNREADABLE", message: `${file} changes faster than it can be copied.`, file, hint: "Try again when the other program is done." });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw unreadable(error, file);
  }
}

/** What stays while nobody folds the log into the file: the file itself, and the log's header, as the log only grows until then. */
function momentOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs} ${size} ${header(`${file}-wal`, WAL_HEADER_BYTES).toString("hex")} ${existsSync(`${file}-journal`)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function unreadable(error: unknown, file: string): unknown {
  if (error instanceof TouchstoneError || !(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  const reason = /^SQLITE_(BUSY|LOCKED)/.test(code) ? LOCKED : /^SQLITE_(NOTADB|CORRUPT)/.test(code) ? `it is damaged or no database (${error.message})` : error.message;
  return new TouchstoneError({ code: "IMPORT_UNREADABLE", message: `${file} cannot be read: ${reason}.`, file, ...(/^SQLITE_(BUSY|LOCKED)/.test(code) ? { hint: "Try again when the other program is done." } : {}) });
}

/** How much of a file is searched for the names of its tables. */
const SEARCHED_BYTES = 1 << 19;

/**
 * Whether a file is a database with these tables and columns. Cheap, and never throws: one that would have to be copied, or is locked, is
 * only searched for what made its tables.
 */
export function hasTables(file: string, tables: Readonly<Record<string, readonly string[]>>): boolean {
  if (!isDatabase(file)) return false;
  const searched = (): boolean => {
    const text = header(file, SEARCHED_BYTES).toString("latin1") + header(`${file}-wal`, SEARCHED_BYTES).toString("latin1");
    return Object.entries(tables).every(([table, columns]) => new RegExp(`CREATE TABLE (IF NOT EXISTS )?["\`]?${table}["\`]?\\s*\\([^\0]{0,2000}?\\b${columns[0] ?? ""}\\b`, "i").test(text));
  };
  if (needsCopy(file)) return searched();
  try {
    const database = new ForeignDatabase(file, 0);
    const found = Object.entries(tables).every(([table, columns]) => database.has(table, ...columns));
    database.close();
    return found;
  } catch (error) {
    return error instanceof TouchstoneError && error.message.includes(LOCKED) && searched();
  }
}
