import { TouchstoneError, type ErrorShape } from "../api/tokens.ts";

/** A message of the reader, put into a person's words with file and line. */
export function readingError(cause: unknown, path: string): TouchstoneError {
  if (cause instanceof TouchstoneError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/^INTERRUPT Error/.test(text)) return new TouchstoneError({ code: "CANCELLED", message: "Reading was cancelled.", file: path });
  const shape = csvError(text, path) ?? jsonError(text, path) ?? fileError(text, path);
  return new TouchstoneError(shape);
}

function csvError(text: string, path: string): ErrorShape | null {
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  if (line === undefined) return null;
  if (/Invalid unicode/.test(text)) return notUtf8(path, Number(line));
  const original = /Original Line:\s*(.*)/.exec(text)?.[1]?.slice(0, 120);
  const convert = /Error when converting column "(.+?)"\. Could not convert string "(.*?)" to '?([A-Z]+)/.exec(text);
  const expected = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  const what = convert
    ? `Column "${convert[1]}" holds numbers, but "${convert[2]}" stands on line ${line}.`
    : expected
      ? `Line ${line} has ${expected[2]} cells where the header has ${expected[1]}.`
      : `Line ${line} cannot be read as a row of this file${original === undefined ? "." : `: ${original}`}`;
  return { code: convert ? "MIXED_TYPES" : "BAD_ROW", message: what, file: path, line: Number(line), hint: "Correct that line, or write the file again." };
}

function jsonError(text: string, path: string): ErrorShape | null {
  const record = /in file .*? in (line|record\/value) (\d+): ?(.*)/s.exec(text);
  if (!record) return null;
  // DuckDB 1.5 counts the line after the one that it could not parse.
  const line = Number(record[2]) - (record[1] === "line" ? 1 : 0);
  const reason = (record[3] ?? "").split("\n")[0]?.trim();
  if (reason?.includes("UTF-8")) return notUtf8(path, line);
  return { code: "BAD_ROW", message: `Line ${line} is not a JSON object: ${reason}`, file: path, line, hint: "A JSONL file holds one JSON object a line." };
}

/** A text file in another encoding. */
export function notUtf8(path: string, line: number): ErrorShape {
  return { code: "ENCODING", message: `Line ${line} is not UTF-8 text.`, file: path, line, hint: "Save the file as UTF-8 (pandas and polars write it by default)." };
}

function fileError(text: string, path: string): ErrorShape {
  if (/No magic bytes found at end|Footer length|too small to be a Parquet file|TProtocolException|Snappy|GZIP|ZSTD/i.test(text)) {
    return { code: "UNREADABLE", message: "The Parquet file is damaged or cut off: its end cannot be read.", file: path, hint: "Did the script that writes it finish, and was all of it copied?" };
  }
  if (/memory/i.test(text) && /out of|allocate/i.test(text)) {
    return { code: "TOO_LARGE", message: "The file does not fit into the memory that reading may use.", file: path, hint: "Leave columns out, or write it as Parquet." };
  }
  return { code: "UNREADABLE", message: `The file cannot be read: ${text.split("\n")[0]}`, file: path, hint: "CSV, TSV, Parquet and JSONL files can be evaluated." };
}

/** The position (0 means the first) and line that a conversion failed at, so that the column can be read as text instead. */
export function failedColumn(cause: unknown): string | null {
  const text = cause instanceof Error ? cause.message : "";
  return /Error when converting column "(.+?)"\. Could not convert/.exec(text)?.[1] ?? null;
}
