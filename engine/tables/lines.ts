import { createReadStream } from "node:fs";
import type { TableFormat } from "../api/tables.ts";

const NEWLINE = 0x0a;
const QUOTE = 0x22;

/**
 * The 1-based lines on which rows (0-based) of a text file start; null for a binary file and for rows beyond its end.
 * Line breaks within the quotes of a CSV cell and empty lines between rows are no new rows. One pass, as far as the
 * last of the rows.
 */
export async function linesOfRows(path: string, format: TableFormat, rows: readonly number[]): Promise<readonly (number | null)[]> {
  const wanted = new Set(rows);
  const found = new Map<number, number>();
  if (format !== "parquet" && rows.length > 0) {
    // A CSV file's first line is its header: its rows start at −1.
    await eachRow(path, format === "csv", format === "csv" ? -1 : 0, (row, line) => {
      if (wanted.has(row)) found.set(row, line);
      return found.size < wanted.size;
    });
  }
  return rows.map((row) => found.get(row) ?? null);
}

/** Calls back with each row and its line until the answer is false. */
async function eachRow(path: string, quoted: boolean, first: number, visit: (row: number, line: number) => boolean): Promise<void> {
  let row = first;
  let line = 1;
  let inQuotes = false;
  let atStart = true;
  const input = createReadStream(path);
  for await (const chunk of input) {
    const bytes: Uint8Array = chunk;
    for (const byte of bytes) {
      if (atStart && byte !== NEWLINE && byte !== 0x0d) {
        atStart = false;
        if (!visit(row++, line)) {
          input.destroy();
          return;
        }
      }
      if (quoted && byte === QUOTE) inQuotes = !inQuotes;
      else if (byte === NEWLINE) {
        line++;
        if (!inQuotes) atStart = true;
      }
    }
  }
}
