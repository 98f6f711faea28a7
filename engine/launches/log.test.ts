import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createRandom } from "../statistics/random.ts";
import { filesIn, readExit } from "./files.ts";
import type { StreamLine } from "./hooks.ts";
import { fileLines, logLines } from "./lines.ts";
import { lastLine, logSize, readLog } from "./logReader.ts";
import { LogWriter } from "./logWriter.ts";

const root = mkdtempSync(join(tmpdir(), "touchstone-log-"));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = () => filesIn(mkdtempSync(join(root, `${count++}-`)));

/** Everything that can be read from the start on, with the position of each piece. */
function readAll(files: ReturnType<typeof fresh>): { offset: number; data: Uint8Array }[] {
  const parts: { offset: number; data: Uint8Array }[] = [];
  for (let at = 0; ; ) {
    const part = readLog(files, at, 777);
    if (part.data.length === 0) return parts;
    parts.push(part);
    at = part.offset + part.data.length;
  }
}

test("an endless log keeps head and tail, each byte at its place; a successor goes on where a killed writer stopped", () => {
  const random = createRandom(3);
  const files = fresh();
  const limits = { headBytes: 5000, tailBytes: 4096 };
  let writer = new LogWriter(files, limits);
  const all: number[] = [];
  for (let i = 0; i < 400; i++) {
    const piece = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
    writer.write(piece);
    all.push(...piece);
    if (i % 60 === 59) writer = new LogWriter(files, limits);
    if (i % 40 !== 39) continue;
    assert.equal(logSize(files), all.length);
    for (const { offset, data } of readAll(files)) assert.deepEqual([...data], all.slice(offset, offset + data.length));
  }
  const parts = readAll(files);
  const kept = parts.reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(kept >= 5000 + 3000 && kept <= 5000 + 4096);
  assert.equal((parts.at(-1)?.offset ?? 0) + (parts.at(-1)?.data.length ?? 0), all.length);
  const lost = readLog(files, 5000, 10);
  assert.equal(lost.offset - lost.skipped, 5000);
});

test("lines come whole and once, whatever the pieces were; the rest counts at the end", () => {
  const files = fresh();
  const writer = new LogWriter(files);
  writer.write(Buffer.from("epoch 1 loss 0.5\r\nepo"));
  const first = logLines(files, 0, false);
  assert.deepEqual(first, { lines: [{ text: "epoch 1 loss 0.5", offset: 0 }], to: 18, more: false });
  assert.deepEqual(logLines(files, first.to, false).lines, []);
  writer.write(Buffer.from("ch 2 ä\nlast"));
  assert.deepEqual(logLines(files, first.to, true).lines, [
    { text: "epoch 2 ä", offset: 18 },
    { text: "last", offset: 29 },
  ]);
});

test("the last line is what a person reads last, without colours and overwritten progress", () => {
  const files = fresh();
  new LogWriter(files).write(Buffer.from("start\n\u001b[31mValueError: bad\u001b[0m\r\n 10%\r 20%\r\n\n"));
  assert.equal(lastLine(files), "20%");
  const empty = fresh();
  assert.equal(lastLine(empty), null);
});

/** Lines as the launch's reader takes them, from a position on until nothing more is there. */
function linesFrom(files: ReturnType<typeof fresh>, from: number, final: boolean): { lines: StreamLine[]; to: number } {
  const lines: StreamLine[] = [];
  for (let at = from; ; ) {
    const batch = logLines(files, at, final);
    lines.push(...batch.lines);
    if (batch.to === at || !batch.more) return { lines, to: batch.to };
    at = batch.to;
  }
}

test("a line across the head's end or the ring's seam is one line, and reading goes on after it", () => {
  const files = fresh();
  const writer = new LogWriter(files, { headBytes: 50, tailBytes: 128 });
  const printed: string[] = [];
  const seen: string[] = [];
  let at = 0;
  for (let step = 100; step < 200; step++) {
    printed.push(`step ${step} loss=${step / 7}`);
    writer.write(Buffer.from(`${printed.at(-1)}\n`));
    const { lines, to } = linesFrom(files, at, false);
    seen.push(...lines.map(({ text }) => text));
    at = to;
    assert.equal(lastLine(files), printed.at(-1));
  }
  assert.deepEqual(seen, printed);
});

test("read afterwards, every kept line of a log beyond its limits comes whole; halves beside the lost middle are no lines", () => {
  const files = fresh();
  const writer = new LogWriter(files, { headBytes: 50, tailBytes: 128 });
  const printed = Array.from({ length: 100 }, (_, step) => `step ${step} loss=0.${1000 + step}`);
  for (const text of printed) writer.write(Buffer.from(`${text}\n`));
  const texts = linesFrom(files, 0, true).lines.map(({ text }) => text);
  assert.deepEqual(texts.slice(0, 2), printed.slice(0, 2));
  assert.ok(texts.length >= 2 + 4);
  assert.deepEqual(texts.slice(2), printed.slice(2 - texts.length));
});

test("the last line of a log whose end lies right after a lost middle is its own", () => {
  const files = fresh();
  const writer = new LogWriter(files, { headBytes: 50, tailBytes: 128 });
  for (let step = 0; step < 40; step++) writer.write(Buffer.from(`step ${step}\n`));
  assert.equal(lastLine(files), "step 39");
});

test("a log that is a link to another file, or a pipe, is not read: somebody may have planted it", () => {
  const files = fresh();
  const other = join(files.folder, "secret");
  writeFileSync(other, '{"end":1}\n');
  for (const file of [files.log, files.logTail, files.events, files.exit]) symlinkSync(other, file);
  const nothing = () => [logSize(files), readLog(files, 0, 100).data.length, lastLine(files), fileLines(files.events, 0, true).lines, readExit(files)];
  assert.deepEqual(nothing(), [0, 0, null, [], null]);
  if (process.platform === "win32") return;
  for (const file of [files.log, files.logTail, files.events, files.exit]) {
    rmSync(file);
    execFileSync("sh", ["-c", "mkfifo \"$0\"", file]);
  }
  assert.deepEqual(nothing(), [0, 0, null, [], null]);
});
