import { readingError } from "./errors.ts";
import { readFields } from "./fields.ts";
import { quotePath, scan, type TableSource } from "./source.ts";

/** The text of some cells of columns that were left in the file. One pass over the file, whatever the number of rows. */
export async function fetchCells(source: TableSource, names: readonly string[], rows: readonly number[], asText: readonly string[]): Promise<Readonly<Record<string, readonly (string | null)[]>>> {
  try {
    const fields = (await readFields(source, asText)).filter((field) => names.includes(field.name));
    const wanted = rows.map((row) => Math.trunc(row)).join(", ");
    const inner = fields.map((field, i) => `CAST(${field.expression} AS VARCHAR) AS c${i}`).join(", ");
    const numbered = source.format === "parquet" ? `SELECT ${inner}, file_row_number AS r FROM read_parquet(${quotePath(source.path)}, file_row_number=true)` : `SELECT ${inner}, row_number() OVER () - 1 AS r FROM ${scan(source, asText)}`;
    const result = await source.connection.runAndReadAll(`SELECT * FROM (${numbered}) WHERE r IN (${wanted === "" ? "NULL" : wanted})`);
    const found = new Map(result.getRows().map((cells) => [Number(cells[fields.length]), cells]));
    return Object.fromEntries(
      fields.map((field, i) => [
        field.name,
        rows.map((row) => {
          const cell = found.get(row)?.[i];
          return typeof cell === "string" ? cell : null;
        }),
      ]),
    );
  } catch (cause) {
    throw readingError(cause, source.path);
  }
}
