import type { ArithmeticSign } from "./ast.ts";

/**
 * What a function takes and gives: n number, s text, b yes/no, `*` one or more. `apply` sees no missing value:
 * a missing argument makes the result missing. `sql` gets SQL of the arguments, numbers as DOUBLE.
 */
export type Shape =
  | { readonly shape: "n>n"; readonly apply: (x: number) => number | null }
  | { readonly shape: "nn>n"; readonly apply: (x: number, y: number) => number | null }
  | { readonly shape: "n*>n"; readonly apply: (values: readonly number[]) => number }
  | { readonly shape: "n>b"; readonly apply: (x: number) => boolean }
  | { readonly shape: "s>n"; readonly apply: (text: string) => number | null }
  | { readonly shape: "s>s"; readonly apply: (text: string) => string }
  | { readonly shape: "s>b"; readonly apply: (text: string) => boolean | null }
  | { readonly shape: "ss>b"; readonly apply: (text: string, part: string) => boolean };

export type Calculation = Shape & { readonly sql: (...args: readonly string[]) => string };

export interface ListedFunction {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** A calculation, or one of the forms that the binder knows by itself. */
  readonly does: Calculation | "now" | "ago" | "if" | "coalesce";
}

/** Days that JavaScript's Date can hold, in ms. */
const MAX_TIME = 8.64e15;

const datePart = (read: (date: Date) => number, part: string): Calculation => ({
  shape: "n>n",
  apply: (ms) => (Math.abs(ms) <= MAX_TIME ? read(new Date(Math.floor(ms))) : null),
  sql: (ms) => `CASE WHEN abs(${ms}) <= ${MAX_TIME} THEN CAST(${part}(make_timestamp(CAST(floor(${ms}) AS BIGINT) * 1000)) AS DOUBLE) END`,
});

const plain = (apply: (x: number) => number, name: string): Calculation => ({ shape: "n>n", apply, sql: (x) => `${name}(${x})` });

/** Undefined outside its domain: missing, as DuckDB's TRY makes it. */
const partial = (apply: (x: number) => number, defined: (x: number) => boolean, name: string): Calculation => ({
  shape: "n>n",
  apply: (x) => (defined(x) || Number.isNaN(x) ? apply(x) : null),
  sql: (x) => `TRY(${name}(${x}))`,
});

const extreme = (apply: (...values: number[]) => number, name: string): Calculation => ({
  shape: "n*>n",
  apply: (values) => apply(...values),
  sql: (...args) =>
    `CASE WHEN ${args.map((arg) => `${arg} IS NULL`).join(" OR ")} THEN NULL WHEN ${args.map((arg) => `isnan(${arg})`).join(" OR ")} THEN CAST('nan' AS DOUBLE) ELSE ${name}(${args.join(", ")}) END`,
});

const numberPattern = "[+-]?(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN])";
const numberText = new RegExp(`^${numberPattern}$`);

/** Reads a param, tag or text as a number: decimal notation, nan, inf; else missing. */
export const toNumber: Calculation & { shape: "s>n" } = {
  shape: "s>n",
  apply: (text) => {
    const trimmed = trim(text);
    if (!numberText.test(trimmed)) return null;
    const word = trimmed.replace(/^[+-]/, "").toLowerCase();
    if (word === "nan") return NaN;
    if (word.startsWith("inf")) return trimmed.startsWith("-") ? -Infinity : Infinity;
    return Number(trimmed);
  },
  sql: (text) => `CASE WHEN regexp_full_match(trim(${text}, e' \\t\\n\\r'), '${numberPattern}') THEN TRY_CAST(trim(${text}, e' \\t\\n\\r') AS DOUBLE) END`,
};

/** Reads a param or tag as yes/no: true and false in any case; else missing. */
export const toBoolean: Calculation & { shape: "s>b" } = {
  shape: "s>b",
  apply: (text) => {
    const word = text.toLowerCase();
    return word === "true" ? true : word === "false" ? false : null;
  },
  sql: (text) => `CASE lower(${text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`,
};

/** IEEE arithmetic: x/0 is ±Infinity, 0/0 and x%0 are NaN; the remainder has the sign of the dividend. */
export const arithmetic: Readonly<Record<ArithmeticSign, Calculation & { shape: "nn>n" }>> = {
  "+": { shape: "nn>n", apply: (x, y) => x + y, sql: (x, y) => `(${x} + ${y})` },
  "-": { shape: "nn>n", apply: (x, y) => x - y, sql: (x, y) => `(${x} - ${y})` },
  "*": { shape: "nn>n", apply: (x, y) => x * y, sql: (x, y) => `(${x} * ${y})` },
  "/": { shape: "nn>n", apply: (x, y) => x / y, sql: (x, y) => `(${x} / ${y})` },
  "%": { shape: "nn>n", apply: (x, y) => x % y, sql: (x, y) => `(${x} % ${y})` },
};

export const negation: Calculation = { shape: "n>n", apply: (x) => -x, sql: (x) => `(-${x})` };

