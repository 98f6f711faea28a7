import { ExpressionError } from "./problem.ts";

/** One piece of a dotted name; `quoted` when it stood in backticks or double quotes. */
export interface Segment {
  readonly text: string;
  readonly quoted: boolean;
}

interface At {
  readonly offset: number;
  readonly length: number;
  /** As written. */
  readonly text: string;
}

/**
 * `word`: a name, keyword or function name, in segments. `quoted`: text in double quotes, which is a
 * column or a string by its place. `open`: a quote that is not closed.
 */
export type Token = At &
  (
    | { readonly kind: "word"; readonly segments: readonly Segment[] }
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "string" | "quoted" | "open"; readonly value: string }
    | { readonly kind: "sign"; readonly sign: string }
    | { readonly kind: "end" }
  );

/** Longer expressions are refused: nobody writes them, and every stage stays bounded. */
export const MAX_LENGTH = 10_000;

const space = /\s+/uy;
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/uy;
const bare = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const bareKey = /[\p{L}\p{M}\p{N}_]+/uy;
const sign = /<=|>=|!=|<>|==|&&|\|\||[=<>+\-*/%(),&|!]/uy;
/** What people type for an operator that the grammar writes differently. */
const spelled: Readonly<Record<string, string>> = { "==": "=", "<>": "!=", "&": "and", "&&": "and", "|": "or", "||": "or", "!": "not" };

/** Splits `text`; the last token is `end`. Throws ExpressionError at a character that begins nothing. */
export function tokenize(text: string): readonly Token[] {
  if (text.length > MAX_LENGTH) {
    throw new ExpressionError(text, { offset: MAX_LENGTH, length: text.length - MAX_LENGTH }, `The expression is longer than ${MAX_LENGTH} characters.`);
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    at += match(space, at)?.length ?? 0;
    if (at >= text.length) break;
    const offset = at;
    const token = numberToken(match(number, at)) ?? word(at) ?? quotedText(at) ?? signToken(match(sign, at));
    if (token === null) throw unknownCharacter(text, offset);
    at = offset + token.length;
    tokens.push({ ...token, offset, text: text.slice(offset, at) });
  }
  tokens.push({ kind: "end", offset: text.length, length: 0, text: "" });
  return tokens;

  function match(pattern: RegExp, from: number): string | null {
    pattern.lastIndex = from;
    return pattern.exec(text)?.[0] ?? null;
  }

  /** A name: `loss`, `metrics.val_f1`, `` params.`learning-rate` ``, `tags."my key"`. */
  function word(from: number) {
    const segments: Segment[] = [];
    for (let at = from; ; at++) {
      const mark = text[at];
      const plain = match(segments.length === 0 ? bare : bareKey, at);
      if (mark === "`" || (mark === '"' && segments.length > 0)) {
        const piece = quoted(at, mark);
        if (!piece.closed) return { kind: "open" as const, value: piece.value, length: text.length - from };
        segments.push({ text: piece.value, quoted: true });
        at = piece.end;
      } else if (plain !== null) {
        segments.push({ text: plain, quoted: false });
        at += plain.length;
      } else if (segments.length === 0) {
        return null;
      } else {
        // `metrics.` with nothing behind the dot: the parser says what is missing.
        segments.push({ text: "", quoted: false });
      }
      if (text[at] !== ".") return { kind: "word" as const, segments, length: at - from };
    }
  }

  function quotedText(from: number) {
    const mark = text[from];
    if (mark !== "'" && mark !== '"') return null;
    const piece = quoted(from, mark);
    const kind = !piece.closed ? ("open" as const) : mark === "'" ? ("string" as const) : ("quoted" as const);
    return { kind, value: piece.value, length: piece.end - from };
  }

  /** Text between two marks; a doubled mark inside stands for itself. */
  function quoted(from: number, mark: string): { value: string; end: number; closed: boolean } {
    let value = "";
    let start = from + 1;
    for (;;) {
      const end = text.indexOf(mark, start);
      if (end < 0) return { value: value + text.slice(start), end: text.length, closed: false };
      value += text.slice(start, end);
      if (text[end + 1] !== mark) return { value, end: end + 1, closed: true };
      value += mark;
      start = end + 2;
    }
  }
}

function numberToken(found: string | null) {
  return found === null ? null : { kind: "number" as const, value: Number(found), length: found.length };
}

function signToken(found: string | null) {
  return found === null ? null : { kind: "sign" as const, sign: spelled[found] ?? found, length: found.length };
}

function unknownCharacter(text: string, offset: number): ExpressionError {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  return new ExpressionError(text, { offset, length: character.length }, `\`${character}\` has no meaning here.`, {
    hint: "A name that holds other characters than letters, digits, `_` and `.` stands in backticks: metrics.`recall@5`.",
  });
}
