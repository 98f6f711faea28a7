import { type BigIntStats, constants } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";

/** What is read at once. Between two pieces the engine can do something else. */
const PIECE_BYTES = 256 * 1024;

/** Why `SourceFile.open` gave null, for people. */
export const UNREADABLE = "It cannot be read: it is no plain file, or this user may not.";

/** A plain file of a foreign source, open for reading. */
export class SourceFile {
  readonly #handle: FileHandle;
  readonly inode: number;
  /** Bytes when it was opened; what is written later is for the next look. */
  readonly size: number;
  /** UTC ms. */
  readonly modified: number;

  private constructor(handle: FileHandle, stats: BigIntStats) {
    this.#handle = handle;
    this.inode = Number(BigInt.asUintN(53, stats.ino));
    this.size = Number(stats.size);
    this.modified = Number(stats.mtimeMs);
  }

  /** @returns null where there is no plain file: a link may lead out of the source, a pipe may never answer */
  static async open(path: string): Promise<SourceFile | null> {
    try {
      if (!(await lstat(path)).isFile()) return null;
      const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
      return new SourceFile(handle, await handle.stat({ bigint: true }));
    } catch {
      return null;
    }
  }

  /** Bytes from a place on, fewer at the end; a fresh buffer. */
  async read(from: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - from));
    const bytes = Buffer.allocUnsafe(wanted);
    let count = 0;
    while (count < wanted) {
      const { bytesRead } = await this.#handle.read(bytes, count, wanted - count, from + count);
      if (bytesRead === 0) break;
      count += bytesRead;
    }
    return bytes.subarray(0, count);
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }
}

/**
 * A file read from a place on, piece by piece, of which a parser takes whole records: `bytes` is what is there and not taken yet.
 * It grows beyond a piece only as far as the parser asks for.
 */
export class Window {
  readonly #file: SourceFile;
  bytes: Buffer = Buffer.alloc(0);
  /** Of the first byte in `bytes`. */
  offset: number;

  constructor(file: SourceFile, offset: number) {
    this.#file = file;
    this.offset = offset;
  }

  /** Bytes of the file that are not in `bytes` yet. */
  get beyond(): number {
    return Math.max(0, this.#file.size - this.offset - this.bytes.length);
  }

  /** The first bytes are done with. */
  take(count: number): void {
    this.bytes = this.bytes.subarray(count);
    this.offset += count;
  }

  /** Goes on at another place. */
  jump(offset: number): void {
    this.bytes = Buffer.alloc(0);
    this.offset = offset;
  }

  /** Reads on until so many bytes are there. @returns false where the file ends before */
  async fill(wanted: number): Promise<boolean> {
    if (this.bytes.length >= wanted) return true;
    const more = await this.#file.read(this.offset + this.bytes.length, Math.max(PIECE_BYTES, wanted - this.bytes.length));
    this.bytes = this.bytes.length === 0 ? more : Buffer.concat([this.bytes, more]);
    return this.bytes.length >= wanted;
  }
}
