import { type Ast, type Entity, nameOf, writeName, writeText } from "./ast.ts";
import { functions } from "./functions.ts";
import { parse } from "./parser.ts";
import { type Expectation, ExpressionError } from "./problem.ts";
import type { ColumnKind, KnownName, Scope } from "./scope.ts";
import { type Token, tokenize } from "./tokens.ts";

/** One offer at the cursor: `insert` replaces `length` characters from `offset` on. */
export interface Completion {
  readonly label: string;
  readonly insert: string;
  readonly kind: "column" | "value" | "function" | "operator" | "entity";
  readonly detail: string;
  readonly offset: number;
  readonly length: number;
}

const MAX_ITEMS = 100;
const entityNames: readonly Entity[] = ["metrics", "params", "tags", "attributes", "datasets"];
const textTests = ["=", "!=", "like", "ilike", "rlike", "in", "is null", "is not null"];
const numberTests = [">", "<", ">=", "<=", "=", "!=", "between", "in", "is null", "is not null"];

/**
 * What can stand at `cursor` (an offset in UTF-16 units): names, the frequent values of the column on the left,
 * functions, operators. Best first; what is typed already filters, case ignored. Never throws.
 */
export function complete<C extends ColumnKind>(text: string, cursor: number, scope: Scope<C>): readonly Completion[] {
  const before = text.slice(0, cursor);
  const { from, typed } = partialAt(before);
  const tail = /^[\p{L}\p{M}\p{N}_`.]*/u.exec(text.slice(cursor))?.[0].length ?? 0;
  const names = [...(scope.names?.() ?? [])];
  const offers = offersFor(expectationAt(before.slice(0, from)), names, scope);
  const wanted = typed.replace(/^['"`]/, "").toLowerCase();
  const ranked = offers
    .filter((offer) => !/^['"]/.test(typed) || offer.kind === "value" || (offer.kind === "column" && typed.startsWith('"')))
    .map((offer) => ({ offer, rank: offer.kind === "column" || offer.kind === "value" ? rank(offer.label.toLowerCase(), wanted) : offer.label.startsWith(wanted) ? 0 : 3 }))
    .filter((entry) => entry.rank < 3)
    .toSorted((a, b) => a.rank - b.rank);
  return ranked.slice(0, MAX_ITEMS).map(({ offer }) => ({ ...offer, offset: from, length: cursor - from + (typed === "" ? 0 : tail) }));
}

type Offer = Omit<Completion, "offset" | "length">;

/** Prefix, then a part after a separator, then anywhere; 3 does not match. */
function rank(label: string, wanted: string): number {
  if (label.startsWith(wanted)) return 0;
  if (new RegExp(`[._/\`' -]${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`).test(label)) return 1;
  return label.includes(wanted) ? 2 : 3;
}

/** The word or open quote that ends at the cursor. */
function partialAt(before: string): { from: number; typed: string } {
  let last: Token | undefined;
  try {
    last = tokenize(before).at(-2);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // What stands before is not even made of tokens; the word at the cursor can still be completed.
    const typed = /[\p{L}\p{M}\p{N}_.]*$/u.exec(before)?.[0] ?? "";
    return { from: before.length - typed.length, typed };
  }
  const touches = last !== undefined && (last.kind === "word" || last.kind === "open") && last.offset + last.length === before.length;
  return last !== undefined && touches ? { from: last.offset, typed: last.text } : { from: before.length, typed: "" };
}

type State = Expectation | { readonly what: "test"; readonly left: Ast };

/** What may follow the given text, which ends before the word at the cursor. */
function expectationAt(before: string): State {
  if (before.trim() === "") return { what: "operand", left: null, inList: false };
  let closing = "";
  for (;;) {
    try {
      return after(parse(before + closing));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (error.offset < before.trimEnd().length || error.expects === null) return { what: "operand", left: null, inList: false };
      const open = /`\)`/.test(error.message) && closing.length < 100;
      if (!open) return error.expects;
      closing += ")";
    }
  }
}

/** After a complete expression: a test if it ends in a bare operand, else `and`, `or`. */
function after(ast: Ast): State {
  if (ast.type === "and" || ast.type === "or") return after(ast.operands.at(-1) ?? ast);
  if (ast.type === "not" && ast.operand.type === "name") return after(ast.operand);
  return ast.type === "name" || ast.type === "call" || ast.type === "arithmetic" || ast.type === "negate" ? { what: "test", left: ast } : { what: "operator" };
}

function offersFor<C extends ColumnKind>(state: State, names: readonly KnownName[], scope: Scope<C>): readonly Offer[] {
  if (state.what === "operator" || state.what === "end") return ["and", "or"].map((word) => operator(word, ""));
  if (state.what === "test") {
    const kind = state.left.type === "name" ? scope.resolve(state.left.name)?.kind : "number";
    const tests = kind === "number" || kind === "time" ? numberTests : kind === "boolean" ? ["and", "or", "=", "is null"] : kind === "string" ? textTests : [...textTests, ">", "<", "between"];
    return tests.map((word) => operator(word, ""));
  }
  if (state.what === "operand" && state.left !== null) {
    const values = valuesOf(state.left, names);
    return state.inList ? values : [...values, ...columns(names), ...functionOffers()];
  }
  if (state.what === "operand" && state.inList) return [];
  const used = entityNames.filter((entity) => names.some((known) => known.entity === entity));
  return [...columns(names), ...used.map((entity): Offer => ({ label: `${entity}.`, insert: `${entity}.`, kind: "entity", detail: "" })), ...functionOffers(), operator("not", "")];
}

function operator(word: string, detail: string): Offer {
  return { label: word, insert: word, kind: "operator", detail };
}

function columns(names: readonly KnownName[]): readonly Offer[] {
  return names.map((known) => ({ label: known.entity === null ? known.key : `${known.entity}.${known.key}`, insert: writeName(known), kind: "column", detail: known.detail ?? known.kind }));
}

function functionOffers(): readonly Offer[] {
  return [...functions.values()].map((entry) => ({ label: entry.usage, insert: `${entry.name}(`, kind: "function", detail: entry.summary }));
}

/** The frequent values of the column that is written on the left of the cursor's test. */
function valuesOf(written: string, names: readonly KnownName[]): readonly Offer[] {
  const token = tokenize(written)[0];
  const segments = token?.kind === "word" ? token.segments : token?.kind === "quoted" ? [{ text: token.value, quoted: true }] : [];
  const name = nameOf(segments);
  const known = names.find((entry) => (entry.entity === name.entity && entry.key === name.key) || (entry.entity === null && entry.key === name.full));
  if (known?.kind === "boolean") return ["true", "false"].map((value) => ({ label: value, insert: value, kind: "value", detail: "" }));
  return (known?.values ?? []).map((value) => {
    const bare = known?.kind === "number" || (known?.kind === "text" && value !== "" && Number.isFinite(Number(value)));
    return { label: value, insert: bare ? value : writeText(value), kind: "value", detail: written };
  });
}
