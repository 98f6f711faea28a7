import type { KeyValue } from "./records.ts";
import { isKey } from "./valid.ts";

const DEEPEST = 32;
const LONGEST_VALUE = 6_000;
/** A configuration with more values gives the first ones. */
const MOST_PARAMS = 5_000;

/** Values of a configuration as params: the parts of a name joined by `.`, a list of plain values is one value, a list of objects is numbered. */
export function flatParams(value: unknown, key = ""): KeyValue[] {
  const found: KeyValue[] = [];
  add(value, key, 0, found);
  return found;
}

function add(value: unknown, key: string, depth: number, found: KeyValue[]): void {
  if (found.length >= MOST_PARAMS || depth > DEEPEST || value === undefined) return;
  const isObject = typeof value === "object" && value !== null && !(value instanceof Date);
  if (isObject && !(Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null))) {
    for (const [name, inner] of Object.entries(value)) add(inner, key === "" ? name : `${key}.${name}`, depth + 1, found);
  } else if (isKey(key)) {
    const text = value instanceof Date ? value.toISOString() : isObject ? JSON.stringify(value) : String(value);
    found.push({ key, value: text.slice(0, LONGEST_VALUE) });
  }
}
