import { open } from "node:fs/promises";
import type { TableColumn, TableShape } from "../api/tables.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { readingError } from "./errors.ts";
import { readFields, type Field } from "./fields.ts";
import { plainScanError, scan, type TableSource } from "./source.ts";

/** A file seen through its first rows, with their cells as text, from which roles are guessed. */
export interface Look {
  readonly shape: TableShape;
  /** By column: the text of each cell of the first rows, null where it is missing. */
  readonly cells: Readonly<Record<string, readonly (string | null)[]>>;
  /** Columns of a CSV file that the reader would turn into something else than they are written as: booleans. */
  readonly asText: readonly string[];
}

const LOOK = 5000;
const NEWLINE = 0x0a;

/** Reads types, samples and the first rows. */
export async function look(source: TableSource): Promise<Look> {
  try {
    const asText = (await readFields(source, [])).filter((field) => field.fileType === "BOOLEAN" && source.format === "csv").map((field) => field.name);
    const fields = await readFields(source, asText);
    const select = fields.map((field, i) => `CAST(${field.expression} AS VARCHAR) AS c${i}`).join(", ");
    const result = await source.connection.runAndReadAll(`SELECT ${select} FROM ${scan(source, asText)} LIMIT ${LOOK + 1}`);
    const columns = result.getColumns();
    const rows = result.currentRowCount;
    if (rows === 0) throw new TouchstoneError({ code: "EMPTY_FILE", message: source.format === "csv" ? "The file has a header but no rows." : "The file has no rows.", file: source.path, hint: "Did the script that writes it finish?" });
    const cells: Record<string, readonly (string | null)[]> = {};
    fields.forEach((field, i) => (cells[field.name] = (columns[i] ?? []).slice(0, LOOK).map((value) => (typeof value === "string" ? value : null))));
    const shape: TableShape = {
      path: source.path,
      format: source.format,
      bytes: source.bytes,
      looked: Math.min(rows, LOOK),
      complete: rows <= LOOK,
      columns: fields.map((field) => describe(field, cells[field.name] ?? [])),
    };
    return { shape, cells, asText };
  } catch (cause) {
    throw readingError((await plainScanError(source)) ?? cause, source.path);
  }
}

function describe(field: Field, cells: readonly (string | null)[]): TableColumn {
  const different = new Set<string>();
  let missing = 0;
  for (const cell of cells) {
    if (cell === null) missing++;
    else different.add(cell);
  }
  const listed = field.type === "text" && isListText(cells);
  return { name: field.name, type: listed ? "list" : field.type, fileType: field.fileType, samples: [...different].slice(0, 3), distinct: different.size, missing };
}

/** Text such as `[0.1, 0.9]`: how Spark's and NumPy's vectors stand in a CSV file. */
function isListText(cells: readonly (string | null)[]): boolean {
  const filled = cells.filter((cell) => cell !== null).slice(0, 50);
  return filled.length > 0 && filled.every((cell) => /^\[\s*-?[\d.][^a-df-zA-DF-Z]*\]$/.test(cell) && cell.includes(","));
}

/** How many rows the file will probably have: exact for Parquet and where all were looked at, else by the lines of three parts. */
export async function expectedRows(source: TableSource, { shape }: Look): Promise<number> {
  if (shape.complete) return shape.looked;
  if (source.format === "parquet") {
    const counted = await source.connection.runAndReadAll(`SELECT count(*) FROM ${scan(source)}`);
    return Number(counted.getRows()[0]?.[0] ?? 0);
  }
  const file = await open(source.path, "r");
  try {
    const sample = Buffer.alloc(1 << 18);
    let bytes = 0;
    let lines = 0;
    for (const part of [0, 1 / 3, 2 / 3]) {
      const { bytesRead } = await file.read(sample, 0, sample.length, Math.floor(part * source.bytes));
      bytes += bytesRead;
      for (let i = 0; i < bytesRead; i++) if (sample[i] === NEWLINE) lines++;
    }
    return Math.ceil((source.bytes / bytes) * lines);
  } finally {
    await file.close();
  }
}
