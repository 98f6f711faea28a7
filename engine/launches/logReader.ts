import { closeSync, readSync } from "node:fs";
import { openPlain, plainSize } from "../platform/filesystems.ts";
import type { LaunchFiles } from "./files.ts";
import { RING_HEADER_BYTES } from "./logWriter.ts";

/** The last line is looked for in so much. */
const LAST_BYTES = 16 * 1024;

/** Where the bytes of a log stand: `[0, head)` in `log`, a lost middle, then what the ring holds. */
interface Layout {
  readonly head: number;
  readonly ringStart: number;
  readonly ringSize: number;
  readonly end: number;
}

export interface LogPart {
  /** Position of the first byte in everything that was printed. */
  readonly offset: number;
  readonly data: Uint8Array;
  /** Bytes between the asked position and `offset` that are kept no longer. */
  readonly skipped: number;
  /** Bytes printed so far. */
  readonly total: number;
}

/** Bytes that were printed so far. */
export function logSize(files: LaunchFiles): number {
  return layout(files).end;
}

/** Reads at most `maxBytes` from a position on; a position in the lost middle moves to where the log goes on. */
export function readLog(files: LaunchFiles, offset: number, maxBytes: number): LogPart {
  const at = layout(files);
  const from = offset >= at.head && offset < at.ringStart ? at.ringStart : Math.min(Math.max(0, offset), at.end);
  const skipped = Math.max(0, from - offset);
  if (from < at.head) return { offset: from, data: readAt(files.log, from, Math.min(maxBytes, at.head - from)), skipped, total: at.end };
  // At most up to the ring's seam: the caller asks again for the rest.
  const position = (from - at.head) % at.ringSize;
  const length = Math.min(maxBytes, at.end - from, at.ringSize - position);
  const data = readAt(files.logTail, RING_HEADER_BYTES + position, length);
  // The writer may have come round meanwhile; then these are other bytes than the ones asked for.
  const after = layout(files);
  if (after.ringStart > from) return readLog(files, offset, maxBytes);
  return { offset: from, data, skipped, total: after.end };
}

/**
 * Like `readLog`, on across the head's end and the ring's seam, which cut a read short: what comes back ends before `maxBytes` only
 * where nothing more was printed or where the next bytes are kept no longer (then `total` is beyond its end).
 */
export function readLogThrough(files: LaunchFiles, offset: number, maxBytes: number): LogPart {
  let part = readLog(files, offset, maxBytes);
  while (part.data.length > 0 && part.data.length < maxBytes && part.offset + part.data.length < part.total) {
    const next = readLog(files, part.offset + part.data.length, maxBytes - part.data.length);
    if (next.skipped > 0 || next.data.length === 0) break;
    part = { ...part, data: Buffer.concat([part.data, next.data]), total: next.total };
  }
  return part;
}

/** The last line of a log that holds anything visible, without colour codes, at most `maxLength` characters. */
export function lastLine(files: LaunchFiles, maxLength = 400): string | null {
  let part = readLogThrough(files, Math.max(0, logSize(files) - LAST_BYTES), LAST_BYTES);
  const next = readLogThrough(files, part.offset + part.data.length, LAST_BYTES);
  // The first read ended where bytes were lost: the last line comes after them.
  if (next.skipped > 0) part = next;
  const text = new TextDecoder().decode(part.data);
  // oxlint-disable-next-line no-control-regex -- terminal control sequences begin with ESC
  const plain = text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "");
  const lines = plain.split(/\r?\n|\r/).map((line) => line.trim());
  return lines.findLast((line) => line !== "")?.slice(0, maxLength) ?? null;
}

function layout(files: LaunchFiles): Layout {
  const head = plainSize(files.log);
  const header = readAt(files.logTail, 0, RING_HEADER_BYTES);
  if (header.length < RING_HEADER_BYTES) return { head, ringStart: head, ringSize: 1, end: head };
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const written = Number(view.getBigUint64(0));
  const ringSize = Math.max(1, Number(view.getBigUint64(8)));
  const end = head + written;
  // The oldest eighth counts as lost: the writer may be replacing it while it is read.
  return { head, ringStart: written <= ringSize ? head : end - (ringSize - (ringSize >> 3)), ringSize, end };
}

function readAt(file: string, position: number, length: number): Uint8Array {
  if (length <= 0) return new Uint8Array(0);
  const handle = openPlain(file);
  if (handle === null) return new Uint8Array(0);
  try {
    const buffer = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(handle, buffer, done, length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return buffer.subarray(0, done);
  } finally {
    closeSync(handle);
  }
}
