import type { Ast, CompareSign, Name } from "./ast.ts";
import { coalesce, conditional, constantCall } from "./forms.ts";
import { arithmetic, type Calculation, functions, negation, toBoolean, toNumber } from "./functions.ts";
import { parse } from "./parser.ts";
import { patternMatcher } from "./pattern.ts";
import { closest, ExpressionError, type Span } from "./problem.ts";
import { type ColumnKind, type Kind, type Scope, suggestName } from "./scope.ts";
import { parseTime } from "./time.ts";

/** What a node computes once its kinds are settled: a time is its UTC ms, a text a string. */
export type Gives = "number" | "string" | "boolean";

/** An expression whose names are found and whose conversions are explicit; both compilers start here. */
export type Node<C> = { readonly gives: Gives } & (
  | { readonly op: "constant"; readonly value: number | string | boolean }
  | { readonly op: "column"; readonly column: C }
  | { readonly op: "calculate"; readonly calculation: Calculation; readonly args: readonly Node<C>[] }
  | { readonly op: "compare"; readonly sign: CompareSign; readonly left: Node<C>; readonly right: Node<C> }
  | { readonly op: "in"; readonly operand: Node<C>; readonly values: readonly (number | string | boolean)[] }
  | { readonly op: "like"; readonly operand: Node<C>; readonly pattern: string; readonly caseless: boolean; readonly regular: boolean }
  | { readonly op: "isNull" | "not"; readonly operand: Node<C> }
  | { readonly op: "and" | "or" | "coalesce"; readonly operands: readonly Node<C>[] }
  | { readonly op: "if"; readonly test: Node<C>; readonly then: Node<C>; readonly otherwise: Node<C> }
);

/** A node and the kind that it has for people; `ast` is where it stands. */
export interface Typed<C> {
  readonly kind: Kind;
  readonly node: Node<C>;
  readonly ast: Ast;
}

export interface Bound<C> {
  readonly kind: Kind;
  readonly node: Node<C>;
  /** Names that are allowed but that nothing has yet; each points at its place. */
  readonly warnings: readonly ExpressionError[];
  readonly names: readonly Name[];
}

/** Parses and binds an expression that answers yes, no or unknown for a row. Throws ExpressionError. */
export function bindPredicate<C extends ColumnKind>(source: string, scope: Scope<C>): Bound<C> {
  const binder = new Binder(source, scope);
  const typed = binder.bind(parse(source));
  return binder.finish("boolean", binder.asBoolean(typed, "A filter must be true or false for a row"));
}

/** Parses and binds an expression of any kind, such as a computed column. Throws ExpressionError. */
export function bindValue<C extends ColumnKind>(source: string, scope: Scope<C>): Bound<C> {
  const binder = new Binder(source, scope);
  const typed = binder.bind(parse(source));
  return binder.finish(typed.kind, typed.node);
}

export class Binder<C extends ColumnKind> {
  readonly source: string;
  readonly scope: Scope<C>;
  readonly warnings: ExpressionError[] = [];
  readonly names: Name[] = [];
  /** One moment for all of an expression, UTC ms. */
  readonly now = Date.now();

  constructor(source: string, scope: Scope<C>) {
    this.source = source;
    this.scope = scope;
  }

  finish(kind: Kind, node: Node<C>): Bound<C> {
    return { kind, node, warnings: this.warnings, names: this.names };
  }

  bind(ast: Ast): Typed<C> {
    switch (ast.type) {
      case "number":
      case "string":
      case "boolean":
        return { kind: ast.type, node: { op: "constant", gives: ast.type, value: ast.value }, ast };
      case "name":
        return this.column(ast, ast.name);
      case "negate":
        return this.numeric(ast, negation, [ast.operand]);
      case "arithmetic":
        return this.numeric(ast, arithmetic[ast.sign], [ast.left, ast.right]);
      case "call":
        return this.call(ast);
      case "compare":
        return this.truth(ast, this.compare(ast.sign, this.bind(ast.left), this.bind(ast.right)));
      case "between": {
        const operand = this.bind(ast.operand);
        const operands = [this.compare(">=", operand, this.bind(ast.low)), this.compare("<=", operand, this.bind(ast.high))];
        return this.truth(ast, { op: "and", gives: "boolean", operands });
      }
      case "in":
        return this.truth(ast, this.membership(this.bind(ast.operand), ast.list));
      case "like": {
        const typed = this.bind(ast.operand);
        const regular = ast.how === "rlike";
        if (regular && patternMatcher(ast.pattern) === null) {
          throw new ExpressionError(this.source, ast.patternSpan, `${this.written(ast.patternSpan)} is no pattern that can be matched in one pass.`, { hint: "Brackets must be closed; look-around, back references, (?…) flags and large counts are not taken." });
        }
        return this.truth(ast, { op: "like", gives: "boolean", operand: this.asString(typed), pattern: ast.pattern, caseless: ast.how === "ilike" || (!regular && isCaseless(typed)), regular });
      }
      case "isNull":
        return this.truth(ast, { op: "isNull", gives: "boolean", operand: this.bind(ast.operand).node });
      case "not":
        return this.truth(ast, { op: "not", gives: "boolean", operand: this.condition(ast.operand, "not") });
      case "and":
      case "or":
        return this.truth(ast, { op: ast.type, gives: "boolean", operands: ast.operands.map((operand) => this.condition(operand, ast.type)) });
    }
  }

