import { bindPredicate, bindValue, type Node } from "./bind.ts";
import { ExpressionError } from "./problem.ts";
import type { ColumnKind, Kind, Scope } from "./scope.ts";

/** A column that SQL may name: `sql` is written by the owner of the table, never by the person who filters. */
export interface SqlColumn extends ColumnKind {
  /** E.g. `t."hours per week"`. For `time` an expression that gives UTC ms, e.g. `epoch_ms(t."at")`. */
  readonly sql: string;
}

/**
 * DuckDB SQL with `$n` parameters; `params[0]` is `$<firstParam>`. Numbers are sent in decimal and cast by the
 * SQL: a bound JavaScript number would become an integer of some width by its value.
 */
export interface CompiledSql {
  readonly sql: string;
  readonly params: readonly string[];
  readonly kind: Kind;
  readonly warnings: readonly ExpressionError[];
}

/** Longer SQL is refused; nested `min`, `year` and the like repeat their arguments. */
const MAX_SQL = 200_000;

/**
 * Compiles a filter to DuckDB SQL that is TRUE, FALSE or NULL exactly where `compilePredicate` says true, false
 * or unknown. Literals become parameters, names become the scope's own SQL, functions come from the list:
 * no text of the person reaches SQL. Throws ExpressionError.
 */
export function predicateSql(source: string, scope: Scope<SqlColumn>, firstParam = 1): CompiledSql {
  return compile(source, bindPredicate(source, scope), firstParam);
}

/** Compiles an expression of any kind, such as a computed column, to DuckDB SQL. Throws ExpressionError. */
export function valueSql(source: string, scope: Scope<SqlColumn>, firstParam = 1): CompiledSql {
  return compile(source, bindValue(source, scope), firstParam);
}

function compile(source: string, bound: ReturnType<typeof bindPredicate<SqlColumn>>, firstParam: number): CompiledSql {
  const writer = new SqlWriter(source, firstParam);
  return { sql: writer.write(bound.node), params: writer.params, kind: bound.kind, warnings: bound.warnings };
}

class SqlWriter {
  readonly source: string;
  readonly firstParam: number;
  readonly params: string[] = [];

  constructor(source: string, firstParam: number) {
    this.source = source;
    this.firstParam = firstParam;
  }

  write(node: Node<SqlColumn>): string {
    const sql = this.writeNode(node);
    if (sql.length > MAX_SQL) throw new ExpressionError(this.source, { offset: 0, length: this.source.length }, "The expression is nested too deeply to be run over a table.");
    return sql;
  }

  writeNode(node: Node<SqlColumn>): string {
    switch (node.op) {
      case "constant":
        return this.literal(node.value);
      case "column":
        return `CAST(${node.column.sql} AS ${node.gives === "number" ? "DOUBLE" : node.gives === "string" ? "VARCHAR" : "BOOLEAN"})`;
      case "calculate":
        return node.calculation.sql(...node.args.map((arg) => this.write(arg)));
      case "compare":
        return this.compare(node);
      case "in":
        return `(${this.write(node.operand)} IN (${node.values.map((value) => this.literal(value)).join(", ")}))`;
      case "like":
        if (node.regular) return `regexp_matches(${this.write(node.operand)}, ${this.literal(node.pattern)})`;
        return node.caseless
          ? `(lower(${this.write(node.operand)}) LIKE ${this.literal(node.pattern.toLowerCase())})`
          : `(${this.write(node.operand)} LIKE ${this.literal(node.pattern)})`;
      case "isNull":
        return `(${this.write(node.operand)} IS NULL)`;
      case "not":
        return `(NOT ${this.write(node.operand)})`;
      case "and":
      case "or":
        return `(${node.operands.map((operand) => this.write(operand)).join(node.op === "and" ? " AND " : " OR ")})`;
      case "coalesce":
        return `coalesce(${node.operands.map((operand) => this.write(operand)).join(", ")})`;
      case "if":
        return `CASE WHEN ${this.write(node.test)} THEN ${this.write(node.then)} ELSE ${this.write(node.otherwise)} END`;
    }
  }

  /** DuckDB orders NaN above all numbers and equal to itself; here it is unequal to all and in no order. */
  compare(node: Node<SqlColumn> & { readonly op: "compare" }): string {
    const left = this.write(node.left);
    const right = this.write(node.right);
    const plain = `${left} ${node.sign} ${right}`;
    const mayBeNaN = node.left.gives === "number" ? [node.left, node.right].flatMap((side, index) => (side.op === "constant" ? [] : [index === 0 ? left : right])) : [];
    if (mayBeNaN.length === 0) return `(${plain})`;
    const unordered = node.sign === "!=" ? "TRUE" : "FALSE";
    return `CASE WHEN ${left} IS NULL OR ${right} IS NULL THEN NULL WHEN ${mayBeNaN.map((side) => `isnan(${side})`).join(" OR ")} THEN ${unordered} ELSE ${plain} END`;
  }

  literal(value: number | string | boolean): string {
    if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
    this.params.push(Object.is(value, -0) ? "-0" : String(value));
    return `CAST($${this.firstParam + this.params.length - 1} AS ${typeof value === "number" ? "DOUBLE" : "VARCHAR"})`;
  }
}
