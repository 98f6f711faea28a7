import { configSchema } from "./schema.ts";

/** The schema as checks, completion and hover walk it. */
export type Shape = { readonly description: string; readonly names: string | null } & (
  | { readonly is: "map"; readonly keys: ReadonlyMap<string, Shape>; readonly any: Shape | null; readonly required: readonly string[] }
  | { readonly is: "list"; readonly item: Shape }
  | { readonly is: "choice"; readonly options: readonly Shape[] }
  | { readonly is: "word"; readonly words: readonly string[] }
  | { readonly is: "text"; readonly expression: "runs" | "rows" | null }
  | { readonly is: "number" }
);

type Json = Readonly<Record<string, unknown>>;

/** The shape of the whole file. */
export const configShape: Shape = toShape(configSchema);

function toShape(schema: unknown): Shape {
  const json = asRecord(schema);
  const about = { description: typeof json["description"] === "string" ? json["description"] : "", names: typeof json["x-names"] === "string" ? json["x-names"] : null };
  if (Array.isArray(json["enum"])) return { ...about, is: "word", words: json["enum"].map(String) };
  if (Array.isArray(json["anyOf"])) return { ...about, is: "choice", options: json["anyOf"].map(toShape) };
  switch (json["type"]) {
    case "object": {
      const patterns = Object.values(asRecord(json["patternProperties"]));
      return {
        ...about,
        is: "map",
        keys: new Map(Object.entries(asRecord(json["properties"])).map(([key, value]) => [key, toShape(value)])),
        any: patterns.length === 0 ? null : toShape(patterns[0]),
        required: Array.isArray(json["required"]) ? json["required"].map(String) : [],
      };
    }
    case "array":
      return { ...about, is: "list", item: toShape(json["items"]) };
    case "number":
      return { ...about, is: "number" };
    default: {
      const over = json["x-expression"];
      return { ...about, is: "text", expression: over === "runs" || over === "rows" ? over : null };
    }
  }
}

function asRecord(value: unknown): Json {
  // SAFETY: any object can be read by string keys; each value is checked before its use.
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** What stands under a key or position of a shape; choices are followed. Null: nothing may. */
export function inside(shape: Shape, step: string | number): Shape | null {
  if (shape.is === "choice") return shape.options.map((option) => inside(option, step)).find((found) => found !== null) ?? null;
  if (shape.is === "list") return typeof step === "number" ? shape.item : null;
  return shape.is === "map" && typeof step === "string" ? (shape.keys.get(step) ?? shape.any) : null;
}

/** The shape at a path from the top; null where nothing may stand. */
export function shapeAt(path: readonly (string | number)[]): Shape | null {
  return path.reduce<Shape | null>((shape, step) => (shape === null ? null : inside(shape, step)), configShape);
}
