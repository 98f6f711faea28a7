import { LineCounter, type Scalar } from "yaml";
import type { TextRange } from "../api/config.ts";

/** Turns offsets of a text into lines and columns. */
export class Places {
  readonly text: string;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.text = text;
    this.#lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lines.addNewLine(at + 1);
  }

  range(from: number, to: number): TextRange {
    const start = this.#lines.linePos(from);
    const end = this.#lines.linePos(Math.max(from, to));
    return { offset: from, length: Math.max(0, to - from), line: start.line, column: start.col, endLine: end.line, endColumn: end.col };
  }
}

/**
 * For each UTF-16 unit of a scalar's value, where in the file it was written, and the end: through quotes, escapes, folded lines
 * and block indentation.
 */
export function writtenAt(text: string, scalar: Scalar): readonly number[] {
  const value = String(scalar.value);
  const [start, end] = scalar.range ?? [0, 0];
  const source = scalar.type;
  let at = start;
  if (source === "QUOTE_DOUBLE" || source === "QUOTE_SINGLE") at += 1;
  else if (source === "BLOCK_LITERAL" || source === "BLOCK_FOLDED") at = text.indexOf("\n", start) + 1;
  const offsets: number[] = [];
  for (const unit of value.split("")) {
    if (/\s/.test(unit)) {
      offsets.push(at);
      const gap = /^\s+/.exec(text.slice(at, end))?.[0] ?? "";
      // A fold or a block's indentation is one unit of the value for several of the file.
      at += /[\r\n]/.test(gap) ? gap.length : gap === "" ? 0 : 1;
      continue;
    }
    while (at < end && text[at] !== unit && /\s/.test(text[at] ?? "")) at += 1;
    if (source === "QUOTE_DOUBLE" && text[at] === "\\") {
      offsets.push(at);
      at += /^\\(x..|u....|U........|.)/s.exec(text.slice(at, end))?.[0].length ?? 1;
      continue;
    }
    offsets.push(Math.min(at, end));
    at += source === "QUOTE_SINGLE" && unit === "'" ? 2 : 1;
  }
  offsets.push(Math.min(at, end));
  return offsets;
}
