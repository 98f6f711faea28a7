/**
 * A value as OpenTelemetry and Python have it: an integer is a bigint, a double a number, None null, a dictionary a Map. JSON alone would lose
 * which of 1 and 1.0 was meant.
 */
export type PythonValue = null | boolean | string | bigint | number | readonly PythonValue[] | PythonMap;

export interface PythonMap extends ReadonlyMap<string, PythonValue> {}

declare global {
  interface JSON {
    /** The third argument has the text of a number, as ECMAScript 2026 has it. */
    parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
    /** A number of which no digit is lost. */
    rawJSON(text: string): object;
  }
}

/** How deep a value of a request may be, as protobuf has it. */
const MAX_DEPTH = 100;

/** Stands for NaN in what `JSON.parse` reads: a number that no program writes so. */
const NOT_A_NUMBER = "0e999999";

/** JSON as Python's `json.dumps` writes it: a blank behind `,` and `:`, NaN and Infinity bare, doubles always with a point or an exponent. */
export function pythonDumps(value: PythonValue, ascii = false): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value, ascii);
  if (typeof value === "number") return pythonFloat(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (isList(value)) return `[${value.map((item) => pythonDumps(item, ascii)).join(", ")}]`;
  return `{${Array.from(value, ([key, item]) => `${quoted(key, ascii)}: ${pythonDumps(item, ascii)}`).join(", ")}}`;
}

/** What Python's `json.loads` reads. Throws `SyntaxError`. */
export function pythonLoads(text: string): PythonValue {
  const standard = /NaN|Infinity/.test(text) ? text.replace(/"(?:[^"\\]|\\.)*"|NaN|Infinity/gs, (part) => (part === "NaN" ? NOT_A_NUMBER : part === "Infinity" ? "1e999" : part)) : text;
  const value = JSON.parse(standard, (_, part, { source }) => {
    if (typeof part === "number") return source === NOT_A_NUMBER ? Number.NaN : /[.eE]/.test(source ?? "") ? part : BigInt(source ?? part);
    return typeof part === "object" && part !== null && !Array.isArray(part) ? new Map(Object.entries(part)) : part;
  });
  // SAFETY: the reviver turned every number into one of the two kinds and every object into a Map; nothing else is in JSON.
  return value as PythonValue;
}

/** As `pythonLoads`, but what is no JSON stands for itself: MLflow's attributes are read so. */
export function pythonLoadsOr(text: string): PythonValue {
  try {
    return pythonLoads(text);
  } catch {
    return text;
  }
}

/** JSON of the web as Python has it: every number a double, as protobuf's `Value` reads it. Throws `SyntaxError` for endless nesting. */
export function pythonOf(value: unknown, depth = 0): PythonValue {
  if (depth > MAX_DEPTH) throw new SyntaxError(`This is nested more than ${MAX_DEPTH} deep.`);
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "number") return value;
  if (Array.isArray(value)) return value.map((item: unknown) => pythonOf(item, depth + 1));
  return new Map(Object.entries(value ?? {}).map(([key, item]) => [key, pythonOf(item, depth + 1)]));
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

export function isMap(value: PythonValue | undefined): value is PythonMap {
  return value instanceof Map;
}

/** `repr` of a double: Python turns to an exponent later than JavaScript for small numbers, and sooner for great ones. */
function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function quoted(text: string, ascii: boolean): string {
  const json = JSON.stringify(text);
  return ascii ? json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`) : json;
}
