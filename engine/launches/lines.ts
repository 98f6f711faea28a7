import { closeSync, readSync } from "node:fs";
import { openPlain, plainSize } from "../platform/filesystems.ts";
import { readLogThrough } from "./logReader.ts";
import type { LaunchFiles } from "./files.ts";
import type { StreamLine } from "./hooks.ts";

/** The most that is read at once. */
const BATCH_BYTES = 1024 * 1024;
/** A line longer than this is delivered in pieces. */
const MAX_LINE_BYTES = 256 * 1024;
const NEWLINE = 10;
const RETURN = 13;

export interface LineBatch {
  readonly lines: readonly StreamLine[];
  /** Where to read on. */
  readonly to: number;
  /** False once nothing more is there for now. */
  readonly more: boolean;
}

/** Whole lines of a file that grows, from a position on. @param final the rest counts as a line too. */
export function fileLines(file: string, from: number, final: boolean): LineBatch {
  const size = plainSize(file);
  const handle = size <= from ? null : openPlain(file);
  if (handle === null) return { lines: [], to: from, more: false };
  const bytes = Buffer.allocUnsafe(Math.min(BATCH_BYTES, size - from));
  try {
    const count = readSync(handle, bytes, 0, bytes.length, from);
    return cut(bytes.subarray(0, count), from, final && from + count >= size, from + count < size, false);
  } finally {
    closeSync(handle);
  }
}

/**
 * Whole lines of a launch's log, from a position on; what is kept no longer is passed over, and with it the halves of the lines
 * before and after it: a number cut in two would read as another number.
 */
export function logLines(files: LaunchFiles, from: number, final: boolean): LineBatch {
  const { offset, data, skipped, total } = readLogThrough(files, from, BATCH_BYTES);
  if (data.length === 0) return { lines: [], to: from, more: false };
  const end = offset + data.length;
  const beforeGap = data.length < BATCH_BYTES && end < total;
  const batch = cut(Buffer.from(data.buffer, data.byteOffset, data.length), offset, final && end >= total, end < total, true);
  const lines = skipped > 0 ? batch.lines.filter((found) => found.offset > offset) : batch.lines;
  return beforeGap ? { lines, to: end, more: true } : { ...batch, lines };
}

/** @param redrawing a carriage return alone ends a line too: a progress bar is then seen while it moves. */
function cut(bytes: Buffer, from: number, final: boolean, more: boolean, redrawing: boolean): LineBatch {
  const lines: StreamLine[] = [];
  let start = 0;
  let carriage = redrawing ? bytes.indexOf(RETURN) : -1;
  for (let end = bytes.indexOf(NEWLINE); ; ) {
    if (carriage >= 0 && (end < 0 || carriage < end - 1)) {
      // The last byte may be the first half of a line end.
      if (carriage === bytes.length - 1) break;
      lines.push({ ...line(bytes, start, carriage, from), redrawn: true });
      start = carriage + 1;
    } else if (end >= 0) {
      lines.push(line(bytes, start, end, from));
      start = end + 1;
      end = bytes.indexOf(NEWLINE, start);
    } else {
      break;
    }
    if (carriage >= 0) carriage = bytes.indexOf(RETURN, start);
  }
  // A batch without any line break would be read again and again.
  if ((final || bytes.length - start > MAX_LINE_BYTES) && start < bytes.length) {
    lines.push(line(bytes, start, bytes.length, from));
    start = bytes.length;
  }
  return { lines, to: from + start, more: more && start > 0 };
}

function line(bytes: Buffer, start: number, end: number, from: number): StreamLine {
  return { text: bytes.toString("utf8", start, bytes[end - 1] === RETURN && end > start ? end - 1 : end), offset: from + start };
}
