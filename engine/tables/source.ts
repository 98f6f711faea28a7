import { open, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { TableFormat } from "../api/tables.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { readDialect, type Dialect } from "./dialect.ts";
import { readingError } from "./errors.ts";

/** A file of rows, opened by a DuckDB that can reach no other file and no network. */
export interface TableSource {
  readonly path: string;
  /** Whether a `jsonl` file may be one list as well. */
  readonly list: boolean;
  readonly format: TableFormat;
  readonly bytes: number;
  readonly modified: number;
  readonly connection: DuckDBConnection;
  /** How a CSV file is written; null for other formats. */
  readonly dialect: Dialect | null;
  close(): void;
}

const formats: Readonly<Record<string, TableFormat>> = {
  ".csv": "csv",
  ".tsv": "csv",
  ".txt": "csv",
  ".parquet": "parquet",
  ".pq": "parquet",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "jsonl",
};

/** The text that stands for a missing cell in a CSV file. */
const missingTexts = ["", "NA", "N/A", "n/a", "null", "NULL", "None", "?", "<NA>"];

/** The format that the file's ending says. Throws `UNKNOWN_FORMAT`. */
export function formatOf(path: string): TableFormat {
  const format = formats[extname(path).toLowerCase()];
  if (format !== undefined) return format;
  throw new TouchstoneError({ code: "UNKNOWN_FORMAT", message: `A "${extname(path)}" file cannot be evaluated.`, file: path, hint: "Write the predictions as CSV, TSV, Parquet or JSONL." });
}

/** What DuckDB may use beside the columns that were read; it streams, so that more would gain little. */
const MEMORY = "512MB";

/**
 * Opens a file; DuckDB is loaded on the first call only. An aborted signal ends the query that is under way. The ending of `name`
 * says what the file holds, where its own does not.
 */
export async function openSource(path: string, signal?: AbortSignal, name = path): Promise<TableSource> {
  const format = formatOf(name);
  const info = await stat(path).catch(() => null);
  if (!info?.isFile()) throw new TouchstoneError({ code: "NO_FILE", message: "There is no such file.", file: path });
  if (info.size === 0) throw new TouchstoneError({ code: "EMPTY_FILE", message: "The file is empty.", file: path, hint: "Did the script that writes it finish?" });
  await refuseOtherBytes(path, format);
  const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
  let instance: DuckDBInstance | null = null;
  try {
    // Each thread holds a buffer of the file, so that many cores would cost much memory and read little faster.
    instance = await Instance.create(":memory:", { memory_limit: MEMORY, temp_directory: "", threads: String(Math.min(4, availableParallelism())) });
    const connection = await instance.connect();
    // The file, and the pattern that finds it and nothing else: DuckDB asks for leave for both.
    await connection.run(`SET allowed_paths=[${quoteText(path)}, ${quotePath(path)}]`);
    await connection.run("SET enable_external_access=false");
    // A file is read once from front to end: keeping parts of it in memory would gain nothing.
    await connection.run("SET enable_external_file_cache=false");
    await connection.run("SET autoinstall_known_extensions=false");
    await connection.run("SET autoload_known_extensions=false");
    await connection.run("SET lock_configuration=true");
    const opened = instance;
    const interrupt = () => connection.interrupt();
    signal?.addEventListener("abort", interrupt);
    return {
      dialect: format === "csv" ? await readDialect(path) : null,
      path,
      list: /\.json$/i.test(name),
      format,
      bytes: info.size,
      modified: info.mtimeMs,
      connection,
      close() {
        signal?.removeEventListener("abort", interrupt);
        connection.closeSync();
        opened.closeSync();
      },
    };
  } catch (cause) {
    instance?.closeSync();
    throw readingError(cause, path);
  }
}

/** Bytes that no reader would explain well: text of two bytes a letter, or no text at all; a Parquet file in name only. */
async function refuseOtherBytes(path: string, format: TableFormat): Promise<void> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const head = buffer.subarray(0, bytesRead);
    if (format === "parquet") {
      if (head.toString("latin1", 0, 4) === "PAR1") return;
      throw new TouchstoneError({ code: "UNREADABLE", message: "This is not a Parquet file, whatever its name says.", file: path, hint: "CSV, TSV, Parquet and JSONL files can be evaluated." });
    }
    const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    if (wide) throw new TouchstoneError({ code: "ENCODING", message: "The file is UTF-16 text.", file: path, line: 1, hint: "Save it as UTF-8." });
    const zero = head.indexOf(0);
    if (zero >= 0) throw new TouchstoneError({ code: "ENCODING", message: `This is no text: byte ${zero + 1} is zero.`, file: path, line: 1, hint: "CSV, TSV, Parquet and JSONL files can be evaluated." });
  } finally {
    await file.close();
  }
}

/**
 * The FROM clause of a scan. `asText` names columns of a CSV file whose text must stay as it is written: ids (`007`),
 * booleans, and columns with numbers and words.
 */
export function scan(source: TableSource, asText: readonly string[] = []): string {
  const file = quotePath(source.path);
  if (source.format === "parquet") return `read_parquet(${file})`;
  if (source.dialect === null) return `read_json(${file}, maximum_object_size=67108864${source.list ? "" : ", format='newline_delimited'"})`;
  const types = asText.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(", ");
  const nulls = missingTexts.map(quoteText).join(", ");
  const { delimiter, header } = source.dialect;
  return `read_csv(${file}, delim=${quoteText(delimiter)}, quote='"', escape='"', skip=0, header=${header}, nullstr=[${nulls}]${types === "" ? "" : `, types={${types}}`})`;
}

/**
 * What goes wrong when a CSV file is read as plain text: where types cannot be guessed, the reader only says so, but
 * this names the line. Null when nothing does.
 */
export async function plainScanError(source: TableSource): Promise<unknown> {
  if (source.dialect === null) return null;
  const { delimiter, header, cells } = source.dialect;
  const columns = cells.map((_, i) => `'c${i}': 'VARCHAR'`).join(", ");
  const sql = `SELECT count(*) FROM read_csv(${quotePath(source.path)}, auto_detect=false, delim=${quoteText(delimiter)}, quote='"', escape='"', header=${header}, columns={${columns}})`;
  return source.connection.run(sql).then(
    () => null,
    (cause: unknown) => cause,
  );
}

/** A string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A string literal that a scan takes as exactly this file: DuckDB reads file names as patterns, and has no other way to say it. */
export function quotePath(path: string): string {
  return quoteText(path.replace(/[[*?]/g, (character) => `[${character}]`));
}

/** An identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
