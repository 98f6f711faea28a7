import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { LaunchFiles } from "./files.ts";

export interface LogLimits {
  /** The first bytes that are kept for ever. */
  readonly headBytes: number;
  /** The last bytes that are kept of what follows. */
  readonly tailBytes: number;
}

export const DEFAULT_LOG_LIMITS: LogLimits = { headBytes: 32 * 1024 * 1024, tailBytes: 32 * 1024 * 1024 };

/** log.tail begins with the number of bytes that were ever written to the ring, and the ring's size: two 64-bit integers. */
export const RING_HEADER_BYTES = 16;

/**
 * Writes what a script prints: the head into `log`, and once that is full, the rest into a ring in `log.tail`. Every call has
 * reached the system when it returns, so that killing the process loses nothing.
 */
export class LogWriter {
  readonly #files: LaunchFiles;
  readonly #limits: LogLimits;
  readonly #head: number;
  #ring: number | null = null;
  #headBytes = 0;
  #ringBytes = 0;

  constructor(files: LaunchFiles, limits: LogLimits = DEFAULT_LOG_LIMITS) {
    this.#files = files;
    this.#limits = limits;
    this.#head = openSync(files.log, "a");
    // A successor goes on where a killed runner stopped.
    this.#headBytes = fstatSync(this.#head).size;
    if (existsSync(files.logTail)) {
      this.#ring = openSync(files.logTail, "r+");
      this.#ringBytes = ringState(this.#ring).written;
    }
  }

  /** What a full disk does not take is lost; the script that printed it goes on. */
  write(data: Uint8Array): void {
    try {
      this.#write(data);
    } catch {
      // The next piece is tried again.
    }
  }

  close(): void {
    closeSync(this.#head);
    if (this.#ring !== null) closeSync(this.#ring);
  }

  #write(data: Uint8Array): void {
    const room = this.#limits.headBytes - this.#headBytes;
    if (room > 0) {
      const part = data.subarray(0, room);
      writeAll(this.#head, part, null);
      this.#headBytes += part.length;
    }
    if (data.length > room) this.#writeRing(data.subarray(Math.max(0, room)));
  }

  #writeRing(data: Uint8Array): void {
    this.#ring ??= openSync(this.#files.logTail, "w");
    const size = this.#limits.tailBytes;
    // Of a piece larger than the ring only its end will be left.
    const skip = Math.max(0, data.length - size);
    let at = this.#ringBytes + skip;
    for (let rest = data.subarray(skip); rest.length > 0; ) {
      const position = at % size;
      const part = rest.subarray(0, size - position);
      writeAll(this.#ring, part, RING_HEADER_BYTES + position);
      at += part.length;
      rest = rest.subarray(part.length);
    }
    this.#ringBytes = at;
    const header = Buffer.alloc(RING_HEADER_BYTES);
    header.writeBigUInt64BE(BigInt(at), 0);
    header.writeBigUInt64BE(BigInt(size), 8);
    writeAll(this.#ring, header, 0);
  }
}

/** Bytes ever written to a ring; 0 where its header is not whole. */
function ringState(handle: number): { readonly written: number } {
  const header = Buffer.alloc(RING_HEADER_BYTES);
  if (readSync(handle, header, 0, RING_HEADER_BYTES, 0) < RING_HEADER_BYTES) return { written: 0 };
  return { written: Number(header.readBigUInt64BE(0)) };
}

function writeAll(handle: number, data: Uint8Array, position: number | null): void {
  for (let done = 0; done < data.length; ) {
    done += writeSync(handle, data, done, data.length - done, position === null ? null : position + done);
  }
}
