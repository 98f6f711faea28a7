import type { ForeignRow } from "../store/foreign/database.ts";

// Values of foreign rows: a column may hold anything, or be missing.

export function textOf(row: ForeignRow, column: string): string | null {
  const value = row[column];
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return value === null || value === undefined ? null : String(value);
}

export function numberOf(row: ForeignRow, column: string): number | null {
  const value = row[column];
  if (typeof value === "number") return value;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isNaN(number) ? null : number;
}

/** A time as UTC ms: a number as it is, text as ISO 8601, without a zone UTC. */
export function timeOf(row: ForeignRow, column: string): number | null {
  const value = row[column];
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const time = Date.parse(/[zZ]$|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(" ", "T")}Z`);
  return Number.isNaN(time) ? null : time;
}

/** JSON, or null where it is none. */
export function jsonOf(row: ForeignRow, column: string): unknown {
  const text = textOf(row, column);
  if (text === null || text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as text: text as it is, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
