import { createHash } from "node:crypto";
import { SourceFile, UNREADABLE } from "../bytes/file.ts";
import type { FilePlace, SourceRecord } from "../records.ts";
import { isKey, isStep, isTime } from "../valid.ts";
import { type Columns, numberIn, timeIn } from "./columns.ts";
import { cellsOf, delimiterOf, rowsOf } from "./rows.ts";

/** A last line without a line break is whole once the file has rested so long. */
const RESTED_MS = 60_000;
const ROWS_A_PLACE = 1_000;
const MOST_COLUMNS = 20_000;
const MOST_TOLD = 20;

export interface MetricsFile {
  /** Absolute. */
  readonly path: string;
  /** How records name the file. */
  readonly name: string;
  readonly run: string;
  columns(header: readonly string[]): Columns;
}

/** What a follower must know beyond the offset. */
interface State {
  /** Rows that were said. A logger that writes its file anew with more columns (Lightning's) keeps their order. */
  rows: number;
  line: number;
  header: string;
  /** Of the first row's names and values: another training in the same place begins otherwise. */
  first: string;
}

/**
 * What is new in a delimited file of metrics. Rows without a time are as old as the file was when they were first seen: said once, they
 * stay so.
 */
export async function* readMetrics(source: MetricsFile, from: FilePlace | undefined, signal: AbortSignal): AsyncGenerator<SourceRecord> {
  const file = await SourceFile.open(source.path);
  if (file === null) {
    yield { k: "problem", file: source.name, reason: UNREADABLE };
    return;
  }
  try {
    yield* new Follower(source, file).read(from, signal);
  } finally {
    await file.close();
  }
}

class Follower {
  readonly #source: MetricsFile;
  readonly #file: SourceFile;
  readonly #told = new Set<string>();
  #delimiter = ",";
  #header: readonly string[] = [];
  #columns: Columns = { step: -1, time: -1, run: -1, key: -1, values: [] };

  constructor(source: MetricsFile, file: SourceFile) {
    this.#source = source;
    this.#file = file;
  }

  async *read(from: FilePlace | undefined, signal: AbortSignal): AsyncGenerator<SourceRecord> {
    const file = this.#file;
    const rested = Date.now() - file.modified > RESTED_MS;
    const beginning = await this.#beginning(rested);
    if (beginning === null) return;
    const before: State | null = from?.state === undefined ? null : JSON.parse(from.state);
    const same = before !== null && before.first === beginning.first;
    const goesOn = same && from?.inode === file.inode && before.header === beginning.header && from.offset <= file.size;
    if (before !== null && !same && before.first !== "") yield this.#problem("Another training was written in its place: what it held before stays, what it holds now is taken in too.");
    const state: State = goesOn ? { ...before } : { rows: 0, line: beginning.line, header: beginning.header, first: beginning.first };
    let skip = same && !goesOn ? before.rows : 0;
    // A place without a state: what stands before it is somebody else's.
    const silent = from !== undefined && before === null ? from.offset : 0;
    let offset = goesOn ? from.offset : beginning.to;
    let said = 0;
    for await (const { line, to, text } of rowsOf(file, { offset, line: state.line }, rested)) {
      if (signal.aborted) break;
      if (text === null) yield this.#problem("The line is too long for one of metrics: it was passed over.", line);
      else if (text.trim() !== "") {
        if (skip > 0) skip--;
        else if (to > silent) yield* this.#row(text, line, state.rows);
        state.rows++;
      }
      offset = to;
      state.line = line + 1;
      if (++said % ROWS_A_PLACE === 0) yield this.#place(offset, state);
    }
    yield this.#place(offset, state);
  }

