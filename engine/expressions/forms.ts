import type { Ast } from "./ast.ts";
import type { Binder, Node, Typed } from "./bind.ts";
import { functions } from "./functions.ts";
import { ExpressionError } from "./problem.ts";
import type { ColumnKind, Kind } from "./scope.ts";
import { parseDuration } from "./time.ts";

type Call = Ast & { readonly type: "call" };

/** `now()` and `ago('2 d')`: a constant for the life of the bound expression. */
export function constantCall<C extends ColumnKind>(binder: Binder<C>, ast: Call, form: "now" | "ago"): Typed<C> {
  if (ast.args.length !== (form === "now" ? 0 : 1)) throw wrongCount(binder, ast, form);
  const [argument] = ast.args;
  let before = 0;
  if (argument !== undefined) {
    const duration = argument.type === "string" ? parseDuration(argument.value) : null;
    if (duration === null) throw new ExpressionError(binder.source, argument, "`ago` takes a quoted duration.", { hint: "Units are s, m, h, d, w: ago('90 s'), ago('2 d')." });
    before = duration;
  }
  return { kind: "time", node: { op: "constant", gives: "number", value: binder.now - before }, ast };
}

/** `if(test, then, else)`: both branches have one kind. */
export function conditional<C extends ColumnKind>(binder: Binder<C>, ast: Call): Typed<C> {
  const [test, yes, no] = ast.args;
  if (test === undefined || yes === undefined || no === undefined || ast.args.length !== 3) throw wrongCount(binder, ast, "if");
  const condition = binder.asBoolean(binder.bind(test), "The first argument of `if` must be true or false");
  const { kind, nodes } = oneKind(binder, [binder.bind(yes), binder.bind(no)]);
  const [then, otherwise] = nodes;
  if (then === undefined || otherwise === undefined) throw wrongCount(binder, ast, "if");
  return { kind, node: { op: "if", gives: then.gives, test: condition, then, otherwise }, ast };
}

/** `coalesce(x, y, …)`: the first that is not missing; all have one kind. */
export function coalesce<C extends ColumnKind>(binder: Binder<C>, ast: Call): Typed<C> {
  const { kind, nodes } = oneKind(binder, ast.args.map((arg) => binder.bind(arg)));
  const [first] = nodes;
  if (first === undefined) throw wrongCount(binder, ast, "coalesce");
  return { kind, node: { op: "coalesce", gives: first.gives, operands: nodes }, ast };
}

/** Brings alternatives to the kind that the declared ones have; undeclared text follows them. */
function oneKind<C extends ColumnKind>(binder: Binder<C>, alternatives: readonly Typed<C>[]): { kind: Kind; nodes: Node<C>[] } {
  const kind = alternatives.find((typed) => typed.kind !== "text")?.kind ?? "text";
  const nodes = alternatives.map((typed) => {
    if (kind === "boolean") return binder.asBoolean(typed, "The alternatives are of one kind, true or false");
    if (kind === "time") return binder.asTime(typed);
    return kind === "number" ? binder.asNumber(typed) : binder.asString(typed);
  });
  return { kind, nodes };
}

function wrongCount<C extends ColumnKind>(binder: Binder<C>, ast: Call, form: string): ExpressionError {
  return binder.wrongCount(ast, functions.get(form)?.usage ?? form);
}
