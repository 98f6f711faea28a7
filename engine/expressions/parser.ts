import { type Ast, type CompareSign, keywords, nameOf } from "./ast.ts";
import { type Expectation, ExpressionError, type Span } from "./problem.ts";
import { type Token, tokenize } from "./tokens.ts";

/**
 * The one grammar, a superset of MLflow's filter syntax. Keywords are case-insensitive.
 *
 *     expression = or
 *     or         = and (("or" | "|" | "||") and)*
 *     and        = not (("and" | "&" | "&&") not)*
 *     not        = ("not" | "!") not | predicate
 *     predicate  = sum [ sign sum
 *                      | ["not"] "in" "(" literal ("," literal)* ")"
 *                      | ["not"] ("like" | "ilike" | "rlike") text
 *                      | ["not"] "between" sum "and" sum
 *                      | "is" ["not"] "null" ]
 *     sign       = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="
 *     sum        = product (("+" | "-") product)*
 *     product    = unary (("*" | "/" | "%") unary)*
 *     unary      = "-" unary | primary
 *     primary    = number | text | "true" | "false" | name | function "(" [or ("," or)*] ")" | "(" or ")"
 *     name       = segment ("." segment)*          a segment: letters, digits, _   or `anything`
 *     text       = 'text' | "text"                 a doubled quote inside stands for itself
 *
 * Double quotes name a column directly after a dot (tags."my key") and where they are the whole left side
 * of a comparison, as in MLflow; everywhere else they hold text.
 */
export function parse(source: string): Ast {
  return new Parser(source).expression();
}

/** Deeper nesting is refused, so that no later stage can run out of stack. */
const MAX_DEPTH = 100;

class Parser {
  readonly source: string;
  readonly tokens: readonly Token[];
  at = 0;
  depth = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  get token(): Token {
    const token = this.tokens[this.at] ?? this.tokens.at(-1);
    if (token === undefined) throw new ExpressionError(this.source, { offset: 0, length: 0 }, "The expression is empty.");
    return token;
  }

  expression(): Ast {
    const first = this.token;
    if (first.kind === "end") throw this.missing({ what: "operand", left: null, inList: false }, "The expression is empty.");
    const ast = this.or();
    if (this.token.kind !== "end") throw this.unexpected();
    return ast;
  }

  or(): Ast {
    return this.nested(() => this.chain("or", () => this.chain("and", () => this.not())));
  }

  chain(word: "and" | "or", next: () => Ast): Ast {
    const first = next();
    const operands = [first];
    while (this.takeWord(word)) operands.push(next());
    return operands.length === 1 ? first : { type: word, operands, ...this.since(first) };
  }

  not(): Ast {
    const start = this.token;
    if (!this.takeWord("not")) return this.predicate();
    const operand = this.nested(() => this.not());
    return { type: "not", operand, ...this.since(start) };
  }

  predicate(): Ast {
    const doubleQuoted = this.token.kind === "quoted" ? this.token : null;
    const written = this.sum(null);
    const isColumn = doubleQuoted !== null && written.type === "string" && written.offset === doubleQuoted.offset && this.beginsTest();
    const left: Ast = isColumn
      ? { type: "name", name: nameOf([{ text: doubleQuoted.value, quoted: true }]), offset: written.offset, length: written.length }
      : written;
    const sign = this.compareSign();
    if (sign !== null) {
      const right = this.sum(left);
      const again = this.token;
      if (this.compareSign() !== null) {
        throw new ExpressionError(this.source, again, "Comparisons cannot be chained.", { hint: "Write `0 < x and x < 1`, or `x between 0 and 1`." });
      }
      return { type: "compare", sign, left, right, ...this.since(left) };
    }
    if (this.takeWord("is")) {
      const negated = this.takeWord("not");
      if (!this.takeWord("null")) throw this.unexpected("`null`");
      return this.negatedIf(negated, { type: "isNull", operand: left, ...this.since(left) });
    }
    const negated = this.peekWord("not") && this.takeWord("not");
    if (this.takeWord("in")) return this.negatedIf(negated, { type: "in", operand: left, list: this.list(left), ...this.since(left) });
    if (this.takeWord("between")) {
      const low = this.sum(left);
      if (!this.takeWord("and")) throw this.unexpected("`and` and the upper end");
      return this.negatedIf(negated, { type: "between", operand: left, low, high: this.sum(left), ...this.since(left) });
    }
    const how = (["like", "ilike", "rlike"] as const).find((word) => this.peekWord(word));
    if (how !== undefined && this.takeWord(how)) {
      const token = this.token;
      if (token.kind !== "string" && token.kind !== "quoted") throw this.unexpected("a text such as '%gbm%'", { what: "operand", left: this.nameText(left), inList: false });
      this.at += 1;
      return this.negatedIf(negated, { type: "like", operand: left, how, pattern: token.value, patternSpan: { offset: token.offset, length: token.length }, ...this.since(left) });
    }
    if (negated) throw this.unexpected("`in`, `like`, `ilike`, `rlike` or `between`");
    return left;
  }

