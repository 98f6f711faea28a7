import type { Ast } from "./ast.ts";

/** The reference for the property tests: walks the tree for one row, dynamically typed, nothing shared with the compilers. */
export type Value = number | string | boolean | null;
/** Undeclared text (params): its reading depends on the other side. */
export interface Param {
  readonly param: string | null;
}
export type Row = Readonly<Record<string, Value | Param>>;

/** The answer for one row: true, false, or null for unknown. */
export function naiveTruth(ast: Ast, row: Row): boolean | null {
  return truth(evaluate(ast, row));
}

const isParam = (value: Value | Param): value is Param => typeof value === "object" && value !== null;

function number(value: Value | Param): number | null {
  if (!isParam(value)) return typeof value === "number" ? value : null;
  const text = value.param?.trim() ?? "";
  if (/^[+-]?nan$/i.test(text)) return NaN;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return text === "" || /[^0-9.eE+-]/.test(text) || Number.isNaN(Number(text)) ? null : Number(text);
}

function string(value: Value | Param): string | null {
  if (isParam(value)) return value.param;
  return typeof value === "string" ? value : null;
}

function truth(value: Value | Param): boolean | null {
  if (!isParam(value)) return typeof value === "boolean" ? value : null;
  return value.param === null ? null : ({ true: true, false: false }[value.param.toLowerCase()] ?? null);
}

function compare(sign: string, left: Value | Param, right: Value | Param): boolean | null {
  const has = (type: string) => typeof left === type || typeof right === type;
  const ordered = sign.startsWith("<") || sign.startsWith(">");
  const read = has("boolean") ? truth : has("number") || (isParam(left) && isParam(right) && ordered) ? number : string;
  const a = read(left);
  const b = read(right);
  if (a === null || b === null) return null;
  if (typeof a === "number" && typeof b === "number" && (Number.isNaN(a) || Number.isNaN(b))) return sign === "!=";
  const order = typeof a === "string" && typeof b === "string" ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a === b ? 0 : Number(a) < Number(b) ? -1 : 1;
  return { "=": order === 0, "!=": order !== 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[sign] ?? null;
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function and(values: readonly (boolean | null)[]): boolean | null {
  return values.includes(false) ? false : values.includes(null) ? null : true;
}

function evaluate(ast: Ast, row: Row): Value | Param {
  const at = (part: Ast) => evaluate(part, row);
  switch (ast.type) {
    case "number":
    case "string":
    case "boolean":
      return ast.value;
    case "name":
      return row[ast.name.full] ?? null;
    case "negate": {
      const value = number(at(ast.operand));
      return value === null ? null : -value;
    }
    case "arithmetic": {
      const [a, b] = [number(at(ast.left)), number(at(ast.right))];
      if (a === null || b === null) return null;
      return { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b }[ast.sign];
    }
    case "compare":
      return compare(ast.sign, at(ast.left), at(ast.right));
    case "between":
      return and([compare(">=", at(ast.operand), at(ast.low)), compare("<=", at(ast.operand), at(ast.high))]);
    case "in": {
      const hits = ast.list.map((item) => compare("=", at(ast.operand), at(item)));
      return hits.includes(true) ? true : hits.includes(null) ? null : false;
    }
    case "like": {
      const text = string(at(ast.operand));
      if (ast.how === "rlike") return text === null ? null : new RegExp(ast.pattern).test(text);
      const pattern = ast.pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%", ".*").replaceAll("_", ".");
      return text === null ? null : new RegExp(`^${pattern}$`, ast.how === "ilike" ? "isu" : "su").test(text);
    }
    case "isNull": {
      const value = at(ast.operand);
      return value === null || (isParam(value) && value.param === null);
    }
    case "not":
      return not(truth(at(ast.operand)));
    case "and":
      return and(ast.operands.map((operand) => truth(at(operand))));
    case "or":
      return not(and(ast.operands.map((operand) => not(truth(at(operand))))));
    case "call":
      return call(ast.name, ast.args.map(at));
  }
}

function call(name: string, args: readonly (Value | Param)[]): Value | Param {
  if (name === "coalesce") return args.find((arg) => (isParam(arg) ? arg.param : arg) !== null) ?? null;
  if (name === "if") return (truth(args[0] ?? null) === true ? args[1] : args[2]) ?? null;
  const [text, part] = args.map(string);
  if (name === "contains") return text == null || part == null ? null : text.includes(part);
  if (name === "lower") return text?.toLowerCase() ?? null;
  if (name === "length") return text == null ? null : [...text].length;
  if (name === "number") return text == null ? null : number({ param: text });
  const numbers = args.map(number);
  if (numbers.includes(null)) return null;
  const [x = NaN, ...rest] = numbers.filter((value) => value !== null);
  if (name === "abs") return x < 0 ? -x : x;
  if (name === "min") return rest.reduce((least, value) => (value < least || Number.isNaN(value) ? value : least), x);
  if (name === "log") return x <= 0 ? null : Math.log(x);
  if (name === "isnan") return Number.isNaN(x);
  if (name === "year") return Math.abs(x) <= 8.64e15 ? new Date(x).getUTCFullYear() : null;
  throw new Error(`The reference does not know ${name}.`);
}
