import assert from "node:assert/strict";
import { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { FilePlace, SourceRecord } from "../records.ts";
import { ownFolder } from "../records.fixture.ts";
import { type Growing, readGrowing, type RecordBatch } from "./growing.ts";

const signal = new AbortController().signal;

/** A format of lines; `?` is damage, `!` at the beginning is no such file. Each line is said with its number, which only the state knows. */
class Lines implements Growing {
  readonly name = "lines.log";
  #count = 0;
  #ended = false;

  async begins(file: Parameters<Growing["begins"]>[0], start: number, state: string | undefined): Promise<string | null> {
    this.#count = Number(state ?? 0);
    return start === 0 && (await file.read(0, 1)).toString() === "!" ? "No lines." : null;
  }

  async *batches(file: Parameters<Growing["batches"]>[0], start: number): AsyncGenerator<RecordBatch> {
    let to = start;
    for (const line of (await file.read(start, file.size - start)).toString().split("\n").slice(0, -1)) {
      to += line.length + 1;
      yield line === "?" ? { records: [], damage: `Damaged before byte ${to}.`, to } : { records: [Buffer.from(line)], damage: null, to };
    }
  }

  *record(bytes: Buffer): Generator<SourceRecord> {
    this.#ended = bytes.toString() === "end";
    yield { k: "param", run: ".", key: String(this.#count++), value: bytes.toString() };
  }

  *atEnd(): Generator<SourceRecord> {
    if (this.#ended) yield { k: "run", run: ".", status: "finished" };
  }

  saved(): string {
    return String(this.#count);
  }
}

/** What a look says, in short, and the place that it left. */
async function look(path: string, from?: FilePlace, ended = signal): Promise<{ readonly said: readonly string[]; readonly place: FilePlace | undefined }> {
  const said: string[] = [];
  let place: FilePlace | undefined;
  for await (const record of readGrowing(new Lines(), path, from, ended)) {
    if (record.k === "offset") place = record;
    said.push(record.k === "param" ? `${record.key}=${record.value}` : record.k === "problem" ? record.reason : record.k === "offset" ? `@${record.offset}` : record.k);
  }
  return { said, place };
}

test("a file that grows is said once: what is whole, what is damaged, and the place with what must be known to go on", async () => {
  const path = join(ownFolder(), "lines.log");
  writeFileSync(path, "a\n?\nb\nha");
  const first = await look(path);
  assert.deepEqual(first.said, ["0=a", "@2", "Damaged before byte 4.", "@4", "1=b", "@6"]);
  assert.deepEqual((await look(path, first.place)).said, []);
  appendFileSync(path, "lf\nend\n");
  const second = await look(path, first.place);
  assert.deepEqual(second.said, ["2=half", "@11", "3=end", "@15", "run", "@15"]);
  assert.equal(second.place?.state, "4");
});

test("another file in its place is read from its beginning, and without what was known of the one before", async () => {
  const folder = ownFolder();
  const path = join(folder, "lines.log");
  writeFileSync(path, "a\nb\n");
  const { place } = await look(path);
  writeFileSync(join(folder, "new"), "c\nd\n");
  renameSync(join(folder, "new"), path);
  assert.deepEqual((await look(path, place)).said, ["0=c", "@2", "1=d", "@4"]);
});

test("what cannot be read is a problem, and a look that is ended leaves the place up to which it came", async () => {
  const folder = ownFolder();
  const path = join(folder, "lines.log");
  const unreadable = "It cannot be read: it is no plain file, or this user may not.";
  assert.deepEqual((await look(path)).said, [unreadable]);
  writeFileSync(join(folder, "real"), "a\n");
  symlinkSync(join(folder, "real"), path);
  assert.deepEqual((await look(path)).said, [unreadable]);
  rmSync(path);
  writeFileSync(path, "!a\n");
  assert.deepEqual((await look(path)).said, ["No lines."]);
  writeFileSync(path, "a\nend\n");
  assert.deepEqual((await look(path, undefined, AbortSignal.abort())).said, ["0=a", "@2"]);
});
