import type { TableWindow } from "../api/artifacts.ts";
import { readingError } from "./errors.ts";
import { readFields } from "./fields.ts";
import { openSource, scan } from "./source.ts";

/** Rows of one window, at most. */
const MOST = 500;
/** Columns of one window, at most; the others are counted. */
const MOST_COLUMNS = 60;

/** Some rows of a file, in its order, as texts. The ending of `name` says what it holds. */
export async function readWindow(path: string, name: string, from: number, to: number): Promise<TableWindow> {
  const source = await openSource(path, undefined, name);
  try {
    const fields = await readFields(source, []);
    const shown = fields.slice(0, MOST_COLUMNS);
    const count = Math.max(0, Math.min(Math.trunc(to) - Math.trunc(from), MOST));
    const select = shown.map(({ expression }, i) => `left(CAST(${expression} AS VARCHAR), 300) AS c${i}`).join(", ");
    const total = await source.connection.runAndReadAll(`SELECT count(*) FROM ${scan(source, [])}`);
    const window = await source.connection.runAndReadAll(`SELECT ${select} FROM ${scan(source, [])} LIMIT ${count} OFFSET ${Math.max(0, Math.trunc(from))}`);
    return {
      total: Number(total.getRows()[0]?.[0] ?? 0),
      from: Math.max(0, Math.trunc(from)),
      columns: shown.map(({ name, type, fileType }) => ({ name, type, fileType })),
      moreColumns: fields.length - shown.length,
      rows: window.getRows().map((row) => row.map((cell) => (typeof cell === "string" ? cell : null))),
    };
  } catch (cause) {
    throw readingError(cause, name);
  } finally {
    source.close();
  }
}
