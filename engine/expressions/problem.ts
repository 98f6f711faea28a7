import { TouchstoneError } from "../api/tokens.ts";

/** What the text may hold where the problem is; completion reads it, people read `message`. */
export type Expectation =
  | { readonly what: "operand"; readonly left: string | null; readonly inList: boolean }
  | { readonly what: "operator" | "name" | "end" };

/** A place in an expression's text, in UTF-16 code units as editors count. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A change of the text that probably mends it. */
export interface Suggestion extends Span {
  readonly text: string;
}

/** The one error that lexer, parser and binder throw: it points at the token that is wrong. */
export class ExpressionError extends TouchstoneError {
  readonly source: string;
  readonly offset: number;
  readonly length: number;
  readonly suggestion: Suggestion | null;
  readonly expects: Expectation | null;

  constructor(source: string, span: Span, message: string, more: { hint?: string; suggestion?: Suggestion; expects?: Expectation } = {}) {
    super({ code: "EXPRESSION", message, offset: span.offset, length: span.length, ...(more.hint === undefined ? {} : { hint: more.hint }) });
    this.name = "ExpressionError";
    this.source = source;
    this.offset = span.offset;
    this.length = span.length;
    this.suggestion = more.suggestion ?? null;
    this.expects = more.expects ?? null;
  }
}

/** The line of the text with the problem and carets under it, for terminals. */
export function pointAt(source: string, span: Span): string {
  const from = source.lastIndexOf("\n", span.offset - 1) + 1;
  const next = source.indexOf("\n", span.offset);
  const line = source.slice(from, next < 0 ? source.length : next);
  const column = span.offset - from;
  return `${line}\n${" ".repeat(column)}${"^".repeat(Math.max(1, Math.min(span.length, line.length - column)))}`;
}

/** The candidate closest to `wanted`, if it is close enough to be what was meant. */
export function closest(wanted: string, candidates: Iterable<string>): string | null {
  const target = wanted.toLowerCase();
  const limit = Math.max(1, Math.floor(target.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - target.length) >= bestDistance) continue;
    const distance = editDistance(target, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance (a swap of neighbours counts once); stops early above `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
