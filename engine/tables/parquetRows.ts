import { readingError } from "./errors.ts";
import { openSource, quoteName, quotePath } from "./source.ts";

/**
 * A column to read, and as what: `ms` is a time as UTC ms, `json` a nested value as JSON, `path` the field of that name of a struct. One
 * that the file does not have is null in every row.
 */
export interface WantedColumn {
  readonly name: string;
  readonly as: "text" | "number" | "ms" | "json" | "path";
}

export type ParquetRow = readonly (string | number | null)[];

const expressions: Readonly<Record<WantedColumn["as"], (column: string) => string>> = {
  text: (column) => `CAST(${column} AS VARCHAR)`,
  number: (column) => `CAST(${column} AS DOUBLE)`,
  ms: (column) => `CAST(epoch_ms(${column}) AS DOUBLE)`,
  json: (column) => `CAST(to_json(${column}) AS VARCHAR)`,
  path: (column) => `CAST(struct_extract(${column}, 'path') AS VARCHAR)`,
};

/** The rows of a Parquet file in their order, some thousand at a time. Throws `UNREADABLE` and its like. */
export async function* parquetRows(path: string, wanted: readonly WantedColumn[], signal: AbortSignal): AsyncGenerator<readonly ParquetRow[]> {
  const source = await openSource(path, signal, "rows.parquet");
  try {
    const file = `read_parquet(${quotePath(path)})`;
    const described = await source.connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`);
    const present = new Set(described.getRows().map(([name]) => String(name)));
    const list = wanted.map(({ name, as }, index) => `${present.has(name) ? expressions[as](quoteName(name)) : "NULL"} AS c${index}`);
    const result = await source.connection.stream(`SELECT ${list.join(", ")} FROM ${file}`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      if (signal.aborted) return;
      yield chunk.getRows().map((row) => row.map((cell) => (typeof cell === "string" || typeof cell === "number" ? cell : null)));
    }
  } catch (cause) {
    throw readingError(cause, path);
  } finally {
    source.close();
  }
}
