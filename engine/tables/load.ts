import { DuckDBListValue, DuckDBArrayValue, type DuckDBDataChunk, type DuckDBVector } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import { NumberColumn, type Column, type Reading } from "./columns.ts";
import { failedColumn, readingError } from "./errors.ts";
import type { Field } from "./fields.ts";
import { readFields } from "./fields.ts";
import { grown, NumberBuilder } from "./numberBuilder.ts";
import { scan, type TableSource } from "./source.ts";
import { TextBuilder } from "./textBuilder.ts";

export interface LoadOptions {
  /** What to read, by the field's name; what is not named is not read. */
  readonly wanted: Readonly<Record<string, Reading>>;
  /** Columns whose text must stay as written. */
  readonly asText: readonly string[];
  /** Columns that may stay in the file when all do not fit into memory; the widest is left first. */
  readonly optional?: ReadonlySet<string>;
  /** Rows that will probably come: memory is laid out for them once. */
  readonly expected?: number;
  /** Bytes that the columns may hold. */
  readonly budget?: number;
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
  /** Columns that were left in the file because the memory they may use was full. */
  readonly left: readonly string[];
}

/** Half of what an evaluation may use of memory: the other half is the reader's, and that of sorting and counting. */
const BUDGET = 900 * 2 ** 20;

/**
 * Reads columns into memory, a chunk at a time: numbers and texts as narrow as they are. A feature in which a word
 * stands among numbers, beyond what the reader looked at, is read again as text; a column that must be numeric fails
 * with its line.
 */
export async function loadColumns(source: TableSource, options: LoadOptions): Promise<Loaded> {
  const turned: string[] = [];
  for (;;) {
    try {
      const wanted = { ...options.wanted, ...Object.fromEntries(turned.map((column) => [column, "text" as const])) };
      return { ...(await loadOnce(source, { ...options, wanted }, [...options.asText, ...turned])), turnedText: turned };
    } catch (cause) {
      const column = failedColumn(cause);
      const mayBeText = column !== null && (options.wanted[column] === "text" || options.optional?.has(column) === true);
      if (column === null || !mayBeText || turned.includes(column)) throw readingError(cause, source.path);
      turned.push(column);
    }
  }
}

async function loadOnce(source: TableSource, options: LoadOptions, asText: readonly string[]): Promise<Omit<Loaded, "turnedText">> {
  const fields = (await readFields(source, asText)).filter((field) => options.wanted[field.name] !== undefined);
  const expected = Math.min(options.expected ?? 0, options.limit ?? Number.POSITIVE_INFINITY);
  const makers = fields.map((field) => maker(field, options.wanted[field.name]!, source, expected));
  const select = makers.map(({ expression }, i) => `${expression} AS c${i}, `).join("");
  const limit = options.limit === undefined ? "" : ` LIMIT ${options.limit}`;
  const rowsOf = `SELECT ${select}false AS over FROM ${scan(source, asText)}${limit}`;
  // A stream ends without a word where reading fails. Only one that ends with this row was read to its end.
  const result = await source.connection.stream(`(${rowsOf}) UNION ALL (SELECT ${makers.map(() => "NULL, ").join("")}true)`);
  const left: string[] = [];
  let n = 0;
  let told = 0;
  for (let over = false; !over; ) {
    const chunk = await result.fetchChunk();
    const fetched = chunk?.rowCount ?? 0;
    if (options.cancelled()) throw new TouchstoneError({ code: "CANCELLED", message: "Reading was cancelled.", file: source.path });
    if (chunk === null || fetched === 0) throw await whyItEnded(source, rowsOf, makers.length, n);
    over = rawData(chunk, makers.length, fetched)[fetched - 1] === 1;
    const rows = over ? fetched - 1 : fetched;
    if (rows === 0) continue;
    makers.forEach((each, i) => each.append(chunk, i, rows, n));
    n += rows;
    if (n - told < 100_000) continue;
    options.onProgress({ done: (told = n), total: null, unit: "rows", message: "reading" });
    const widest = tooWide(makers, options.budget ?? BUDGET, (i) => options.optional?.has(fields[i]!.name) ?? false);
    if (widest !== null) {
      makers[widest] = leftInFile(makers[widest]!.expression);
      left.push(fields[widest]!.name);
    }
  }
  return { n, columns: Object.fromEntries(fields.map((field, i) => [field.name, makers[i]!.finish(n)])), left };
}

/** What failed after n rows: the same is read again, now for its error alone. */
async function whyItEnded(source: TableSource, rowsOf: string, columns: number, n: number): Promise<unknown> {
  const counts = Array.from({ length: columns }, (_, i) => `count(c${i})`).join(", ");
  return source.connection.run(`SELECT ${counts === "" ? "count(*)" : counts} FROM (${rowsOf})`).then(
    () => new TouchstoneError({ code: "UNREADABLE", message: `Reading stopped after row ${n}.`, file: source.path, hint: "Was the file written to at the same time? Try again." }),
    (cause: unknown) => cause,
  );
}

