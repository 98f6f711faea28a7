import type { WireNumber } from "../api/tokens.ts";

/** Lines with their columns aligned; `right` names the columns that hold numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right: readonly number[] = []): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  ").trimEnd();
  return [line(head), ...rows.map(line)];
}

/** A text as one cell of a table: a single line of at most so many letters. */
export function cellText(text: string, letters = 32): string {
  const line = text.slice(0, 4 * letters).replace(/\s+/g, " ");
  return line.length > letters || text.length > 4 * letters ? `${line.slice(0, letters - 1)}…` : line;
}

/** Four significant digits, as on the screen; what JSON cannot hold in its own words. */
export function numberText(value: WireNumber | null): string {
  if (value === null) return "—";
  if (typeof value === "string" || !Number.isFinite(value)) return String(value).replace("Infinity", "∞");
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const short = value.toPrecision(4);
  return short.includes("e") ? value.toExponential(3) : String(Number(short));
}

/** `1 run`, `2 runs`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** `2026-11-21 21:21`, in UTC. */
export function dateText(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

/** `3m 12s`, `850ms`, `2h 5m`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

/** `1.4 MB`; powers of 1000. */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power] ?? "B"}`;
}

/** Tells of progress once a second at most; short work passes without a word. */
export function everySecond(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let told = performance.now();
  return (done, total) => {
    if (performance.now() - told < 1_000) return;
    told = performance.now();
    tell(done, total);
  };
}

/** What commands that only look say where nothing was recorded yet. */
export function noStore(folder: string): string {
  return `No store here: nothing was recorded in ${folder} yet.`;
}

export const NO_STORE_HINT = "Record a run with: touchstone run -- python train.py";
