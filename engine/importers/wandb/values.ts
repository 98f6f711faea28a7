import type { Leaf } from "./record.ts";

/** What a step's items say, with the parts of a path joined by `.` as W&B's own pages show them. */
export interface Values {
  readonly numbers: Map<string, number>;
  readonly texts: Map<string, string>;
  /** Objects with a `_type`: pictures, tables, histograms. */
  readonly media: Map<string, Readonly<Record<string, unknown>>>;
}

const DEEPEST = 32;
const MOST_LEAVES = 50_000;

/** Sorts leaves by what they are; what has none of these forms (null, lists without a type) is left out. Never throws. */
export function valuesOf(leaves: readonly Leaf[]): Values {
  const found: Values = { numbers: new Map(), texts: new Map(), media: new Map() };
  const typed = new Map<string, Record<string, unknown>>();
  for (const { path } of leaves) if (path.length > 1 && path.at(-1) === "_type") typed.set(path.slice(0, -1).join("."), {});
  const budget = { left: MOST_LEAVES };
  for (const { path, json } of leaves) {
    const value = parseValue(json);
    const owner = typed.size === 0 ? undefined : typed.get(path.slice(0, -1).join("."));
    if (owner !== undefined) owner[path.at(-1) ?? ""] = value;
    else sort(path.join("."), value, 0, budget, found);
  }
  for (const [key, object] of typed) found.media.set(key, object);
  return found;
}

/** W&B's JSON has the bare words NaN, Infinity and -Infinity, older clients wrote them as texts; undefined for what is no JSON. */
export function parseValue(json: string): unknown {
  switch (json) {
    case "NaN":
    case '"NaN"':
      return Number.NaN;
    case "Infinity":
    case '"Infinity"':
      return Number.POSITIVE_INFINITY;
    case "-Infinity":
    case '"-Infinity"':
      return Number.NEGATIVE_INFINITY;
  }
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function sort(key: string, value: unknown, depth: number, budget: { left: number }, found: Values): void {
  if (budget.left-- <= 0 || depth > DEEPEST) return;
  if (typeof value === "number") found.numbers.set(key, value);
  else if (typeof value === "boolean") found.numbers.set(key, Number(value));
  else if (typeof value === "string") found.texts.set(key, value);
  else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    // SAFETY: an object that is no list reads as unknown values by name.
    const object = value as Readonly<Record<string, unknown>>;
    if (typeof object["_type"] === "string") found.media.set(key, object);
    else for (const [name, inner] of Object.entries(object)) sort(`${key}.${name}`, inner, depth + 1, budget, found);
  }
}

/** A W&B histogram as edges and counts; null for media of another kind. */
export function histogramOf(media: Readonly<Record<string, unknown>>): { edges: number[]; counts: number[] } | null {
  if (media["_type"] !== "histogram") return null;
  const counts = numbersIn(media["values"]);
  const packed = media["packedBins"];
  if (typeof packed === "object" && packed !== null && "min" in packed && "size" in packed && typeof packed.min === "number" && typeof packed.size === "number") {
    const { min, size } = packed;
    return { edges: Array.from({ length: counts.length + 1 }, (_, index) => min + index * size), counts };
  }
  return { edges: numbersIn(media["bins"]), counts };
}

function numbersIn(value: unknown): number[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.filter((item) => typeof item === "number").slice(0, 10_000);
}
