import type { DuckDBConnection } from "@duckdb/node-api";
import type { TableFormat } from "../api/tables.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { readingError } from "./errors.ts";
import { readFields } from "./fields.ts";
import { look } from "./shape.ts";
import { openSource, quoteName, scan } from "./source.ts";

/** A table of rows to show one by one: cells are text, missing is null; rows are 0-based, in the file's order. */
export interface ItemTable {
  readonly path: string;
  readonly format: TableFormat;
  readonly columns: readonly { readonly name: string; readonly numeric: boolean; readonly samples: readonly string[]; readonly distinct: number; readonly longest: number }[];
  /** Rows of the file; what was looked at where the file is large is `columns` only. */
  readonly rows: number;
  /** Cells of these columns of every row, in batches. */
  scan(columns: readonly string[], signal: AbortSignal): AsyncIterable<readonly (readonly (string | null)[])[]>;
  /** Cells of these columns, for some rows in the order asked for. */
  rowsAt(rows: readonly number[], columns: readonly string[]): Promise<readonly (readonly (string | null)[])[]>;
  close(): void;
}

/**
 * Opens a file whose rows are asked for by number, again and again. The file is read once into a compressed table in
 * memory (512 MB at most), because a CSV or JSONL file has no way to its n-th row. `asText` names columns whose text
 * must stay as the file has it (ids).
 */
export async function openItems(path: string, asText: readonly string[]): Promise<ItemTable> {
  const source = await openSource(path);
  try {
    const seen = await look(source);
    const text = [...new Set([...seen.asText, ...asText.filter((name) => seen.shape.columns.some((column) => column.name === name))])];
    const fields = await readFields(source, text);
    const select = fields.map((field) => `CAST(${field.expression} AS VARCHAR) AS ${quoteName(field.name)}`).join(", ");
    await source.connection.run(`CREATE TABLE items AS SELECT row_number() OVER () - 1 AS "@row", ${select} FROM ${scan(source, text)}`);
    const count = await source.connection.runAndReadAll("SELECT count(*) FROM items");
    const numeric = new Set(fields.filter((field) => field.type === "number").map((field) => field.name));
    return {
      path,
      format: source.format,
      columns: seen.shape.columns.map(({ name, samples, distinct }) => ({ name, numeric: numeric.has(name), samples, distinct, longest: Math.max(0, ...(seen.cells[name] ?? []).map((cell) => cell?.length ?? 0)) })),
      rows: Number(count.getRows()[0]?.[0] ?? 0),
      scan: (columns, signal) => scanItems(source.connection, path, columns, signal),
      rowsAt: (rows, columns) => itemsAt(source.connection, path, rows, columns),
      close: () => source.close(),
    };
  } catch (cause) {
    source.close();
    throw readingError(cause, path);
  }
}

async function* scanItems(connection: DuckDBConnection, path: string, columns: readonly string[], signal: AbortSignal): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  try {
    const result = await connection.stream(`SELECT ${columns.map(quoteName).join(", ")} FROM items ORDER BY "@row"`);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      if (signal.aborted) throw new TouchstoneError({ code: "CANCELLED", message: "Reading was cancelled.", file: path });
      yield chunk.getRows().map((row) => row.map(textOrNull));
    }
  } catch (cause) {
    throw readingError(cause, path);
  }
}

async function itemsAt(connection: DuckDBConnection, path: string, rows: readonly number[], columns: readonly string[]): Promise<readonly (readonly (string | null)[])[]> {
  if (rows.length === 0) return [];
  try {
    const wanted = rows.map((row) => Math.trunc(row)).join(", ");
    const result = await connection.runAndReadAll(`SELECT "@row", ${columns.map(quoteName).join(", ")} FROM items WHERE "@row" IN (${wanted})`);
    const found = new Map(result.getRows().map(([row, ...cells]) => [Number(row), cells.map(textOrNull)]));
    return rows.map((row) => found.get(row) ?? columns.map(() => null));
  } catch (cause) {
    throw readingError(cause, path);
  }
}

function textOrNull(cell: unknown): string | null {
  return typeof cell === "string" ? cell : null;
}
