import type { Node } from "./bind.ts";
import type { Column } from "./evaluate.ts";
import type { At, Truth } from "./rows.ts";

type Many = Column & { readonly kind: "string" | "text" | "number"; readonly many: (row: number) => readonly (string | number)[] };

/** The column of which a row has several values, where a test is about one. */
function manyOf(node: Node<Column>): Many | null {
  if (node.op === "column") return isMany(node.column) ? node.column : null;
  const operands = node.op === "calculate" ? node.args : node.op === "compare" ? [node.left, node.right] : node.op === "in" || node.op === "like" || node.op === "not" ? [node.operand] : [];
  return operands.map(manyOf).find((found) => found !== null) ?? null;
}

function isMany(column: Column): column is Many {
  return "many" in column && column.many !== undefined;
}

/**
 * A test of a column of which a row has several values (the datasets of a run, the feedback of a trace) is true where it is
 * for one of them, as MLflow's joins have it; `not in` and `not like` are tests too. Null where the test is of no such column.
 */
export function anyOf(node: Node<Column>, compile: (node: Node<Column>) => At<Truth>): At<Truth> | null {
  const column = manyOf(node);
  if (column === null) return null;
  let value: string | number | null = null;
  const one: Column =
    column.kind === "number" ? { kind: "number", get: () => (typeof value === "number" ? value : null) } : { kind: column.kind, get: () => (value === null ? null : String(value)) };
  const test = compile(withColumn(node, column, one));
  return (row) => {
    let best: Truth = -1;
    for (value of column.many(row)) {
      const truth = test(row);
      if (truth === 1) return 1;
      if (truth === 0) best = 0;
    }
    return best;
  };
}

function withColumn(node: Node<Column>, column: Column, other: Column): Node<Column> {
  const inside = (part: Node<Column>): Node<Column> => withColumn(part, column, other);
  switch (node.op) {
    case "column":
      return node.column === column ? { ...node, column: other } : node;
    case "calculate":
      return { ...node, args: node.args.map(inside) };
    case "compare":
      return { ...node, left: inside(node.left), right: inside(node.right) };
    case "in":
    case "like":
    case "not":
      return { ...node, operand: inside(node.operand) };
    default:
      return node;
  }
}
