import type { Ast, Name } from "../expressions/ast.ts";
import { parse } from "../expressions/parser.ts";
import { ExpressionError, type Span } from "../expressions/problem.ts";
import type { Kind } from "../expressions/scope.ts";
import { parseTime } from "../expressions/time.ts";
import { invalid } from "./errors.ts";

/** What a name in a filter stands for. */
export interface Field {
  /** MLflow's word for what it belongs to: `metric`, `tag`, `attribute`… */
  readonly entity: string;
  readonly key: string;
  readonly kind: Kind;
}

/**
 * Refuses, in MLflow's words and naming the token, what MLflow refuses and what means nothing here either: a text where a
 * number must stand, an order of texts, a list of numbers for a text. What only MLflow cannot say (`or`, `not`, `between`,
 * a param compared with a number) passes.
 * @param fieldOf - Throws for a name that does not exist.
 */
export function checkFilter(filter: string, fieldOf: (name: Name) => Field): void {
  const written = (span: Span): string => filter.slice(span.offset, span.offset + span.length);
  check(parsed(filter));

  function check(ast: Ast): void {
    switch (ast.type) {
      case "and":
      case "or":
        for (const operand of ast.operands) check(operand);
        return;
      case "not":
        check(ast.operand);
        return;
      case "compare":
        if (ast.left.type === "name") compared(fieldOf(ast.left.name), ast.sign, ast.right);
        return;
      case "like":
        if (ast.operand.type === "name") matched(fieldOf(ast.operand.name), ast.patternSpan);
        return;
      case "in":
        if (ast.operand.type === "name") listed(fieldOf(ast.operand.name), ast.list);
        return;
      case "name": {
        const { kind } = fieldOf(ast.name);
        if (kind !== "boolean" && kind !== "text") throw invalid(`Invalid clause(s) in filter string: '${written(ast)}'`);
        return;
      }
      case "number":
      case "string":
        throw invalid(`Invalid clause(s) in filter string: '${written(ast)}'`);
      default:
    }
  }

  function compared({ entity, key, kind }: Field, sign: string, right: Ast): void {
    if (right.type !== "string" && right.type !== "number") return;
    const found = `${written(right)}`;
    if (right.type === "string" && (kind === "number" || (kind === "time" && parseTime(right.value) === null))) throw notNumeric(entity, key, found);
    if (kind === "string" && right.type === "number") {
      throw invalid(`Expected a quoted string value for ${entity === "attribute" ? "attributes" : `${entity} attributes`}. Got value ${found}`);
    }
    if ((kind === "string" || (kind === "text" && right.type === "string")) && sign !== "=" && sign !== "!=") {
      throw invalid(`Invalid comparator '${sign}' not one of '{'!=', '=', 'LIKE', 'ILIKE'${entity === "attribute" ? ", 'IN', 'NOT IN'" : ", 'IS NULL', 'IS NOT NULL'"}}' for ${entity} '${key}'.`);
    }
  }

  function matched({ entity, key, kind }: Field, pattern: Span): void {
    if (kind === "number" || kind === "time") throw notNumeric(entity, key, written(pattern));
  }

  function listed({ kind }: Field, list: readonly Ast[]): void {
    const odd = kind === "string" ? list.find(({ type }) => type !== "string") : undefined;
    if (odd) throw invalid(`While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (${list.map(written).join(", ")})`);
  }
}

function notNumeric(entity: string, key: string, found: string): Error {
  return invalid(`Expected numeric value type for ${entity === "attribute" ? `numeric attribute: ${key}` : entity}. Found ${found}`);
}

/** What the binder still found, as MLflow's clients know it. */
export function asClause(filter: string, error: ExpressionError): Error {
  const clause = filter.slice(error.offset, error.offset + error.length) || filter.slice(0, error.offset).trim();
  return invalid(`Invalid clause(s) in filter string: '${clause}'. ${error.message}${error.shape.hint === undefined ? "" : ` ${error.shape.hint}`}`);
}

function parsed(filter: string): Ast {
  try {
    return parse(filter);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (/\bin\s*\(\s*$/i.test(filter.slice(0, error.offset)) && filter[error.offset] === ")") {
      throw invalid("While parsing a list in the query, expected a non-empty list of string values, but got empty list");
    }
    throw asClause(filter, error);
  }
}
