import type { ColumnId } from "../../engine/api/runs.ts";
import type { ColumnSpread } from "../../engine/api/views.ts";

/** A column as the grammar writes it: backticks where the key is not a plain word. */
function filterName(id: ColumnId): string {
  const dot = id.indexOf(".");
  const key = id.slice(dot + 1);
  return dot === -1 || /^[A-Za-z_]\w*$/.test(key) ? id : `${id.slice(0, dot)}.\`${key.replaceAll("`", "``")}\``;
}

/** Ends of a range as they stand in the fields; `below`: the upper one is not in it, as of every bin but the last. */
export interface RangeEnds {
  readonly low: string;
  readonly high: string;
  readonly below: boolean;
}

/** The ends of a brush over bins, so that exactly the runs that the bins count are selected. */
export function brushEnds({ edges, counts, unit }: Pick<ColumnSpread & { kind: "numbers" }, "edges" | "counts" | "unit">, from: number, to: number): RangeEnds {
  // Times are whole milliseconds, edges between them are not: of the runs from an edge on the first is at the next one.
  const text = (value: number): string => (unit === "time" ? new Date(Math.ceil(value)).toISOString().slice(0, 23).replace("T", " ") : String(value));
  return { low: text(edges[from] ?? 0), high: text(edges[to + 1] ?? 0), below: to < counts.length - 1 };
}

/** `metrics.val_f1 >= 0.6 and metrics.val_f1 <= 0.7`; empty where both ends are, or where one is no number. */
export function rangeCondition(id: ColumnId, unit: "number" | "time" | "duration", { low, high, below }: RangeEnds, missing: boolean): string {
  const literal = (text: string): string | null => {
    if (unit === "time") return /^\d{4}-\d\d-\d\d([ T][\d:.]+Z?)?$/.test(text.trim()) ? `"${text.trim()}"` : null;
    return text.trim() !== "" && Number.isFinite(Number(text)) ? text.trim() : null;
  };
  const name = filterName(id);
  const [from, to] = [literal(low), literal(high)];
  if ((from === null && low.trim() !== "") || (to === null && high.trim() !== "")) return "";
  const range = [from === null ? "" : `${name} >= ${from}`, to === null ? "" : `${name} ${below ? "<" : "<="} ${to}`].filter((part) => part !== "").join(" and ");
  if (!missing) return range;
  return range === "" ? `${name} is null` : `(${range} or ${name} is null)`;
}

/** `params.model in ("gbm", "mlp")`, `params.model = "gbm"`; with `is null` where missing values are wanted too. */
export function valuesCondition(id: ColumnId, values: readonly string[], missing: boolean): string {
  const name = filterName(id);
  const texts = values.map((value) => `"${value.replaceAll('"', '""')}"`);
  const one = texts.length === 0 ? "" : texts.length === 1 ? `${name} = ${texts[0]}` : `${name} in (${texts.join(", ")})`;
  if (!missing) return one;
  return one === "" ? `${name} is null` : `(${one} or ${name} is null)`;
}

interface Piece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Parentheses around it. */
  readonly depth: number;
}

/** Texts in quotes, names in backticks, words, numbers and signs; an open quote reaches to the end. */
const PIECE = /"(?:[^"\\]|""|\\.)*"?|'(?:[^'\\]|''|\\.)*'?|`(?:[^`]|``)*`?|[\p{L}\p{M}\p{N}_.]+|[<>=!]=|<>|&&|\|\||\S/gu;

function pieces(text: string): Piece[] {
  let depth = 0;
  return Array.from(text.matchAll(PIECE), ({ 0: piece, index }) => {
    if (piece === ")") depth--;
    const at = { text: piece, from: index, to: index + piece.length, depth };
    if (piece === "(") depth++;
    return at;
  });
}

/** What stands between the `and`s of a text outside of parentheses; null where an `or` stands there, which they bind more tightly than. */
function conjuncts(text: string): Piece[][] | null {
  const found: Piece[][] = [[]];
  let between = false;
  for (const piece of pieces(text)) {
    const word = piece.depth === 0 ? piece.text.toLowerCase() : "";
    if (/^(or|\|\|?)$/.test(word)) return null;
    if (/^(and|&&?)$/.test(word) && !between) {
      found.push([]);
      continue;
    }
    if (word === "between") between = true;
    else if (word === "and") between = false;
    found.at(-1)?.push(piece);
  }
  return found;
}

/**
 * The filter after a column's condition changed from `before` (what the quick filter put there, as it stands in the text) to
 * `after`; what the person typed stays. Only whole conditions between `and`s are replaced: where it does not stand as such, `after` is
 * added. A text with `or` outside of parentheses is put in parentheses first, since `and` binds more tightly.
 */
export function replaceCondition(filter: string, before: string | undefined, after: string): string {
  const text = filter.trim();
  const parts = conjuncts(text);
  const place = parts === null || before === undefined || before.trim() === "" ? -1 : placeOf(parts, conjuncts(before) ?? []);
  if (parts !== null && before !== undefined && place !== -1) {
    const end = place + (conjuncts(before)?.length ?? 0);
    const kept = (from: number, to: number): string => text.slice(parts[from]?.[0]?.from, parts[to - 1]?.at(-1)?.to);
    return [...(place > 0 ? [kept(0, place)] : []), ...(after === "" ? [] : [after]), ...(end < parts.length ? [kept(end, parts.length)] : [])].join(" and ");
  }
  if (after === "") return text;
  if (text === "") return after;
  return `${parts === null ? `(${text})` : text} and ${after}`;
}

/** Where conditions stand one after the other among others; -1 where they do not. */
function placeOf(parts: readonly Piece[][], wanted: readonly Piece[][]): number {
  const same = (a: readonly Piece[], b: readonly Piece[]): boolean => a.length === b.length && a.every(({ text }, i) => text === b[i]?.text);
  if (wanted.length === 0) return -1;
  return parts.findIndex((_, from) => wanted.every((one, i) => same(parts[from + i] ?? [], one)));
}
