import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parquetRows, type ParquetRow, type WantedColumn } from "../tables/parquetRows.ts";
import type { SourceRecord } from "./records.ts";

const COLUMNS: readonly WantedColumn[] = [
  { name: "project_id", as: "text" },
  { name: "run_id", as: "text" },
  { name: "attribute_path", as: "text" },
  { name: "attribute_type", as: "text" },
  { name: "step", as: "number" },
  { name: "timestamp", as: "ms" },
  { name: "int_value", as: "text" },
  { name: "float_value", as: "number" },
  { name: "string_value", as: "text" },
  { name: "bool_value", as: "text" },
  { name: "datetime_value", as: "ms" },
  { name: "string_set_value", as: "json" },
  { name: "file_value", as: "path" },
  { name: "histogram_value", as: "json" },
];
/** Series of words and histograms are kept as one file each, up to this size. */
const SERIES_BYTES = 8_000_000;
/** Neptune's steps have six digits behind the point. */
const STEP_PARTS = 1_000_000;

/** What a date of JavaScript reaches. */
const MOST_MS = 8.64e15;

/** One attribute's row. */
interface Cell {
  readonly path: string;
  readonly type: string;
  readonly step: number | null;
  readonly time: number | null;
  readonly int: string | null;
  readonly float: number | null;
  readonly text: string | null;
  readonly bool: string | null;
  readonly date: number | null;
  readonly set: string | null;
  readonly file: string | null;
  readonly histogram: string | null;
}

/** Reads the parts of one run. */
export class NeptuneRun {
  readonly #files: readonly string[];
  readonly #run: string;
  readonly #series = new Map<string, { text: string; full: boolean }>();
  #begun = false;
  #end: number | null = null;
  #failed = false;
  #fractions = 0;

  /** @param files folders that the paths of files may be relative to. @param run its key in the source. */
  constructor(files: readonly string[], run: string) {
    this.#files = files;
    this.#run = run;
  }

  async *read(file: string, signal: AbortSignal): AsyncGenerator<SourceRecord> {
    for await (const rows of parquetRows(file, COLUMNS, signal)) for (const row of rows) yield* this.#row(row);
  }

  *end(): Generator<SourceRecord> {
    if (!this.#begun) return;
    yield { k: "run", run: this.#run, status: this.#failed ? "failed" : "finished", ...(this.#end === null ? {} : { end: this.#end }) };
    for (const [name, { text, full }] of this.#series) {
      yield { k: "artifact", run: this.#run, name, bytes: Buffer.from(text) };
      if (full) yield { k: "problem", file: name, reason: `The series is longer than ${SERIES_BYTES} bytes; its beginning is kept.` };
    }
    if (this.#fractions > 0) yield { k: "problem", file: this.#run, reason: `${this.#fractions} values stand at steps that are no whole numbers; these are counted in millionths.` };
  }

  *#row(row: ParquetRow): Generator<SourceRecord> {
    const text = (index: number): string | null => (typeof row[index] === "string" ? row[index] : null);
    const number = (index: number): number | null => (typeof row[index] === "number" ? row[index] : null);
    const [project, id, path, type] = [text(0), text(1), text(2), text(3)];
    if (project === null || id === null || path === null || type === null) return;
    if (!this.#begun) {
      this.#begun = true;
      yield { k: "experiment", experiment: project, name: project };
      yield { k: "run", run: this.#run, experiment: project, name: id, status: "finished" };
    }
    const cell: Cell = { path, type, step: number(4), time: number(5), int: text(6), float: number(7), text: text(8), bool: text(9), date: number(10), set: text(11), file: text(12), histogram: text(13) };
    if (type === "float_series") yield* this.#point(cell);
    else if (type === "string_series" || type === "histogram_series") this.#keep(cell);
    else if (type === "file" || type === "file_series") yield* this.#file(cell);
    else if (path.startsWith("sys/")) yield* this.#own(cell);
    else yield { k: "param", run: this.#run, key: path, value: valueOf(cell) };
  }

  *#point({ path, step, time, float }: Cell): Generator<SourceRecord> {
    if (step === null || time === null || float === null) return;
    const whole = Number.isInteger(step);
    if (!whole) this.#fractions++;
    this.#end = Math.max(this.#end ?? 0, time);
    yield { k: "metric", run: this.#run, key: path, value: float, step: whole ? step : Math.round(step * STEP_PARTS), time, origin: path.startsWith("monitoring/") ? "system" : "client" };
  }

  #keep({ path, type, step, time, text, histogram }: Cell): void {
    const name = `${path}.${type === "string_series" ? "txt" : "jsonl"}`;
    const series = this.#series.get(name) ?? { text: "", full: false };
    this.#series.set(name, series);
    if (series.text.length > SERIES_BYTES) series.full = true;
    else series.text += type === "string_series" ? `${text ?? ""}${(text ?? "").endsWith("\n") ? "" : "\n"}` : `${JSON.stringify({ step, time, histogram: jsonOf(histogram) })}\n`;
  }

  *#file({ path, type, step, file }: Cell): Generator<SourceRecord> {
    if (file === null) return;
    if (file.split(/[\\/]/).includes("..")) return yield { k: "problem", file, reason: "The path leads out of the folder, so it is not taken in." };
    const found = this.#files.map((folder) => join(folder, file)).find((candidate) => existsSync(candidate));
    if (found === undefined) return yield { k: "problem", file, reason: "The file is not where the export says." };
    yield { k: "artifact", run: this.#run, name: type === "file" ? path : `${path}/${step ?? 0}-${basename(file)}`, file: found };
  }

  /** What Neptune itself says of a run. */
  *#own(cell: Cell): Generator<SourceRecord> {
    const run = this.#run;
    const value = valueOf(cell);
    switch (cell.path) {
      case "sys/name":
        return yield { k: "run", run, name: value };
      case "sys/owner":
        return yield { k: "run", run, user: value };
      case "sys/description":
        return yield { k: "run", run, note: value };
      case "sys/creation_time":
        return cell.date === null ? undefined : yield { k: "run", run, start: cell.date };
      case "sys/failed":
        this.#failed = value === "true";
        return;
      case "sys/trashed":
        return yield { k: "run", run, deleted: value === "true" };
      case "sys/tags":
      case "sys/group_tags": {
        const list = jsonOf(cell.set);
        if (Array.isArray(list)) for (const word of list) yield { k: "tag", run, key: String(word), value: "" };
        return;
      }
      default:
        yield { k: "tag", run, key: cell.path, value };
    }
  }
}

/** Null for what is no JSON: one cell must not cost the run. */
function jsonOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** As ISO 8601; a number of milliseconds where it is beyond the years that a date has. */
export function dateOf(ms: number | null): string {
  return ms === null ? "" : Math.abs(ms) <= MOST_MS ? new Date(ms).toISOString() : String(ms);
}

function valueOf({ type, int, float, text, bool, date, set }: Cell): string {
  if (type === "int") return int ?? "";
  if (type === "float") return float === null ? "" : String(float);
  if (type === "bool") return bool ?? "";
  if (type === "datetime") return dateOf(date);
  return (type === "string_set" ? set : text) ?? "";
}
