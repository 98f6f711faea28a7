import type { ColumnId } from "../api/runs.ts";
import type { ColumnSpread } from "../api/views.ts";
import { tableColumn } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { TextColumn } from "./columns/texts.ts";
import type { Steps } from "./turns.ts";

const BINS = 24;
/** Values that a list offers. */
const LISTED = 50;
/** A param of at most so many different numbers is a list to choose from. */
const FEW = 12;
/** Positive numbers over so many times their smallest are seen on a logarithmic scale. */
const LOG_RANGE = 200;

/** Texts that are looked at in one step. */
const STEP = 1_024;

/** How the values of a column are spread over rows. Throws `UNKNOWN_COLUMN`. */
export function* columnSpread(table: RunTable, rows: Uint32Array, id: ColumnId, baseline: number | null): Steps<ColumnSpread> {
  const { cell, sortKey } = tableColumn(table, id, baseline);
  if (/^(metrics|delta)\./.test(id) || ["start", "end", "duration"].includes(id)) return numbers(rows, sortKey(), id === "duration" ? "duration" : id === "start" || id === "end" ? "time" : "number");
  const key = id.slice(id.indexOf(".") + 1);
  const texts = id.startsWith("params.") ? table.params.get(key) : id.startsWith("tags.") ? table.tags.get(key) : undefined;
  if (texts !== undefined) return yield* codeSpread(texts, rows, id.startsWith("params."));
  const uses = new Map<string, number>();
  let missing = 0;
  let done = 0;
  for (const row of rows) {
    if (++done % STEP === 0) yield;
    const value = cell(row);
    if (value === null) missing++;
    else uses.set(String(value), (uses.get(String(value)) ?? 0) + 1);
  }
  // A dictionary of the values that there are, so that they are ordered as those of params.
  const found = new TextColumn();
  const counts: number[] = [];
  for (const [text, n] of uses) {
    if (counts.length % STEP === 0) yield;
    found.set(counts.length, text);
    counts.push(n);
  }
  return { kind: "values", n: rows.length - missing, missing, distinct: uses.size, values: found.frequent(LISTED, counts) };
}

/** The values of params and tags by their codes: each different text is looked at once. */
function* codeSpread(values: TextColumn, rows: Uint32Array, numeric: boolean): Steps<ColumnSpread> {
  const { uses, n } = values.usesAmong(rows);
  yield;
  const distinct = uses.reduce((sum, count) => sum + Number(count > 0), 0);
  if (numeric && distinct > FEW && uses.every((count, code) => count === 0 || values.isNumber(code))) {
    yield;
    return numbers(rows, (row) => values.number(row), "number");
  }
  return { kind: "values", n, missing: rows.length - n, distinct, values: values.frequent(LISTED, uses) };
}

function numbers(rows: Uint32Array, value: (row: number) => number | null, unit: "number" | "time" | "duration"): ColumnSpread {
  const all = new Float64Array(rows.length);
  let [missing, nan, found, low, high] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const one = value(row);
    if (one === null) missing++;
    else if (Number.isNaN(one)) nan++;
    else if (Number.isFinite(one)) {
      all[found++] = one;
      low = Math.min(low, one);
      high = Math.max(high, one);
    }
  }
  const finite = all.subarray(0, found);
  const counted = { kind: "numbers" as const, unit, n: found, missing, nan, infinite: rows.length - missing - nan - found };
  if (finite.length === 0) return { ...counted, edges: [], counts: [], log: false };
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
