/** A stretch of a filter in one colour. `tone` names a style of filter-box.ts. */
export interface Tinted {
  readonly text: string;
  readonly tone: "plain" | "keyword" | "string" | "number";
  readonly offset: number;
}

const TOKEN = /("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|\b(and|or|not|in|like|ilike|rlike|is|null|between|true|false)\b|((?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?|(?<![\w.])\.\d+)/giu;

/** Colours words, strings and numbers. What an expression means is the engine's matter: this only tints it. */
export function tint(text: string): Tinted[] {
  const parts: Tinted[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, keyword] = match;
    if (match.index > from) parts.push({ text: text.slice(from, match.index), tone: "plain", offset: from });
    parts.push({ text: whole, tone: string !== undefined ? "string" : keyword !== undefined ? "keyword" : "number", offset: match.index });
    from = match.index + whole.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), tone: "plain", offset: from });
  return parts;
}
