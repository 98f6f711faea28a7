import { type Name, nameOf } from "../expressions/ast.ts";
import { ExpressionError } from "../expressions/problem.ts";
import { type Token, tokenize } from "../expressions/tokens.ts";
import { invalid } from "./errors.ts";

/** One clause of `order_by`. */
export interface OrderClause {
  readonly name: Name;
  readonly descending: boolean;
  /** As it was written. */
  readonly text: string;
}

/** Reads `key [ASC|DESC]`, the key as in a filter. Throws MLflow's messages, which name the clause. */
export function orderClause(text: string): OrderClause {
  const [first, direction, ...more] = tokensOf(text);
  if (first === undefined || more.length > 0) throw unreadable(text);
  const segments = first.kind === "word" ? first.segments : first.kind === "quoted" ? [{ text: first.value, quoted: true }] : null;
  if (segments === null || segments.some((segment) => segment.text === "")) throw unreadable(text);
  const word = direction?.text.toLowerCase() ?? "asc";
  if (word !== "asc" && word !== "desc") throw invalid(`Invalid ordering key in order_by clause '${text}'.`);
  return { name: nameOf(segments), descending: word === "desc", text };
}

/** Refuses a field that stands twice. @param fieldOf - The same text for the same field, whatever its spelling. */
export function refuseTwice(clauses: readonly OrderClause[], fieldOf: (clause: OrderClause) => string): void {
  const seen = new Set<string>();
  for (const clause of clauses) {
    if (seen.size === seen.add(fieldOf(clause)).size) throw invalid(`\`order_by\` contains duplicate fields: [${clauses.map(({ text }) => `'${text}'`).join(", ")}]`);
  }
}

function tokensOf(text: string): Token[] {
  try {
    return tokenize(text).filter(({ kind }) => kind !== "end");
  } catch (error) {
    if (error instanceof ExpressionError) throw unreadable(text);
    throw error;
  }
}

function unreadable(text: string): Error {
  return invalid(`Invalid order_by clause '${text}'. Could not be parsed.`);
}
