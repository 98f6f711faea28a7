import type { ColumnId } from "../api/runs.ts";
import type { ColumnSpread } from "../api/views.ts";
import { tableColumn } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { numberOf } from "./columns/texts.ts";

const BINS = 24;
/** Values that a list offers. */
const LISTED = 50;
/** A param of at most so many different numbers is a list to choose from. */
const FEW = 12;
/** Positive numbers over so many times their smallest are seen on a logarithmic scale. */
const LOG_RANGE = 200;

/** How the values of a column are spread over rows. Throws `UNKNOWN_COLUMN`. */
export function columnSpread(table: RunTable, rows: Uint32Array, id: ColumnId, baseline: number | null): ColumnSpread {
  const { cell, sortKey } = tableColumn(table, id, baseline);
  if (/^(metrics|delta)\./.test(id) || ["start", "end", "duration"].includes(id)) {
    const value = sortKey();
    return numbers(Array.from(rows, value), id === "duration" ? "duration" : id === "start" || id === "end" ? "time" : "number");
  }
  const texts = Array.from(rows, (row) => cell(row));
  const uses = new Map<string, number>();
  for (const text of texts) if (text !== null) uses.set(String(text), (uses.get(String(text)) ?? 0) + 1);
  const parsed = [...uses.keys()].map(numberOf);
  if (id.startsWith("params.") && uses.size > FEW && parsed.every((number) => number !== null)) return numbers(texts.map((text) => (text === null ? null : numberOf(String(text)))), "number");
  const natural = new Intl.Collator("en", { numeric: true });
  const values = [...uses].sort(([a, m], [b, n]) => n - m || natural.compare(a, b)).slice(0, LISTED);
  const missing = texts.filter((text) => text === null).length;
  return { kind: "values", n: texts.length - missing, missing, distinct: uses.size, values: values.map(([value, runs]) => ({ value, runs })) };
}

function numbers(values: readonly (number | null)[], unit: "number" | "time" | "duration"): ColumnSpread {
  const missing = values.filter((value) => value === null).length;
  const nan = values.filter((value) => value !== null && Number.isNaN(value)).length;
  const finite = values.filter((value) => value !== null && Number.isFinite(value)).map(Number);
  const counted = { kind: "numbers" as const, unit, n: finite.length, missing, nan, infinite: values.length - missing - nan - finite.length };
  if (finite.length === 0) return { ...counted, edges: [], counts: [], log: false };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  if (low === high) return { ...counted, edges: [low, high], counts: [finite.length], log: false };
  const log = unit === "number" && low > 0 && high / low > LOG_RANGE;
  const scale = (value: number): number => (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const edges = Array.from({ length: BINS + 1 }, (_, i) => (i === 0 ? low : i === BINS ? high : log ? low * (high / low) ** (i / BINS) : low + ((high - low) * i) / BINS));
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of finite) {
    // The edges decide, not the scale: rounding may put a value a hair over its bin.
    let bin = Math.min(BINS - 1, Math.max(0, Math.floor(scale(value) * BINS)));
    while (bin > 0 && value < (edges[bin] ?? low)) bin--;
    while (bin < BINS - 1 && value >= (edges[bin + 1] ?? high)) bin++;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { ...counted, edges, counts, log };
}
