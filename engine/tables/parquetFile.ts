import { rm } from "node:fs/promises";
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export type ParquetType = "VARCHAR" | "DOUBLE" | "BIGINT";

/** Columns of a table in their order. */
export type ParquetColumns = readonly (readonly [name: string, type: ParquetType])[];

export type ParquetValue = string | number | null;

/** Tables that are filled row by row and written as Parquet at the end; DuckDB keeps them in a file of its own until then. */
export class ParquetTables {
  readonly #file: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #tables = new Map<string, { readonly appender: DuckDBAppender; readonly columns: ParquetColumns }>();

  private constructor(file: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#file = file;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** `file` is a new file that goes with `close`. DuckDB is loaded here. */
  static async open(file: string, tables: Readonly<Record<string, ParquetColumns>>): Promise<ParquetTables> {
    const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
    const instance = await Instance.create(file, { memory_limit: "512MB", threads: "2" });
    const connection = await instance.connect();
    const made = new ParquetTables(file, instance, connection);
    for (const [name, columns] of Object.entries(tables)) {
      await connection.run(`CREATE TABLE ${quoted(name)} (${columns.map(([column, type]) => `${quoted(column)} ${type}`).join(", ")})`);
      made.#tables.set(name, { appender: await connection.createAppender(name), columns });
    }
    return made;
  }

  /** Values in the order of the columns. */
  add(table: string, values: readonly ParquetValue[]): void {
    const found = this.#tables.get(table);
    if (!found) throw new Error(`There is no table ${table}.`);
    const { appender, columns } = found;
    columns.forEach(([, type], at) => {
      const value = values[at] ?? null;
      if (value === null) appender.appendNull();
      else if (type === "VARCHAR") appender.appendVarchar(String(value));
      else if (type === "DOUBLE") appender.appendDouble(Number(value));
      else appender.appendBigInt(BigInt(value));
    });
    appender.endRow();
  }

  /** Writes one file a table. */
  async write(pathOf: (table: string) => string): Promise<void> {
    for (const [name, { appender }] of this.#tables) {
      appender.closeSync();
      await this.#connection.run(`COPY ${quoted(name)} TO '${pathOf(name).replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`);
    }
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    for (const end of ["", ".wal"]) await rm(this.#file + end, { force: true });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