  column(ast: Ast, name: Name): Typed<C> {
    const column = this.scope.resolve(name);
    const written = this.source.slice(ast.offset, ast.offset + ast.length);
    if (column === null || column.absent === true) {
      const suggestion = suggestName(this.source, ast, name, this.scope.names?.() ?? []);
      const message = `${this.scope.unknown ?? "There is no column"} \`${name.full}\`.`;
      const quotedText = written.startsWith('"') ? { hint: "For a text on the left side, use single quotes." } : {};
      const error = new ExpressionError(this.source, suggestion ?? ast, message, suggestion === null ? quotedText : { suggestion, hint: `Did you mean ${suggestion.text}?` });
      if (column === null) throw error;
      this.warnings.push(error);
    }
    this.names.push(name);
    const gives = column.kind === "time" ? "number" : column.kind === "text" ? "string" : column.kind;
    return { kind: column.kind, node: { op: "column", gives, column }, ast };
  }

  call(ast: Ast & { type: "call" }): Typed<C> {
    const found = functions.get(ast.name.toLowerCase());
    if (found === undefined) {
      const near = closest(ast.name, functions.keys());
      throw new ExpressionError(this.source, ast.nameSpan, `There is no function \`${ast.name}\`.`, {
        hint: near === null ? `Functions: ${[...functions.keys()].join(", ")}.` : `Did you mean ${near}?`,
        ...(near === null ? {} : { suggestion: { ...ast.nameSpan, text: near } }),
      });
    }
    const does = found.does;
    if (does === "now" || does === "ago") return constantCall(this, ast, does);
    if (does === "if") return conditional(this, ast);
    if (does === "coalesce") return coalesce(this, ast);
    const [takes = "", gives = ""] = does.shape.split(">");
    const many = takes.endsWith("*");
    if (many ? ast.args.length === 0 : ast.args.length !== takes.length) throw this.wrongCount(ast, found.usage);
    const args = ast.args.map((arg, index) => (takes[many ? 0 : index] === "n" ? this.asNumber(this.bind(arg)) : this.asString(this.bind(arg))));
    const result = gives === "n" ? "number" : gives === "s" ? "string" : "boolean";
    return { kind: result, node: { op: "calculate", gives: result, calculation: does, args }, ast };
  }

  wrongCount(ast: Ast & { type: "call" }, usage: string): ExpressionError {
    return new ExpressionError(this.source, ast, `\`${ast.name}\` is written ${usage}; it got ${ast.args.length} argument${ast.args.length === 1 ? "" : "s"}.`);
  }

  numeric(ast: Ast, calculation: Calculation, operands: readonly Ast[]): Typed<C> {
    return { kind: "number", node: { op: "calculate", gives: "number", calculation, args: operands.map((operand) => this.asNumber(this.bind(operand))) }, ast };
  }

  truth(ast: Ast, node: Node<C>): Typed<C> {
    return { kind: "boolean", node, ast };
  }

  condition(ast: Ast, word: string): Node<C> {
    return this.asBoolean(this.bind(ast), `What \`${word}\` combines must be true or false`);
  }

  compare(sign: CompareSign, left: Typed<C>, right: Typed<C>): Node<C> {
    const kinds = [left.kind, right.kind];
    const as = (convert: (typed: Typed<C>) => Node<C>): Node<C> => ({ op: "compare", gives: "boolean", sign, left: convert(left), right: convert(right) });
    if (kinds.includes("boolean")) {
      if (sign !== "=" && sign !== "!=") throw new ExpressionError(this.source, spanOf(left.ast, right.ast), `True and false have no order; \`${sign}\` cannot compare them.`);
      return as((typed) => this.asBoolean(typed, "It is compared with true or false"));
    }
    if (kinds.includes("time")) return as((typed) => this.asTime(typed));
    if (kinds.includes("number")) return as((typed) => this.asNumber(typed));
    // Two columns of undeclared type: in order they are numbers, for equality what they say counts.
    if (left.kind === "text" && right.kind === "text" && sign !== "=" && sign !== "!=") return as((typed) => this.asNumber(typed));
    return isCaseless(left) || isCaseless(right) ? as((typed) => this.lowered(typed)) : as((typed) => this.asString(typed));
  }