  /** Header and first row; null before there is a header. */
  async #beginning(rested: boolean): Promise<{ header: string; first: string; to: number; line: number } | null> {
    let found: { header: string; first: string; to: number; line: number } | null = null;
    for await (const { text, to, line } of rowsOf(this.#file, { offset: 0, line: 1 }, rested)) {
      if (text === null || text.trim() === "") continue;
      if (found === null) {
        const header = text.replace(/^\uFEFF/, "");
        this.#delimiter = delimiterOf(header);
        this.#header = cellsOf(header, this.#delimiter).slice(0, MOST_COLUMNS);
        this.#columns = this.#source.columns(this.#header);
        found = { header, first: "", to, line: line + 1 };
      } else {
        const cells = cellsOf(text, this.#delimiter);
        const pairs = this.#header.flatMap((name, index) => (numberIn(cells[index] ?? "", this.#delimiter) === null ? [] : [`${name}=${cells[index]}`]));
        return { ...found, first: createHash("sha256").update(pairs.sort().join("\n")).digest("hex").slice(0, 16) };
      }
    }
    return found;
  }

  *#row(text: string, line: number, row: number): Generator<SourceRecord> {
    const cells = cellsOf(text, this.#delimiter);
    const { step: stepAt, time: timeAt, run: runAt, key: keyAt, values } = this.#columns;
    const counted = stepAt < 0 ? null : numberIn(cells[stepAt] ?? "", this.#delimiter);
    const step = typeof counted === "number" && isStep(counted) ? counted : row;
    const told = timeAt < 0 ? null : timeIn(cells[timeAt] ?? "");
    const time = told !== null && isTime(told) ? told : this.#file.modified;
    const named = runAt < 0 ? "" : (cells[runAt] ?? "").trim();
    if (cells.length < this.#header.length) yield* this.#once("short", `The line has ${cells.length} cells, the header ${this.#header.length}.`, line);
    for (const { index, key, run } of values) {
      const cell = cells[index] ?? "";
      const value = numberIn(cell, this.#delimiter);
      if (value === undefined) yield* this.#once(`text ${key}`, `${JSON.stringify(key.slice(0, 100))} holds text (${JSON.stringify(cell.slice(0, 40))}): only numbers are taken in.`, line);
      const name = keyAt < 0 ? key : (cells[keyAt] ?? "").trim();
      if (typeof value === "number" && isKey(name)) yield { k: "metric", run: run ?? (isKey(named) ? named : this.#source.run), key: name, value, step, time };
    }
  }

  #place(offset: number, state: State): SourceRecord {
    return { k: "offset", file: this.#source.name, inode: this.#file.inode, offset, state: JSON.stringify(state) };
  }

  #problem(reason: string, line?: number): SourceRecord {
    return { k: "problem", file: this.#source.name, ...(line === undefined ? {} : { line }), reason };
  }

  *#once(what: string, reason: string, line: number): Generator<SourceRecord> {
    if (this.#told.has(what) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(what);
    yield this.#problem(reason, line);
  }
}

/** Says a run before its first value, and when it began where the file says it; what follows a place goes on with runs that are known. */
export async function* withRuns(records: AsyncIterable<SourceRecord>, from: FilePlace | undefined, nameOf: (run: string) => string): AsyncGenerator<SourceRecord> {
  const runs = new Set<string>();
  for await (const record of records) {
    if (record.k === "metric" && !runs.has(record.run)) {
      runs.add(record.run);
      yield { k: "run", run: record.run, name: nameOf(record.run), ...(from === undefined ? { start: record.time } : {}) };
    }
    yield record;
  }
}

/** How a delimited file begins. */
export interface Beginning {
  readonly delimiter: string;
  readonly header: readonly string[];
  /** The cells of the line below the header; none where there is none yet. */
  readonly first: readonly string[];
}

/** The beginning of a file, of which no more than 64 KiB are read; null where it has no header. Never throws. */
export async function beginningOf(path: string): Promise<Beginning | null> {
  const file = await SourceFile.open(path);
  if (file === null) return null;
  try {
    const [line = "", next = ""] = (await file.read(0, 64 * 1024)).toString("utf8").replace(/^\uFEFF/, "").split(/\r?\n/, 2);
    if (line.trim() === "" || line.includes("\u0000") || line.includes("\uFFFD")) return null;
    const delimiter = delimiterOf(line);
    return { delimiter, header: cellsOf(line, delimiter).map((cell) => cell.trim()), first: next.trim() === "" ? [] : cellsOf(next, delimiter) };
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** The cells of a file's header; null where it has none. Never throws. */
export async function headerOf(path: string): Promise<readonly string[] | null> {
  return (await beginningOf(path))?.header ?? null;
}
