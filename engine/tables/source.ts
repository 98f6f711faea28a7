import { stat } from "node:fs/promises";
import { extname } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { TableFormat } from "../api/tables.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { readingError } from "./errors.ts";

/** A file of rows, opened by a DuckDB that can reach no other file and no network. */
export interface TableSource {
  readonly path: string;
  readonly format: TableFormat;
  readonly bytes: number;
  readonly modified: number;
  readonly connection: DuckDBConnection;
  /** True: the first line of a CSV file holds names, although its types alone do not show it. */
  readonly named: boolean;
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

/** Opens a file; DuckDB is loaded on the first call only. */
export async function openSource(path: string, options: { memory?: string } = {}): Promise<TableSource> {
  const format = formats[extname(path).toLowerCase()];
  if (format === undefined) {
    throw new TouchstoneError({ code: "UNKNOWN_FORMAT", message: `A "${extname(path)}" file cannot be evaluated.`, file: path, hint: "Write the predictions as CSV, TSV, Parquet or JSONL." });
  }
  const info = await stat(path).catch(() => null);
  if (!info?.isFile()) throw new TouchstoneError({ code: "NO_FILE", message: "There is no such file.", file: path });
  if (info.size === 0) throw new TouchstoneError({ code: "EMPTY_FILE", message: "The file is empty.", file: path, hint: "Did the script that writes it finish?" });
  const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
  let instance: DuckDBInstance | null = null;
  try {
    instance = await Instance.create(":memory:", { memory_limit: options.memory ?? "512MB", temp_directory: "" });
    const connection = await instance.connect();
    await connection.run(`SET allowed_paths=[${quoteText(path)}]`);
    await connection.run("SET enable_external_access=false");
    await connection.run("SET autoinstall_known_extensions=false");
    await connection.run("SET autoload_known_extensions=false");
    await connection.run("SET lock_configuration=true");
    const opened = instance;
    const named = format === "csv" && (await firstLineIsNames(connection, path));
    return {
      named,
      path,
      format,
      bytes: info.size,
      modified: info.mtimeMs,
      connection,
      close() {
        connection.closeSync();
        opened.closeSync();
      },
    };
  } catch (cause) {
    instance?.closeSync();
    throw readingError(cause, path);
  }
}

/** Every cell of the first line is a different text that is no number; one may be empty (an index that pandas wrote). */
async function firstLineIsNames(connection: DuckDBConnection, path: string): Promise<boolean> {
  const result = await connection.runAndReadAll(`SELECT * FROM read_csv(${quoteText(path)}, header=false, all_varchar=true) LIMIT 1`).catch(() => null);
  const cells = result?.getRows()[0];
  if (cells === undefined) return false;
  const texts = cells.map((cell) => (typeof cell === "string" ? cell.trim() : ""));
  return new Set(texts).size === texts.length && texts.every((text) => text === "" || Number.isNaN(Number(text)));
}

/**
 * The FROM clause of a scan. `asText` names columns of a CSV file whose text must stay as it is written: ids (`007`),
 * booleans, and columns with numbers and words.
 */
export function scan(source: TableSource, asText: readonly string[] = []): string {
  const file = quoteText(source.path);
  if (source.format === "parquet") return `read_parquet(${file})`;
  if (source.format === "jsonl") return `read_json(${file}, maximum_object_size=67108864)`;
  const types = asText.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(", ");
  const nulls = missingTexts.map(quoteText).join(", ");
  return `read_csv(${file}${source.named ? ", header=true" : ""}, nullstr=[${nulls}]${types === "" ? "" : `, types={${types}}`})`;
}

/** A string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