  /** Whether what follows makes the operand before it the left side of a test. */
  beginsTest(): boolean {
    const token = this.token;
    if (token.kind === "sign") return compareSigns.has(token.sign);
    return ["is", "in", "like", "ilike", "rlike", "between", "not"].some((word) => this.peekWord(word));
  }

  negatedIf(negated: boolean, test: Ast): Ast {
    return negated ? { type: "not", operand: test, offset: test.offset, length: test.length } : test;
  }

  list(left: Ast): readonly Ast[] {
    this.takeSign("(", "`(` and a list, such as ('a', 'b')");
    const items: Ast[] = [];
    do {
      const item = this.unary(left, true);
      if (!isLiteral(item)) throw new ExpressionError(this.source, item, "A list holds only numbers, texts, true and false.");
      items.push(item);
    } while (this.peekSign(",") && this.takeSign(","));
    this.takeSign(")", "`,` or `)`");
    return items;
  }

  sum(left: Ast | null): Ast {
    return this.arithmetic(["+", "-"], () => this.arithmetic(["*", "/", "%"], () => this.unary(left, false)));
  }

  arithmetic(signs: readonly ("+" | "-" | "*" | "/" | "%")[], next: () => Ast): Ast {
    let left = next();
    for (let operators = 0; ; operators++) {
      const token = this.token;
      const sign = token.kind === "sign" ? signs.find((candidate) => candidate === token.sign) : undefined;
      if (sign === undefined) return left;
      if (operators >= MAX_DEPTH) throw new ExpressionError(this.source, token, `More than ${MAX_DEPTH} operators in a row.`);
      this.at += 1;
      const right = next();
      left = { type: "arithmetic", sign, left, right, ...this.since(left) };
    }
  }

  unary(left: Ast | null, inList: boolean): Ast {
    const start = this.token;
    if (start.kind !== "sign" || start.sign !== "-") return this.primary(left, inList);
    this.at += 1;
    const operand = this.nested(() => this.unary(left, inList));
    if (operand.type === "number") return { type: "number", value: -operand.value, ...this.since(start) };
    return { type: "negate", operand, ...this.since(start) };
  }

  primary(left: Ast | null, inList: boolean): Ast {
    const token = this.token;
    const span = { offset: token.offset, length: token.length };
    if (token.kind === "number") {
      this.at += 1;
      return { type: "number", value: token.value, ...span };
    }
    if (token.kind === "string" || token.kind === "quoted") {
      this.at += 1;
      return { type: "string", value: token.value, ...span };
    }
    if (token.kind === "sign" && token.sign === "(") {
      this.at += 1;
      const inner = this.or();
      this.takeSign(")", "`)`");
      return inner;
    }
    if (token.kind === "word") return this.wordOrCall(token, left, inList);
    throw this.unexpected("a name, a number or a text", { what: "operand", left: this.nameText(left), inList });
  }

