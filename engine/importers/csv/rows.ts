import { type SourceFile, Window } from "../bytes/file.ts";

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
/** A longer line is no line of metrics. */
const MOST_LINE_BYTES = 1024 * 1024;

export interface Row {
  /** 1-based line on which it begins. */
  readonly line: number;
  /** Byte behind it. */
  readonly to: number;
  /** Its text without the line break; null where it is too long, and was passed over. */
  readonly text: string | null;
}

/**
 * Rows of delimited text from a place on, as RFC 4180 has them: a quoted cell may hold line breaks. What stands behind the last line
 * break is a row of which a part may be missing: it is given only if `unfinished` says so.
 */
export async function* rowsOf(file: SourceFile, from: { readonly offset: number; readonly line: number }, unfinished: boolean): AsyncGenerator<Row> {
  const window = new Window(file, from.offset);
  let line = from.line;
  for (;;) {
    // Scanned without a copy: rows are views until they are texts.
    const { bytes } = window;
    const quotes = { next: bytes.indexOf(QUOTE) };
    let at = 0;
    for (let end = rowEnd(bytes, at, quotes); end.at >= 0; end = rowEnd(bytes, at, quotes)) {
      yield { line, to: window.offset + end.at + 1, text: cut(bytes, at, end.at) };
      line += end.lines;
      at = end.at + 1;
    }
    window.take(at);
    if (window.beyond === 0) break;
    if (window.bytes.length > MOST_LINE_BYTES) {
      const begin = line;
      line += await skipLine(window);
      yield { line: begin, to: window.offset, text: null };
      continue;
    }
    await window.fill(window.bytes.length + 1);
  }
  if (unfinished && window.bytes.length > 0) yield { line, to: window.offset + window.bytes.length, text: cut(window.bytes, 0, window.bytes.length) };
}

/** Where the row that begins at `from` ends, at its line break, and how many lines it has; -1 where it does not. `quotes.next` is not before it. */
function rowEnd(bytes: Buffer, from: number, quotes: { next: number }): { at: number; lines: number } {
  let quoted = false;
  let lines = 1;
  for (let end = bytes.indexOf(NEWLINE, from); end >= 0; end = bytes.indexOf(NEWLINE, end + 1)) {
    // Quotes come in pairs within a cell; a doubled one is two that follow each other.
    for (; quotes.next >= 0 && quotes.next < end; quotes.next = bytes.indexOf(QUOTE, quotes.next + 1)) quoted = !quoted;
    if (!quoted) return { at: end, lines };
    lines++;
  }
  return { at: -1, lines };
}

/** Moves behind the next line break, or to the end. @returns how many lines were passed: 1 */
async function skipLine(window: Window): Promise<number> {
  for (;;) {
    const end = window.bytes.indexOf(NEWLINE);
    window.take(end < 0 ? window.bytes.length : end + 1);
    if (end >= 0 || window.beyond === 0) return 1;
    await window.fill(1);
  }
}

function cut(bytes: Buffer, start: number, end: number): string | null {
  if (end - start > MOST_LINE_BYTES) return null;
  return bytes.toString("utf8", start, end > start && bytes[end - 1] === RETURN ? end - 1 : end);
}

/** The cells of a row. */
export function cellsOf(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] === '"') {
      let cell = "";
      let from = at + 1;
      let end = text.indexOf('"', from);
      while (end >= 0 && text[end + 1] === '"') {
        cell += text.slice(from, end + 1);
        from = end + 2;
        end = text.indexOf('"', from);
      }
      const close = end < 0 ? text.length : end;
      cell += text.slice(from, close);
      const next = text.indexOf(delimiter, close + 1);
      cells.push(cell + text.slice(close + 1, next < 0 ? text.length : next));
      at = next < 0 ? text.length + 1 : next + 1;
    } else {
      const next = text.indexOf(delimiter, at);
      cells.push(text.slice(at, next < 0 ? text.length : next));
      at = next < 0 ? text.length + 1 : next + 1;
    }
  }
  return cells;
}

/** The delimiter that a header uses most; a comma where it uses none. */
export function delimiterOf(header: string): string {
  let best = ",";
  let most = 1;
  for (const delimiter of [",", "\t", ";", "|"]) {
    const count = cellsOf(header, delimiter).length;
    if (count > most) [best, most] = [delimiter, count];
  }
  return best;
}