interface Maker {
  readonly expression: string;
  readonly bytes: () => number;
  append(chunk: DuckDBDataChunk, column: number, rows: number, at: number): void;
  finish(n: number): Column;
}

/** The widest of the columns that may stay in the file, when all of them hold more than the budget. */
function tooWide(makers: readonly Maker[], budget: number, optional: (column: number) => boolean): number | null {
  const sizes = makers.map((each) => each.bytes());
  if (sizes.reduce((sum, bytes) => sum + bytes, 0) <= budget) return null;
  const candidates = [...sizes.keys()].filter((i) => optional(i) && sizes[i]! > 0);
  return candidates.sort((a, b) => sizes[b]! - sizes[a]! || b - a)[0] ?? null;
}

function leftInFile(expression: string): Maker {
  return { expression, bytes: () => 0, append: () => undefined, finish: () => ({ kind: "far" }) };
}

function maker(field: Field, reading: Reading, source: TableSource, expected: number): Maker {
  if (reading === "list") return listMaker(field.type === "list" ? field.expression : `TRY_CAST(${field.expression} AS DOUBLE[])`);
  if (reading === "text") return textMaker(`CAST(${field.expression} AS VARCHAR)`, expected);
  if (field.type === "text") return parsedMaker(`CAST(${field.expression} AS VARCHAR)`, expected, (text, row) => wordAmongNumbers(field, text, row, source));
  return numberMaker(field.type === "time" ? `CAST(epoch_ms(CAST(${field.expression} AS TIMESTAMP)) AS DOUBLE)` : `CAST(${field.expression} AS DOUBLE)`, expected);
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

/** The memory of a column of a chunk, as DuckDB lays it out: valid until the chunk is let go. */
function rawData(chunk: DuckDBDataChunk, column: number, bytes: number): Uint8Array {
  return duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), bytes);
}

function numberMaker(expression: string, expected: number): Maker {
  const builder = new NumberBuilder(expected);
  return {
    // A missing number is NaN here already, so that a chunk is taken as a whole.
    expression: `coalesce(${expression}, 'nan'::DOUBLE)`,
    bytes: () => builder.bytes,
    append(chunk, column, rows) {
      const data = rawData(chunk, column, rows * 8);
      builder.append(new Float64Array(data.buffer, data.byteOffset, rows));
    },
    finish: () => builder.finish(),
  };
}

function parsedMaker(expression: string, expected: number, parse: (text: string, row: number) => number): Maker {
  const builder = new NumberBuilder(expected);
  return {
    expression,
    bytes: () => builder.bytes,
    append(chunk, column, rows, at) {
      const vector = chunk.getColumnVector(column);
      builder.append(Float64Array.from({ length: rows }, (_, i) => {
        const text = vector.getItem(i);
        return typeof text === "string" ? parse(text, at + i) : Number.NaN;
      }));
    },
    finish: () => builder.finish(),
  };
}

function textMaker(expression: string, expected: number): Maker {
  const builder = new TextBuilder(expected);
  return {
    expression,
    bytes: () => builder.bytes,
    append(chunk, column, rows) {
      if (builder.far) return;
      const data = rawData(chunk, column, rows * 16);
      const validity: Uint8Array | null = duckdb.vector_get_validity(duckdb.data_chunk_get_vector(chunk.chunk, column), Math.ceil(rows / 64) * 8) ?? null;
      let vector: DuckDBVector | null = null;
      builder.append(rows, new Int32Array(data.buffer, data.byteOffset, rows * 4), validity, (row) => {
        const text = (vector ??= chunk.getColumnVector(column)).getItem(row);
        return typeof text === "string" ? text : "";
      });
    },
    finish: () => builder.finish(),
  };
}

function listMaker(expression: string): Maker {
  let parts: Float64Array[] = [];
  const sized = (part: Float64Array, rows: number) => (rows <= part.length ? part : grown(part, new Float64Array(Math.max(rows, Math.ceil(part.length * 1.5))).fill(Number.NaN)));
  return {
    expression,
    bytes: () => parts.reduce((sum, part) => sum + part.byteLength, 0),
    append(chunk, column, rows, at) {
      const vector = chunk.getColumnVector(column);
      for (let i = 0; i < rows; i++) {
        const value = vector.getItem(i);
        const items = value instanceof DuckDBListValue || value instanceof DuckDBArrayValue ? value.items : [];
        while (parts.length < items.length) parts.push(new Float64Array(at + rows).fill(Number.NaN));
        for (let k = 0; k < parts.length; k++) {
          const part = (parts[k] = sized(parts[k]!, at + rows));
          const item = items[k];
          part[at + i] = item === null || item === undefined ? Number.NaN : Number(item);
        }
      }
    },
    finish: (n) => ({ kind: "list", parts: parts.map((part) => new NumberColumn(sized(part, n).slice(0, n))) }),
  };
}