  wordOrCall(token: Token & { kind: "word" }, left: Ast | null, inList: boolean): Ast {
    const word = keyword(token);
    const span = { offset: token.offset, length: token.length };
    if (word === "true" || word === "false") {
      this.at += 1;
      return { type: "boolean", value: word === "true", ...span };
    }
    if (word === "null") throw new ExpressionError(this.source, span, "Nothing equals `null`, not even a missing value.", { hint: "Write `x is null` or `x is not null`." });
    if (word !== null) throw this.unexpected("a name, a number or a text", { what: "operand", left: this.nameText(left), inList });
    this.at += 1;
    if (!this.peekSign("(")) return this.name(token);
    const args: Ast[] = [];
    this.takeSign("(");
    while (!this.peekSign(")")) {
      args.push(this.or());
      if (!this.peekSign(")")) this.takeSign(",", "`,` or `)`");
    }
    this.takeSign(")");
    return { type: "call", name: token.text, nameSpan: span, args, ...this.since(token) };
  }

  name(token: Token & { kind: "word" }): Ast {
    const span = { offset: token.offset, length: token.length };
    if (token.segments.some((segment) => segment.text === "")) {
      throw new ExpressionError(this.source, { offset: token.offset + token.length, length: 0 }, `A name must follow \`${token.text}\`.`, { expects: { what: "name" } });
    }
    return { type: "name", name: nameOf(token.segments), ...span };
  }

  nested(next: () => Ast): Ast {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new ExpressionError(this.source, this.token, `Nested deeper than ${MAX_DEPTH} levels.`);
    const ast = next();
    this.depth -= 1;
    return ast;
  }

  compareSign(): CompareSign | null {
    const token = this.token;
    const sign = token.kind === "sign" ? compareSigns.get(token.sign) : undefined;
    if (sign !== undefined) this.at += 1;
    return sign ?? null;
  }

  peekWord(word: string): boolean {
    const token = this.token;
    return (token.kind === "word" && keyword(token) === word) || (token.kind === "sign" && token.sign === word);
  }

  takeWord(word: string): boolean {
    if (!this.peekWord(word)) return false;
    this.at += 1;
    return true;
  }

  peekSign(sign: string): boolean {
    return this.token.kind === "sign" && this.token.sign === sign;
  }

  takeSign(sign: string, expected = `\`${sign}\``): boolean {
    if (!this.peekSign(sign)) throw this.unexpected(expected, { what: "operator" });
    this.at += 1;
    return true;
  }

  /** From the start of `first` to the end of what was read last. */
  since(first: Span): Span {
    const last = this.tokens[this.at - 1] ?? this.token;
    return { offset: first.offset, length: last.offset + last.length - first.offset };
  }

  nameText(left: Ast | null): string | null {
    return left?.type === "name" ? this.source.slice(left.offset, left.offset + left.length) : null;
  }

  unexpected(expected?: string, expects: Expectation = { what: "operator" }): ExpressionError {
    const token = this.token;
    if (token.kind === "open") {
      const mark = token.text[0] === "'" || token.text[0] === '"' ? token.text[0] : "`";
      return new ExpressionError(this.source, token, `The quote is not closed: ${mark} is missing at the end.`, { expects });
    }
    const wanted = expected ?? "`and`, `or`, an operator or the end";
    if (token.kind === "end") return this.missing(expects, `The expression ends too early; ${wanted} must follow.`);
    return new ExpressionError(this.source, token, `Expected ${wanted}, found \`${token.text}\`.`, { expects });
  }

  missing(expects: Expectation, message: string): ExpressionError {
    return new ExpressionError(this.source, { offset: this.token.offset, length: 0 }, message, { expects });
  }
}

const compareSigns: ReadonlyMap<string, CompareSign> = new Map((["=", "!=", "<", "<=", ">", ">="] as const).map((sign) => [sign, sign]));

function keyword(token: Token & { kind: "word" }): string | null {
  const [only, ...more] = token.segments;
  const word = only?.text.toLowerCase() ?? "";
  return more.length === 0 && only?.quoted === false && keywords.has(word) ? word : null;
}

function isLiteral(ast: Ast): boolean {
  return ast.type === "number" || ast.type === "string" || ast.type === "boolean";
}
