import { DuckDBListValue, DuckDBArrayValue, type DuckDBVector } from "@duckdb/node-api";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Column, Reading } from "./columns.ts";
import { failedColumn, readingError } from "./errors.ts";
import type { Field } from "./fields.ts";
import { readFields } from "./fields.ts";
import { scan, type TableSource } from "./source.ts";

export interface LoadOptions {
  /** What to read, by the field's name; what is not named is not read. */
  readonly wanted: Readonly<Record<string, Reading>>;
  /** Columns whose text must stay as written. */
  readonly asText: readonly string[];
  readonly limit?: number;
  /** Polled between chunks. */
  readonly cancelled: () => boolean;
  readonly onProgress: (progress: Progress) => void;
}

export interface Loaded {
  readonly n: number;
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns that had to be read as text because words stand among their numbers. */
  readonly turnedText: readonly string[];
}

/** A dictionary beyond this many values or characters stays in the file. */
const DICTIONARY = { values: 200_000, characters: 48_000_000 } as const;

/**
 * Reads columns into memory, a chunk at a time: numbers as doubles, text as codes. A feature in which a word stands
 * among numbers, beyond what the reader looked at, is read again as text; a column that must be numeric fails with
 * its line.
 */
export async function loadColumns(source: TableSource, options: LoadOptions): Promise<Loaded> {
  const turned: string[] = [];
  for (;;) {
    try {
      const { n, columns } = await loadOnce(source, options, [...options.asText, ...turned]);
      return { n, columns, turnedText: turned };
    } catch (cause) {
      const column = failedColumn(cause);
      if (column === null || turned.includes(column) || options.wanted[column] !== "text") throw readingError(cause, source.path);
      turned.push(column);
    }
  }
}

async function loadOnce(source: TableSource, options: LoadOptions, asText: readonly string[]): Promise<Omit<Loaded, "turnedText">> {
  const fields = (await readFields(source, asText)).filter((field) => options.wanted[field.name] !== undefined);
  const makers = fields.map((field) => maker(field, options.wanted[field.name]!, source));
  const select = fields.map((field, i) => `${makers[i]!.expression} AS c${i}`).join(", ");
  const limit = options.limit === undefined ? "" : ` LIMIT ${options.limit}`;
  const result = await source.connection.stream(`SELECT ${select === "" ? "1" : select} FROM ${scan(source, asText)}${limit}`);
  let n = 0;
  let told = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const rows = chunk.rowCount;
    makers.forEach((each, i) => each.append(chunk.getColumnVector(i), rows, n));
    n += rows;
    if (options.cancelled()) throw new TouchstoneError({ code: "CANCELLED", message: "Reading was cancelled.", file: source.path });
    if (n - told >= 100_000) options.onProgress({ done: (told = n), total: null, unit: "rows", message: "reading" });
  }
  return { n, columns: Object.fromEntries(fields.map((field, i) => [field.name, makers[i]!.finish(n)])) };
}

interface Maker {
  readonly expression: string;
  append(vector: DuckDBVector, rows: number, at: number): void;
  finish(n: number): Column;
}

function maker(field: Field, reading: Reading, source: TableSource): Maker {
  if (reading === "list") return listMaker(field.type === "list" ? field.expression : `TRY_CAST(${field.expression} AS DOUBLE[])`);
  if (reading === "text") return textMaker(`CAST(${field.expression} AS VARCHAR)`);
  if (field.type === "text") return numberMaker(`CAST(${field.expression} AS VARCHAR)`, (text, row) => wordAmongNumbers(field, text, row, source));
  return numberMaker(field.type === "time" ? `CAST(epoch_ms(CAST(${field.expression} AS TIMESTAMP)) AS DOUBLE)` : `CAST(${field.expression} AS DOUBLE)`);
}

function grown<T extends Float64Array | Int32Array>(array: T, needed: number, make: (size: number) => T): T {
  if (needed <= array.length) return array;
  const next = make(Math.max(needed, Math.ceil(array.length * 1.5)));
  next.set(array);
  return next;
}

/** The number that a text cell holds; a word is the mixed-types error, with its line. */
function wordAmongNumbers(field: Field, text: string, row: number, source: TableSource): number {
  const value = text.trim() === "" ? Number.NaN : /^nan$/i.test(text.trim()) ? Number.NaN : Number(text.trim().replace(/^([-+]?)inf(inity)?$/i, "$1Infinity"));
  if (!Number.isNaN(value) || /^(nan)?$/i.test(text.trim())) return value;
  const line = source.format === "parquet" ? null : row + (source.format === "csv" ? 2 : 1);
  throw new TouchstoneError({
    code: "MIXED_TYPES",
    message: `Column “${field.name}” must hold numbers, but “${text.slice(0, 40)}” stands ${line === null ? `in row ${row + 1}` : `on line ${line}`}.`,
    file: source.path,
    ...(line === null ? {} : { line }),
    hint: "Leave a missing cell empty, correct that line, or give the column another role.",
  });
}

function numberMaker(expression: string, parse?: (text: string, row: number) => number): Maker {
  let values = new Float64Array(4096);
  return {
    expression,
    append(vector, rows, at) {
      values = grown(values, at + rows, (size) => new Float64Array(size));
      for (let i = 0; i < rows; i++) {
        const value = vector.getItem(i);
        values[at + i] = typeof value === "number" ? value : typeof value === "string" && parse ? parse(value, at + i) : Number.NaN;
      }
    },
    finish: (n) => ({ kind: "number", values: values.slice(0, n) }),
  };
}

function textMaker(expression: string): Maker {
  let codes = new Int32Array(4096);
  const dictionary = new Map<string, number>();
  let characters = 0;
  let far = false;
  return {
    expression,
    append(vector, rows, at) {
      if (far) return;
      codes = grown(codes, at + rows, (size) => new Int32Array(size));
      for (let i = 0; i < rows; i++) {
        const value = vector.getItem(i);
        if (typeof value !== "string") {
          codes[at + i] = -1;
          continue;
        }
        let code = dictionary.get(value);
        if (code === undefined) {
          dictionary.set(value, (code = dictionary.size));
          characters += value.length;
        }
        codes[at + i] = code;
      }
      if (dictionary.size > DICTIONARY.values || characters > DICTIONARY.characters) {
        far = true;
        dictionary.clear();
        codes = new Int32Array(0);
      }
    },
    finish: (n) => (far ? { kind: "far" } : { kind: "coded", codes: codes.slice(0, n), values: [...dictionary.keys()] }),
  };
}

function listMaker(expression: string): Maker {
  let parts: Float64Array[] = [];
  return {
    expression,
    append(vector, rows, at) {
      for (let i = 0; i < rows; i++) {
        const value = vector.getItem(i);
        const items = value instanceof DuckDBListValue || value instanceof DuckDBArrayValue ? value.items : [];
        while (parts.length < items.length) parts.push(new Float64Array(at + rows).fill(Number.NaN));
        for (let k = 0; k < parts.length; k++) {
          const part = (parts[k] = grown(parts[k]!, at + rows, (size) => new Float64Array(size).fill(Number.NaN)));
          const item = items[k];
          part[at + i] = item === null || item === undefined ? Number.NaN : Number(item);
        }
      }
    },
    finish: (n) => ({ kind: "list", parts: (parts = parts.map((part) => grown(part, n, (size) => new Float64Array(size).fill(Number.NaN)).slice(0, n))) }),
  };
}
