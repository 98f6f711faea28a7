import type { Segment } from "./tokens.ts";
import type { Span } from "./problem.ts";

/** MLflow's entities; their aliases (`metric`, `parameter`, `attr`, `run`…) are folded into these. */
export type Entity = "metrics" | "params" | "tags" | "attributes" | "datasets";

/**
 * A column's name. `entity` and `key` read it as MLflow does (the first dot ends the entity; keys may hold
 * dots); `full` is the same with its segments joined by dots, for tables whose own columns hold dots.
 */
export interface Name {
  readonly entity: Entity | null;
  readonly key: string;
  readonly full: string;
  /** The unquoted word before the first dot and what follows it, for scopes with entities of their own (`metadata.key`). */
  readonly prefix: string | null;
  readonly rest: string;
}

export type CompareSign = "=" | "!=" | "<" | "<=" | ">" | ">=";
export type ArithmeticSign = "+" | "-" | "*" | "/" | "%";

/** What the parser understood, with the place of each part in the text. */
export type Ast = Span &
  (
    | { readonly type: "number"; readonly value: number }
    | { readonly type: "string"; readonly value: string }
    | { readonly type: "boolean"; readonly value: boolean }
    | { readonly type: "name"; readonly name: Name }
    | { readonly type: "call"; readonly name: string; readonly nameSpan: Span; readonly args: readonly Ast[] }
    | { readonly type: "arithmetic"; readonly sign: ArithmeticSign; readonly left: Ast; readonly right: Ast }
    | { readonly type: "negate"; readonly operand: Ast }
    | { readonly type: "compare"; readonly sign: CompareSign; readonly left: Ast; readonly right: Ast }
    | { readonly type: "between"; readonly operand: Ast; readonly low: Ast; readonly high: Ast }
    | { readonly type: "in"; readonly operand: Ast; readonly list: readonly Ast[] }
    | { readonly type: "like"; readonly operand: Ast; readonly how: "like" | "ilike" | "rlike"; readonly pattern: string; readonly patternSpan: Span }
    | { readonly type: "isNull"; readonly operand: Ast }
    | { readonly type: "not"; readonly operand: Ast }
    | { readonly type: "and" | "or"; readonly operands: readonly Ast[] }
  );

const entities: Readonly<Record<string, Entity>> = {
  metric: "metrics",
  metrics: "metrics",
  param: "params",
  params: "params",
  parameter: "params",
  parameters: "params",
  tag: "tags",
  tags: "tags",
  attr: "attributes",
  attribute: "attributes",
  attributes: "attributes",
  run: "attributes",
  dataset: "datasets",
  datasets: "datasets",
};

/** Reads the segments of a name; an entity is only one that stands unquoted before a dot. */
export function nameOf(segments: readonly Segment[]): Name {
  const full = segments.map((segment) => segment.text).join(".");
  const [first, ...rest] = segments;
  const prefix = first !== undefined && !first.quoted && rest.length > 0 ? first.text : null;
  const behind = rest.map((segment) => segment.text).join(".");
  const entity = prefix === null ? undefined : entities[prefix.toLowerCase()];
  return { entity: entity ?? null, key: entity === undefined ? full : behind, full, prefix, rest: behind };
}

/** Words that mean something; a column of this name stands in backticks. */
export const keywords: ReadonlySet<string> = new Set(["and", "or", "not", "in", "like", "ilike", "rlike", "is", "null", "between", "true", "false"]);

/** The name as it must be written in an expression, quoted where it has to be. */
export function writeName(name: { readonly entity: Entity | null; readonly key: string }): string {
  const pieces = name.key.split(".");
  const plain = pieces.every((piece, index) => (index === 0 && name.entity === null ? /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u : /^[\p{L}\p{M}\p{N}_]+$/u).test(piece));
  const ambiguous = name.entity === null && (keywords.has(name.key.toLowerCase()) || (pieces.length > 1 && Object.hasOwn(entities, (pieces[0] ?? "").toLowerCase())));
  const key = plain && !ambiguous ? name.key : `\`${name.key.replaceAll("`", "``")}\``;
  return name.entity === null ? key : `${name.entity}.${key}`;
}

/** A text as it must be written in an expression. */
export function writeText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
