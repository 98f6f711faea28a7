import type { Condition, Predicate, Selection } from "../api/evaluation.ts";
import { writeName, writeText } from "../expressions/ast.ts";

/** A selection as an expression of the one grammar, for a tag in touchstone.yaml; null where it has no such form. */
export function selectionExpression(selection: Selection): string | null {
  const parts = selection.map(conditionExpression);
  return parts.length === 0 || parts.includes(null) ? null : parts.join(" and ");
}

function conditionExpression(condition: Condition): string | null {
  switch (condition.kind) {
    case "cell":
      return [
        ...(condition.label === null ? [] : [`label = ${writeText(condition.label)}`]),
        ...(condition.prediction === null ? [] : [`prediction = ${writeText(condition.prediction)}`]),
      ].join(" and ");
    case "wrong":
      return "correct = false";
    case "slice":
      return condition.predicates.map(predicateExpression).join(" and ");
    case "range": {
      const name = column(condition.column.replace(/^@/, ""));
      const bounds = [...(condition.low === null ? [] : [`${name} ${condition.open === "low" ? ">" : ">="} ${condition.low}`]), ...(condition.high === null ? [] : [`${name} ${condition.open === "high" ? "<" : "<="} ${condition.high}`])];
      return bounds.length === 0 || condition.column === "@row" ? null : bounds.join(" and ");
    }
    case "values":
      return condition.values.length === 0 ? null : `${column(condition.column)} in (${condition.values.map(writeText).join(", ")})`;
    default:
      return null;
  }
}

function predicateExpression({ feature, op, value }: Predicate): string {
  const name = column(feature);
  if (op === "missing") return `${name} is null`;
  if (typeof value === "string" || value === null) return `${name} = ${writeText(String(value))}`;
  return [...(value[0] === null ? [] : [`${name} >= ${value[0]}`]), ...(value[1] === null ? [] : [`${name} < ${value[1]}`])].join(" and ");
}

function column(key: string): string {
  return writeName({ entity: null, key });
}
