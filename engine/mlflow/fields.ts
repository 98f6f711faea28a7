import { invalid } from "./errors.ts";
import { pythonJson, pythonType } from "../platform/python.ts";

const SEE_DOCS = " See the API docs for more information about request parameters.";

/**
 * The fields of a request, from JSON or a query string, read one by one with MLflow's messages. Unknown fields are
 * ignored; null, absent and (where a value is required) empty are missing.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;
  /** A query knows the plain names only. */
  readonly #query: boolean;

  constructor(values: Readonly<Record<string, unknown>>, path = "", query = false) {
    this.#values = values;
    this.#path = path;
    this.#query = query;
  }

  /** These and more fields, e.g. those of the path. */
  with(more: Readonly<Record<string, unknown>>): Fields {
    return new Fields({ ...this.#values, ...more }, this.#path, this.#query);
  }

  has(name: string): boolean {
    return this.#read(name) !== undefined && this.#read(name) !== null;
  }

  text(name: string): string {
    const value = this.#spelled(name) ? this.optionalText(name) : undefined;
    if (value === undefined || value === "") throw this.missing(name);
    return value;
  }

  /** May be empty, must be there or counts as empty: protobuf's default. */
  anyText(name: string): string {
    return this.optionalText(name) ?? "";
  }

  optionalText(name: string): string | undefined {
    const value = this.#read(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw this.#wrong(name, value);
    return value;
  }

  /** A name of an enum, or its number as text; '' where absent. */
  enumeration(name: string): string {
    const value = this.#read(name);
    return typeof value === "number" ? String(value) : this.anyText(name);
  }

  /** An int64: a number, or a string of digits. Beyond 2^53 it is refused: it would be stored as another number. */
  integer(name: string): number {
    const value = this.#spelled(name) ? this.optionalInteger(name) : undefined;
    if (value === undefined) throw this.missing(name);
    return value;
  }

  optionalInteger(name: string): number | undefined {
    const value = this.#read(name);
    if (value === undefined || value === null || value === "") return undefined;
    const number = typeof value === "number" ? value : typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
      throw invalid(`Invalid value ${String(value)} for parameter '${this.#at(name)}' supplied: Touchstone keeps whole numbers from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER} (2^53 - 1).${SEE_DOCS}`);
    }
    if (!Number.isSafeInteger(number)) throw this.#wrong(name, value);
    return number;
  }

  /** A double: a number, a numeric string, or NaN, Infinity, -Infinity as strings. */
  double(name: string): number {
    const value = this.#read(name);
    if (value === undefined || value === null || value === "") throw this.missing(name);
    if (typeof value === "number") return value;
    const number = typeof value === "string" ? numberOf(value) : null;
    if (number === null) throw this.#wrong(name, value);
    return number;
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#read(name);
    if (value === undefined || value === null) return undefined;
    const word = String(value).toLowerCase();
    if (word !== "true" && word !== "false") throw invalid(`Invalid boolean value: ${String(value)}, must be 'true' or 'false'.`);
    return word === "true";
  }

  texts(name: string): string[] {
    const all = this.#array(name);
    return all.map((value) => {
      if (typeof value !== "string") throw this.#wrong(name, all);
      return value;
    });
  }

  /** Each element of a list of messages; `fields` knows its path, e.g. `metrics[0].timestamp`. */
  list<T>(name: string, read: (fields: Fields) => T): T[] {
    return this.#array(name).map((value, index) => {
      const path = `${this.#at(name)}[${index}]`;
      if (!isRecord(value)) throw wrong(path, value);
      return read(new Fields(value, path, this.#query));
    });
  }

  /** A nested message; absent counts as empty. */
  message(name: string): Fields {
    const value = this.#read(name) ?? {};
    if (!isRecord(value)) throw this.#wrong(name, value);
    return new Fields(value, this.#at(name), this.#query);
  }

  /** A nested message that must be there. */
  present(name: string): Fields {
    if (!this.has(name)) throw this.missing(name);
    return this.message(name);
  }

  /** A field that may be any JSON; undefined where it is absent. */
  any(name: string): unknown {
    return this.#read(name);
  }

  /** A map of texts (protobuf's `map<string, string>`); absent counts as empty. */
  textMap(name: string): { key: string; value: string }[] {
    return Object.entries(this.message(name).#values).map(([key, value]) => {
      if (typeof value !== "string") throw this.#wrong(`${name}.${key}`, value);
      return { key, value };
    });
  }

  /** Whether a query said it more than once, or JSON as a list. */
  isList(name: string): boolean {
    return Array.isArray(this.#read(name));
  }

  /** Why a call without this field is refused. */
  missing(name: string): Error {
    return invalid(`Missing value for required parameter '${this.#at(name)}'.${SEE_DOCS}`);
  }

  /** Why a value of this field is refused that is of no type that fits. */
  refused(name: string): Error {
    return this.#wrong(name, this.#read(name));
  }

  /** The full name of a field, for messages. */
  path(name: string): string {
    return this.#at(name);
  }

  #array(name: string): unknown[] {
    const value = this.#read(name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.#wrong(name, value);
    return value;
  }

  /** A field's value; protobuf's JSON also spells `run_id` as `runId`, never both. */
  #read(name: string): unknown {
    const value = this.#values[name];
    const camel = name.includes("_") && !this.#query ? camelOf(name) : name;
    if (camel === name || !Object.hasOwn(this.#values, camel)) return value;
    if (this.#spelled(name)) throw invalid(`Request specifies both '${name}' and '${camel}'; provide only one of them.`);
    return this.#values[camel];
  }

  /** Whether it is there under its own name: MLflow finds required ones by no other. */
  #spelled(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  #wrong(name: string, value: unknown): Error {
    return wrong(this.#at(name), value);
  }
}

const camels = new Map<string, string>();

/** `run_id` as `runId`. */
function camelOf(name: string): string {
  let camel = camels.get(name);
  if (camel === undefined) camels.set(name, (camel = name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())));
  return camel;
}

function wrong(path: string, value: unknown): Error {
  return invalid(`Invalid value ${pythonJson(value, "compact")} for parameter '${path}' supplied:  Hint: Value was of type '${pythonType(value)}'.${SEE_DOCS}`);
}

/** A double as Python reads it; null for what is none. */
function numberOf(text: string): number | null {
  const word = /^\s*([+-]?)(nan|inf|infinity)\s*$/i.exec(text);
  if (word) return word[2]?.toLowerCase() === "nan" ? Number.NaN : word[1] === "-" ? -Infinity : Infinity;
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Query parameters that MLflow repeats; all others are single, except `run_id` of one route. */
const repeated = new Set(["run_ids", "experiment_ids", "order_by", "trace_ids", "stages"]);

/** The fields of a GET: what may repeat is a list even when it comes once. */
export function queryFields(query: URLSearchParams): Fields {
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const all = query.getAll(name);
    values[name] = repeated.has(name) || (name === "run_id" && all.length > 1) ? all : all[0];
  }
  return new Fields(values, "", true);
}

/** The fields of a JSON body; an empty one has none. Older clients encode the object twice. */
export function bodyFields(body: string): Fields {
  if (body.trim() === "") return new Fields({});
  let value: unknown;
  try {
    value = JSON.parse(body);
    if (typeof value === "string") value = JSON.parse(value);
  } catch {
    throw invalid("The request body is not valid JSON.");
  }
  return new Fields(isRecord(value) ? value : {});
}