const listed: readonly ListedFunction[] = [
  { name: "abs", usage: "abs(x)", summary: "Size without sign.", does: plain(Math.abs, "abs") },
  { name: "round", usage: "round(x)", summary: "Nearest whole number; halves go away from zero.", does: plain((x) => Math.sign(x) * Math.round(Math.abs(x)), "round") },
  { name: "floor", usage: "floor(x)", summary: "Largest whole number not above x.", does: plain(Math.floor, "floor") },
  { name: "ceil", usage: "ceil(x)", summary: "Smallest whole number not below x.", does: plain(Math.ceil, "ceil") },
  { name: "sqrt", usage: "sqrt(x)", summary: "Square root; missing for negative x.", does: partial(Math.sqrt, (x) => x >= 0, "sqrt") },
  { name: "exp", usage: "exp(x)", summary: "e to the power of x.", does: plain(Math.exp, "exp") },
  { name: "log", usage: "log(x)", summary: "Natural logarithm; missing for x ≤ 0.", does: partial(Math.log, (x) => x > 0, "ln") },
  { name: "log10", usage: "log10(x)", summary: "Logarithm to base 10; missing for x ≤ 0.", does: partial(Math.log10, (x) => x > 0, "log10") },
  { name: "log2", usage: "log2(x)", summary: "Logarithm to base 2; missing for x ≤ 0.", does: partial(Math.log2, (x) => x > 0, "log2") },
  { name: "pow", usage: "pow(x, y)", summary: "x to the power of y.", does: { shape: "nn>n", apply: power, sql: (x, y) => `pow(${x}, ${y})` } },
  { name: "min", usage: "min(x, y, …)", summary: "Smallest of its arguments in this row.", does: extreme(Math.min, "least") },
  { name: "max", usage: "max(x, y, …)", summary: "Largest of its arguments in this row.", does: extreme(Math.max, "greatest") },
  { name: "isnan", usage: "isnan(x)", summary: "Whether x is NaN. NaN is a value, not a missing one.", does: { shape: "n>b", apply: Number.isNaN, sql: (x) => `isnan(${x})` } },
  { name: "isfinite", usage: "isfinite(x)", summary: "Whether x is neither NaN nor infinite.", does: { shape: "n>b", apply: Number.isFinite, sql: (x) => `isfinite(${x})` } },
  { name: "number", usage: "number(text)", summary: "Text read as a number; missing where it is none.", does: toNumber },
  { name: "lower", usage: "lower(text)", summary: "Text in lower case.", does: { shape: "s>s", apply: (text) => text.toLowerCase(), sql: (text) => `lower(${text})` } },
  { name: "trim", usage: "trim(text)", summary: "Text without spaces, tabs and line ends around it.", does: { shape: "s>s", apply: trim, sql: (text) => `trim(${text}, e' \\t\\n\\r')` } },
  { name: "length", usage: "length(text)", summary: "Number of characters (Unicode code points).", does: { shape: "s>n", apply: codePoints, sql: (text) => `CAST(length(${text}) AS DOUBLE)` } },
  { name: "contains", usage: "contains(text, part)", summary: "Whether part occurs in text; case counts.", does: { shape: "ss>b", apply: (text, part) => text.includes(part), sql: (text, part) => `contains(${text}, ${part})` } },
  { name: "startswith", usage: "startswith(text, part)", summary: "Whether text begins with part.", does: { shape: "ss>b", apply: (text, part) => text.startsWith(part), sql: (text, part) => `starts_with(${text}, ${part})` } },
  { name: "endswith", usage: "endswith(text, part)", summary: "Whether text ends with part.", does: { shape: "ss>b", apply: (text, part) => text.endsWith(part), sql: (text, part) => `ends_with(${text}, ${part})` } },
  { name: "year", usage: "year(time)", summary: "Year of a time, in UTC.", does: datePart((date) => date.getUTCFullYear(), "year") },
  { name: "month", usage: "month(time)", summary: "Month of a time, 1 to 12, in UTC.", does: datePart((date) => date.getUTCMonth() + 1, "month") },
  { name: "day", usage: "day(time)", summary: "Day of the month, 1 to 31, in UTC.", does: datePart((date) => date.getUTCDate(), "day") },
  { name: "weekday", usage: "weekday(time)", summary: "Day of the week, 1 Monday to 7 Sunday, in UTC.", does: datePart((date) => date.getUTCDay() || 7, "isodow") },
  { name: "hour", usage: "hour(time)", summary: "Hour of a time, 0 to 23, in UTC.", does: datePart((date) => date.getUTCHours(), "hour") },
  { name: "now", usage: "now()", summary: "The time at which the expression was read.", does: "now" },
  { name: "ago", usage: "ago('2 d')", summary: "That long before now; units s, m, h, d, w.", does: "ago" },
  { name: "if", usage: "if(test, then, else)", summary: "`then` where the test is true, `else` where it is false or unknown.", does: "if" },
  { name: "coalesce", usage: "coalesce(x, y, …)", summary: "The first argument that is not missing.", does: "coalesce" },
];

/** All functions by name; names are case-insensitive. */
export const functions: ReadonlyMap<string, ListedFunction> = new Map(listed.map((entry) => [entry.name, entry]));

/** The table of functions for the README, in Markdown. */
export function functionTable(): string {
  return ["| function | what it gives |", "|---|---|", ...listed.map((entry) => `| \`${entry.usage}\` | ${entry.summary} |`)].join("\n");
}

function trim(text: string): string {
  return text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** C's pow, which numpy and DuckDB share: 1 to any power and (-1) to an infinite one are 1. */
function power(x: number, y: number): number {
  return x === 1 || (x === -1 && !Number.isFinite(y) && !Number.isNaN(y)) ? 1 : x ** y;
}
