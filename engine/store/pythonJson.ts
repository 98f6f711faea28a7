import { TouchstoneError } from "../api/tokens.ts";

/** A number as Python's `json` writes it: an integer of any length, a float that shows it is one, NaN, Infinity. */
export class PythonNumber {
  readonly text: string;

  /** From a JSON number, or NaN, Infinity, -Infinity. */
  constructor(text: string) {
    this.text = text === "-0" ? "0" : /^-?\d+$/.test(text) ? text : floatText(Number(text));
  }

  get isFloat(): boolean {
    return !/^-?\d+$/.test(this.text);
  }
}

export type PythonObject = Map<string, PythonJson>;
export type PythonJson = null | boolean | string | PythonNumber | readonly PythonJson[] | PythonObject;

/** Deeper nesting is refused: nobody writes it, and each level takes stack. */
const MAX_DEPTH = 200;

const space = /[ \t\n\r]*/y;
const scalar = /(true|false|null)|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN)|("(?:[^"\\]|\\.)*")/sy;

/**
 * JSON as Python reads and writes it: with NaN and ±Infinity, and without losing digits, so that what a client reads back
 * has its own types. Throws `JSON`.
 */
export function parsePython(text: string): PythonJson {
  let at = 0;
  const value = read(0);
  skip();
  if (at < text.length) fail();
  return value;

  function read(depth: number): PythonJson {
    skip();
    const mark = text[at];
    if ((mark === "[" || mark === "{") && depth >= MAX_DEPTH) throw problem(`is nested deeper than ${MAX_DEPTH} levels`);
    if (mark === "[") return list(depth);
    if (mark === "{") return object(depth);
    return one();
  }

  function one(): PythonJson {
    scalar.lastIndex = at;
    const [all, word, number, quoted] = scalar.exec(text) ?? fail();
    at += all.length;
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (number !== undefined) return new PythonNumber(number);
    return unquoted(quoted ?? "");
  }

  function list(depth: number): PythonJson[] {
    const items: PythonJson[] = [];
    at++;
    if (ends("]")) return items;
    do items.push(read(depth + 1));
    while (goesOn("]"));
    return items;
  }

  function object(depth: number): PythonObject {
    const fields: PythonObject = new Map();
    at++;
    if (ends("}")) return fields;
    do {
      skip();
      const key = text[at] === '"' ? one() : fail();
      if (typeof key !== "string" || !ends(":")) fail();
      else fields.set(key, read(depth + 1));
    } while (goesOn("}"));
    return fields;
  }

  function goesOn(end: string): boolean {
    if (ends(",")) return true;
    if (!ends(end)) fail();
    return false;
  }

  function ends(mark: string): boolean {
    skip();
    if (text[at] !== mark) return false;
    at++;
    return true;
  }

  function unquoted(quoted: string): string {
    try {
      return String(JSON.parse(quoted));
    } catch {
      return fail();
    }
  }

  function skip(): void {
    space.lastIndex = at;
    space.test(text);
    at = Math.max(at, space.lastIndex);
  }

  function fail(): never {
    throw problem(`is not valid at character ${at + 1}`);
  }
}

/** As `json.dumps` writes it; with `sorted`, as `json.dumps(…, sort_keys=True)`. */
export function dumpPython(value: PythonJson, sorted = false): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return ascii(value);
  if (value instanceof PythonNumber) return value.text;
  if (!(value instanceof Map)) return `[${value.map((item) => dumpPython(item, sorted)).join(", ")}]`;
  const fields = [...value];
  if (sorted) fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${ascii(key)}: ${dumpPython(item, sorted)}`).join(", ")}}`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Python's `repr` of a float: the shortest digits that give it again, with an exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [digits = "0", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  const plain = Object.is(value, -0) ? "-0" : exponent < 0 ? value.toFixed(Math.max(0, digits.replace(/^-?\d\.?/, "").length - exponent)) : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

function problem(what: string): TouchstoneError {
  return new TouchstoneError({ code: "JSON", message: `The JSON text ${what}.` });
}