  membership(operand: Typed<C>, list: readonly Ast[]): Node<C> {
    const items = list.map((item) => this.bind(item));
    const first = items[0];
    const odd = items.find((item) => item.kind !== first?.kind);
    if (odd !== undefined) throw new ExpressionError(this.source, odd.ast, `A list holds values of one kind; this is ${named(odd.kind)}, the first is ${named(first?.kind ?? "text")}.`);
    if (operand.kind === "boolean" || first?.kind === "boolean") {
      const truths = items.map((item) => this.constant(this.asBoolean(item, "The list belongs to true or false")));
      return { op: "in", gives: "boolean", operand: this.asBoolean(operand, "It is looked up among true and false"), values: truths };
    }
    const convert = (typed: Typed<C>): Node<C> => {
      if (operand.kind === "time") return this.asTime(typed);
      if (operand.kind === "number" || first?.kind === "number") return this.asNumber(typed);
      return isCaseless(operand) ? this.lowered(typed) : this.asString(typed);
    };
    return { op: "in", gives: "boolean", operand: convert(operand), values: items.map((item) => this.constant(convert(item))) };
  }

  constant(node: Node<C>): number | string | boolean {
    if (node.op === "constant") return node.value;
    // Only `lowered` wraps a literal, and it folds constants; the parser lets nothing else into a list.
    throw new ExpressionError(this.source, { offset: 0, length: this.source.length }, "A list holds only numbers, texts, true and false.");
  }

  asNumber(typed: Typed<C>): Node<C> {
    if (typed.kind === "number" || typed.kind === "time") return typed.node;
    if (typed.kind === "text") return { op: "calculate", gives: "number", calculation: toNumber, args: [typed.node] };
    throw this.wrongKind(typed, "a number", typed.kind === "string" && typed.node.op !== "constant" ? `Write number(${this.written(typed.ast)}) to read it as one, or quote what it is compared with.` : undefined);
  }

  asTime(typed: Typed<C>): Node<C> {
    if (typed.kind !== "string" || typed.node.op !== "constant") return this.asNumber(typed);
    const time = parseTime(String(typed.node.value));
    if (time === null) throw new ExpressionError(this.source, typed.ast, `${this.written(typed.ast)} is not a time.`, { hint: "Write '2026-05-31', '2026-05-31 14:00' (UTC), or ago('2 d')." });
    return { op: "constant", gives: "number", value: time };
  }

  asString(typed: Typed<C>): Node<C> {
    if (typed.kind === "string" || typed.kind === "text") return typed.node;
    throw this.wrongKind(typed, "a text", typed.node.op === "constant" ? `Write it in quotes: '${this.written(typed.ast)}'.` : undefined);
  }

  lowered(typed: Typed<C>): Node<C> {
    const node = this.asString(typed);
    if (node.op === "constant") return { ...node, value: String(node.value).toLowerCase() };
    const lower = functions.get("lower")?.does;
    return typeof lower === "object" ? { op: "calculate", gives: "string", calculation: lower, args: [node] } : node;
  }

  asBoolean(typed: Typed<C>, why: string): Node<C> {
    if (typed.kind === "boolean") return typed.node;
    if (typed.kind === "text") return { op: "calculate", gives: "boolean", calculation: toBoolean, args: [typed.node] };
    throw new ExpressionError(this.source, typed.ast, `${why}; \`${this.written(typed.ast)}\` is ${named(typed.kind)}.`, { hint: `Compare it with something, e.g. ${this.written(typed.ast)} ${typed.kind === "string" ? "= 'a'" : "> 0"}.` });
  }

  wrongKind(typed: Typed<C>, wanted: string, hint: string | undefined): ExpressionError {
    return new ExpressionError(this.source, typed.ast, `\`${this.written(typed.ast)}\` is ${named(typed.kind)}; ${wanted} is needed here.`, hint === undefined ? {} : { hint });
  }

  written(span: Span): string {
    return this.source.slice(span.offset, span.offset + span.length);
  }
}

function isCaseless<C extends ColumnKind>(typed: Typed<C>): boolean {
  return typed.node.op === "column" && typed.node.column.caseless === true;
}

function spanOf(left: Span, right: Span): Span {
  return { offset: left.offset, length: right.offset + right.length - left.offset };
}

function named(kind: Kind): string {
  return { number: "a number", string: "a text", text: "a text", boolean: "true or false", time: "a time" }[kind];
}
