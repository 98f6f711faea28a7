import type { FilePlace, SourceRecord } from "../records.ts";
import { SourceFile, UNREADABLE } from "./file.ts";

/** Records of a file that belong together because they were read together. */
export interface RecordBatch {
  /** Their bytes, views. */
  readonly records: readonly Buffer[];
  /** What is wrong with the file here, in words. */
  readonly damage: string | null;
  /** Where to read on: behind the last record that is whole. */
  readonly to: number;
}

/** A format of records one behind the other, in a file that is written on while it is read. */
export interface Growing {
  /** How what is said names the file. */
  readonly name: string;
  /** Before the first record. @param state what `saved` gave at `start`; absent at a file's beginning. @returns why nothing of it can be read, or null */
  begins(file: SourceFile, start: number, state: string | undefined): Promise<string | null>;
  /** Its whole records from a place on. */
  batches(file: SourceFile, start: number): AsyncIterable<RecordBatch>;
  record(bytes: Buffer): Iterable<SourceRecord>;
  /** What follows from that no more stands in a file that was last written then (UTC ms). */
  atEnd?(modified: number): Iterable<SourceRecord>;
  /** What must be known to go on, beyond the place. */
  saved(): string;
}

/** What is new in a file since `from`, with the place up to which it was said; another file in its place is read from its beginning. */
export async function* readGrowing(of: Growing, path: string, from: FilePlace | undefined, signal: AbortSignal): AsyncGenerator<SourceRecord> {
  const problem = (reason: string): SourceRecord => ({ k: "problem", file: of.name, reason });
  const file = await SourceFile.open(path);
  if (file === null) {
    yield problem(UNREADABLE);
    return;
  }
  const { inode } = file;
  const place = (offset: number): SourceRecord => ({ k: "offset", file: of.name, inode, offset, state: of.saved() });
  try {
    const known = from?.inode === inode ? from : undefined;
    let reached = known?.offset ?? 0;
    const refusal = await of.begins(file, reached, known?.state);
    if (refusal !== null) {
      yield problem(refusal);
      return;
    }
    for await (const { records, damage, to } of of.batches(file, reached)) {
      for (const bytes of records) yield* of.record(bytes);
      if (damage !== null) yield problem(damage);
      yield place(to);
      reached = to;
      if (signal.aborted) return;
    }
    const last = [...(of.atEnd?.(file.modified) ?? [])];
    yield* last;
    if (last.length > 0) yield place(reached);
  } finally {
    await file.close();
  }
}
