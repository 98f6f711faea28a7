import { request } from "./tokens.ts";
import type { TextCompletion } from "./config.ts";

/** A column as the caller knows it; `entity` null for a column of a table of rows, or an attribute such as `status`. */
export interface ExpressionName {
  readonly entity: "metrics" | "params" | "tags" | "attributes" | "datasets" | null;
  readonly key: string;
  readonly kind: "number" | "string" | "boolean" | "time" | "text";
  /** Frequent values, offered by completion. */
  readonly values?: readonly string[];
}

/** Where an expression is wrong: offset and length in UTF-16 code units. */
export interface ExpressionProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly hint: string | null;
  /** Replaces the range; probably what was meant. */
  readonly replacement: string | null;
}

/** Checks a filter (`predicate`) or a computed column (`value`) against the caller's columns; `open` allows others. */
export const expressionCheck = request<
  { text: string; names: readonly ExpressionName[]; open: boolean; wants: "predicate" | "value" },
  { problems: readonly ExpressionProblem[] }
>("expressions/check");
/** What can stand at the offset: names, values of the column on the left, functions, operators. */
export const expressionComplete = request<{ text: string; offset: number; names: readonly ExpressionName[] }, { items: readonly TextCompletion[] }>("expressions/complete");
