import { type SourceFile, Window } from "../bytes/file.ts";
import { maskedCrc32c } from "../bytes/crc32c.ts";
import type { RecordBatch } from "../bytes/growing.ts";

/** Longer records are passed over: nobody logs one, and it would have to be held whole. */
const MOST_RECORD_BYTES = 64 * 1024 * 1024;
const HEAD_BYTES = 12;
const FRAME_BYTES = HEAD_BYTES + 4;

/**
 * The records of a TFRecord file from a place on: length (uint64), masked CRC-32C of it, bytes, masked CRC-32C of them; all little
 * endian (tensorflow/core/lib/io/record_writer.h). An unfinished last record is no damage: its writer is not done. After damage the
 * next whole record is looked for; where none is, the place stays, so that the next look begins there again.
 */
export async function* frames(file: SourceFile, from: number): AsyncGenerator<RecordBatch> {
  const window = new Window(file, from);
  for (;;) {
    const { records, damage, needed, broken } = cut(window);
    if (records.length > 0 || damage !== null) yield { records, damage, to: window.offset };
    if (broken) {
      const at = window.offset;
      if (!(await findHead(window))) {
        yield { records: [], damage: `It is damaged at byte ${at}: the checksum of a record's length is wrong, and no whole record follows.`, to: at };
        return;
      }
      yield { records: [], damage: `It is damaged at byte ${at}: ${window.offset - at} bytes were passed over.`, to: window.offset };
    } else if (needed > MOST_RECORD_BYTES + FRAME_BYTES) {
      if (needed > window.bytes.length + window.beyond) return;
      yield { records: [], damage: `A record of ${needed - FRAME_BYTES} bytes at byte ${window.offset} is longer than what is read.`, to: window.offset + needed };
      window.jump(window.offset + needed);
    } else if (!(await window.fill(needed))) {
      return;
    }
  }
}

/** Takes whole records out of the window. `needed`: so many bytes the next one has; `broken`: what stands there is no record. */
function cut(window: Window): { records: Buffer[]; damage: string | null; needed: number; broken: boolean } {
  const { bytes, offset } = window;
  const records: Buffer[] = [];
  const damages: string[] = [];
  let at = 0;
  let needed = HEAD_BYTES;
  let broken = false;
  while (bytes.length - at >= HEAD_BYTES) {
    if (!isHead(bytes, at)) {
      broken = true;
      break;
    }
    const length = bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
    needed = length + FRAME_BYTES;
    if (bytes.length - at < needed) break;
    const end = at + HEAD_BYTES + length;
    if (maskedCrc32c(bytes, at + HEAD_BYTES, end) === bytes.readUInt32LE(end)) records.push(bytes.subarray(at + HEAD_BYTES, end));
    else damages.push(`The checksum of the record at byte ${offset + at} is wrong.`);
    at += needed;
    needed = HEAD_BYTES;
  }
  window.take(at);
  return { records, damage: damages.length === 0 ? null : damages.length === 1 ? (damages[0] ?? null) : `${damages[0]} So are those of ${damages.length - 1} later ones.`, needed, broken };
}

function isHead(bytes: Buffer, at: number): boolean {
  return maskedCrc32c(bytes, at, at + 8) === bytes.readUInt32LE(at + 8);
}

/** Moves the window on to the next place that can be a record's beginning. @returns false, with the window at the end, where there is none */
async function findHead(window: Window): Promise<boolean> {
  window.take(1);
  for (;;) {
    const last = window.bytes.length - HEAD_BYTES;
    for (let at = 0; at <= last; at++) {
      if (!isHead(window.bytes, at)) continue;
      window.take(at);
      return true;
    }
    window.take(Math.max(0, last + 1));
    if (!(await window.fill(HEAD_BYTES))) return false;
  }
}
