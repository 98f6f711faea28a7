import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reader } from "./reader.ts";
import type { FilePlace, SourceRecord } from "./records.ts";

/** Recorded folders of foreign tools, each with the script that made it. */
export const fixtures = join(import.meta.dirname, "..", "..", "test", "fixtures", "importers");

/** All that a reader says. */
export async function recordsOf(reader: Reader, path: string, from: ReadonlyMap<string, FilePlace> = new Map()): Promise<SourceRecord[]> {
  const found: SourceRecord[] = [];
  for await (const record of reader.read(path, from, { signal: new AbortController().signal })) found.push(record);
  return found;
}

/** Records of one kind. */
export function of<K extends SourceRecord["k"]>(records: readonly SourceRecord[], kind: K): Extract<SourceRecord, { k: K }>[] {
  return records.filter((record): record is Extract<SourceRecord, { k: K }> => record.k === kind);
}

/** Where a follower goes on after these records. */
export function placesOf(records: readonly SourceRecord[]): Map<string, FilePlace> {
  return new Map(of(records, "offset").map(({ file, inode, offset, state }) => [file, { inode, offset, ...(state === undefined ? {} : { state }) }]));
}

/** Run → key → [step, value, time] in the order in which they were said. */
export function curvesOf(records: readonly SourceRecord[]): Record<string, Record<string, [number, number, number][]>> {
  const curves: Record<string, Record<string, [number, number, number][]>> = {};
  for (const { run, key, step, value, time } of of(records, "metric")) ((curves[run] ??= {})[key] ??= []).push([step, value, time]);
  return curves;
}

/** A folder of a test's own, removed when the test's process ends. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-import-"));
  if (own.length === 0) process.on("exit", () => own.forEach((path) => rmSync(path, { recursive: true, force: true })));
  own.push(folder);
  return folder;
}

const own: string[] = [];
