import { crc32 } from "node:zlib";
import { type SourceFile, Window } from "../bytes/file.ts";
import type { RecordBatch } from "../bytes/growing.ts";

/** A block of the log; fragments do not cross its end, and after damage reading goes on at the next one. */
const BLOCK_BYTES = 32 * 1024;
const HEAD_BYTES = 7;
/** ":W&B", 0xBEE1, version 0. */
export const LOG_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);
const MOST_RECORD_BYTES = 64 * 1024 * 1024;
/** Fragment types; 3 stands between a first and a last one. */
const [FULL, FIRST, LAST] = [1, 2, 4] as const; // SAFETY: each a constant.

/**
 * The records of a `.wandb` file from a place on. It is LevelDB's log format (github.com/google/leveldb, doc/log_format.md) with the
 * header above and zlib's CRC-32 over type and data. An unfinished last record is no damage: its writer is not done.
 */
export async function* logRecords(file: SourceFile, from: number): AsyncGenerator<RecordBatch> {
  const reader = new LogReader(new Window(file, Math.max(from, LOG_HEADER.length)));
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) yield batch;
}

class LogReader {
  readonly #window: Window;
  /** Fragments of a record whose last one was not read yet; null between records and where the first one is missing. */
  #parts: Buffer[] | null = null;
  #partBytes = 0;
  /** After damage: everything up to the next beginning of a record belongs to one that is lost. */
  #lost = false;
  #begin: number;

  constructor(window: Window) {
    this.#window = window;
    this.#begin = window.offset;
  }

  /** What a piece of the file holds; null at the end. */
  async next(): Promise<RecordBatch | null> {
    for (;;) {
      const { records, damage, needed } = this.#cut();
      if (records.length > 0 || damage !== null) return { records, damage, to: this.#begin };
      if (!(await this.#window.fill(needed))) return null;
    }
  }

  #cut(): { records: Buffer[]; damage: string | null; needed: number } {
    const { bytes, offset } = this.#window;
    const records: Buffer[] = [];
    let damage: string | null = null;
    let needed = HEAD_BYTES;
    let at = 0;
    while (damage === null) {
      const left = BLOCK_BYTES - ((offset + at) % BLOCK_BYTES);
      const isTrailer = left < HEAD_BYTES;
      needed = isTrailer ? left : HEAD_BYTES;
      if (bytes.length - at < needed) break;
      if (!isTrailer) {
        const length = bytes.readUInt16LE(at + 4);
        needed = HEAD_BYTES + length;
        const wrong = this.#wrong(bytes, at, left);
        if (wrong === "unwritten") break;
        if (wrong !== null) {
          // The next block may not be there yet: then this place is looked at again.
          needed = left;
          if (bytes.length - at < left) break;
          damage = `It is damaged at byte ${offset + at}: ${wrong}. ${left} bytes were passed over.`;
          this.#drop();
        } else {
          if (bytes.length - at < needed) break;
          damage = this.#fragment(bytes.subarray(at + HEAD_BYTES, at + needed), bytes[at + 6] ?? 0, offset + at, records);
        }
      }
      at += needed;
      if (this.#parts === null) this.#begin = offset + at;
    }
    this.#window.take(at);
    return { records, damage, needed };
  }

  /** Why no fragment stands here; null where one does, or could once all of it is there. `unwritten`: zeros, as a file made longer in advance has. */
  #wrong(bytes: Buffer, at: number, left: number): string | null {
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes[at + 6] ?? 0;
    if (type === 0 && length === 0 && bytes.readUInt32LE(at) === 0) return bytes.subarray(at, at + left).some((byte) => byte !== 0) ? "no record stands there" : "unwritten";
    if (length > left - HEAD_BYTES) return "a record is longer than its block";
    if (type < FULL || type > LAST) return `${type} is no kind of record`;
    const end = at + HEAD_BYTES + length;
    if (end > bytes.length) return null;
    return crc32(bytes.subarray(at + 6, end)) === bytes.readUInt32LE(at) ? null : "the checksum of a record is wrong";
  }

  /** @returns what is wrong with it */
  #fragment(data: Buffer, type: number, at: number, records: Buffer[]): string | null {
    if (type === FULL || type === FIRST) {
      const unfinished = this.#parts !== null;
      this.#drop();
      this.#lost = false;
      if (type === FULL) records.push(data);
      else {
        this.#parts = [data];
        this.#partBytes = data.length;
        this.#begin = at;
      }
      return unfinished ? `The record before byte ${at} has no end.` : null;
    }
    if (this.#parts === null) {
      const known = this.#lost;
      this.#lost = true;
      return known ? null : `The record that ends after byte ${at} has no beginning.`;
    }
    this.#parts.push(data);
    this.#partBytes += data.length;
    if (this.#partBytes > MOST_RECORD_BYTES) {
      this.#drop();
      return `A record before byte ${at} is longer than what is read.`;
    }
    if (type === LAST) {
      records.push(Buffer.concat(this.#parts));
      this.#parts = null;
    }
    return null;
  }

  #drop(): void {
    this.#lost = true;
    this.#parts = null;
    this.#partBytes = 0;
  }
}
