/** What a column of a user's file holds, as Touchstone reads it. */
export type ColumnType = "number" | "text" | "time" | "list";

/** A column as the file has it, seen through its first rows. */
export interface TableColumn {
  /** As in the file; a field of a JSON object is `outer.inner`. */
  readonly name: string;
  readonly type: ColumnType;
  /** The type by its name in the file's own format (BIGINT, VARCHAR, DOUBLE[] …). */
  readonly fileType: string;
  /** Up to three different values of the first rows, as text. */
  readonly samples: readonly string[];
  /** Different values among the first rows that were looked at. */
  readonly distinct: number;
  readonly missing: number;
}

export type TableFormat = "csv" | "parquet" | "jsonl";

/** A file of rows, before it is read as a whole. */
export interface TableShape {
  readonly path: string;
  readonly format: TableFormat;
  readonly bytes: number;
  /** Rows that were looked at for types and samples. */
  readonly looked: number;
  /** True when those are all rows of the file. */
  readonly complete: boolean;
  readonly columns: readonly TableColumn[];
}

/** Whether a file is a table by its name: what the engine reads in windows, and what can hold predictions. */
export function isTable(path: string): boolean {
  return /\.(csv|tsv|parquet|pq|jsonl|ndjson)$/i.test(path);
}
