import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { GroupBy, GroupCell } from "../api/groups.ts";
import type { Cell, ColumnId, RunQuery } from "../api/runs.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { tableColumn } from "./cells.ts";
import { type GroupedScope, groupRuns } from "./groups/window.ts";
import { groupColumn } from "./groups/columns.ts";
import { runQuery } from "./query.ts";

type Value = Cell;
type Field = readonly [name: string, value: (row: number) => Value];

/** Text that is written at a time: as much as the main thread makes in some milliseconds. */
const CHUNK = 1 << 16;
/** Milliseconds that making lines may hold the main thread. */
const BUSY_MS = 8;

/** Rows as texts of one format; the first is the header where the format has one. */
export function* exportLines(scope: GroupedScope, query: RunQuery, group: GroupBy | null, columns: readonly ColumnId[], format: "csv" | "jsonl"): Generator<string> {
  const { rows, fields } = group === null ? runFields(scope, query, columns) : groupFields(scope, query, group, columns);
  if (format === "csv") yield `${fields.map(([name]) => quoted(name)).join(",")}\r\n`;
  for (const row of rows) {
    yield format === "csv" ? `${fields.map(([, value]) => csv(value(row))).join(",")}\r\n` : `${JSON.stringify(Object.fromEntries(fields.map(([name, value]) => [name, value(row)])))}\n`;
  }
}

/**
 * Writes the lines to a file, which is replaced as a whole once everything is on the disk; other requests are answered in between.
 * Throws `EXPORT_FAILED` with the reason, and the signal's own where it is aborted; the old file then stands.
 */
export async function writeLines(file: string, lines: Iterable<string>, signal: AbortSignal): Promise<{ lines: number; bytes: number }> {
  const temporary = `${file}.${process.pid}-${randomUUID()}.tmp`;
  try {
    const written = await writeAll(temporary, lines, signal);
    await rename(temporary, file);
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof TouchstoneError || signal.aborted) throw error;
    throw new TouchstoneError({ code: "EXPORT_FAILED", message: `The table cannot be written: ${error instanceof Error ? error.message : String(error)}`, file, hint: "Choose another folder; nothing was written." });
  }
}

async function writeAll(file: string, lines: Iterable<string>, signal: AbortSignal): Promise<{ lines: number; bytes: number }> {
  await using out = await open(file, "wx");
  let [count, bytes, text, since] = [0, 0, "", performance.now()];
  const flush = async (): Promise<void> => {
    const data = Buffer.from(text);
    // Goes on after a short write, and fails where nothing more fits.
    await out.writeFile(data);
    bytes += data.length;
    text = "";
  };
  for (const line of lines) {
    text += line;
    count++;
    if (text.length < CHUNK && performance.now() - since < BUSY_MS) continue;
    await flush();
    await setImmediate();
    signal.throwIfAborted();
    since = performance.now();
  }
  await flush();
  await out.sync();
  return { lines: count, bytes };
}

const HEADS = ["run", "status"];

function runFields({ table, baseline }: GroupedScope, query: RunQuery, columns: readonly ColumnId[]): { rows: Iterable<number>; fields: Field[] } {
  const base = baseline?.row ?? null;
  const fields: Field[] = [["run_id", (row) => table.run(row).runId]];
  for (const id of [...HEADS, "start", ...columns.filter((column) => ![...HEADS, "start"].includes(column))]) {
    const { cell } = tableColumn(table, id, base);
    fields.push([id, id === "start" || id === "end" ? (row) => iso(cell(row)) : cell]);
  }
  return { rows: runQuery(table, query, base).rows, fields };
}

function groupFields(scope: GroupedScope, query: RunQuery, group: GroupBy, columns: readonly ColumnId[]): { rows: Iterable<number>; fields: Field[] } {
  const grouped = groupRuns(scope, query, group);
  const members = (one: number): Uint32Array => grouped.groups.rows(one);
  const fields: Field[] = [
    ["group", (one) => grouped.scope.titleOf(members(one))],
    ["runs", (one) => grouped.groups.size(one)],
  ];
  for (const id of columns.filter((column) => !HEADS.includes(column))) {
    const column = groupColumn(grouped.scope, id);
    let last: { readonly one: number; readonly cell: GroupCell } | null = null;
    const cell = (one: number): GroupCell => {
      last = last?.one === one ? last : { one, cell: column.cell(members(one)) };
      return last.cell;
    };
    fields.push([id, (one) => (id === "start" || id === "end" ? iso(cell(one).value) : cell(one).value)]);
    if (id.startsWith("metrics.")) fields.push([`${id} se`, (one) => cell(one).se], [`${id} n`, (one) => cell(one).n]);
    if (id.startsWith("delta.")) fields.push([`${id} low`, (one) => cell(one).change?.low ?? null], [`${id} high`, (one) => cell(one).change?.high ?? null]);
  }
  return { rows: grouped.order, fields };
}

function iso(value: Cell): string | null {
  return typeof value === "number" ? new Date(value).toISOString() : null;
}

function csv(value: Value): string {
  return value === null ? "" : typeof value === "string" ? quoted(value) : String(value);
}

/** RFC 4180; an empty text is quoted, so that it is not read as missing. */
function quoted(text: string): string {
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
