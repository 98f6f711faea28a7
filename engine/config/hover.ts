import { isMap, isPair, isScalar, parseDocument, type Node } from "yaml";
import type { TextRange } from "../api/config.ts";
import { functions } from "../expressions/functions.ts";
import { directionByName } from "./directions.ts";
import { Places } from "./places.ts";
import { configShape, inside, type Shape } from "./shape.ts";

/** What the key or word at the offset means, in Markdown; null where there is nothing to say. */
export function hoverConfig(text: string, offset: number): (TextRange & { readonly markdown: string }) | null {
  const places = new Places(text);
  const found = find(parseDocument(text, { prettyErrors: false }).contents, configShape, offset, []);
  if (found === null) return null;
  const { node, shape, path } = found;
  const [from = 0, to = 0] = node.range ?? [];
  if (shape.is === "text" && shape.expression !== null) {
    const called = functionAt(text, offset);
    if (called !== null) return { ...places.range(called.from, called.to), markdown: called.markdown };
  }
  const [section, key] = path;
  const aboutMetric = section === "metrics" && path.length === 2 && typeof key === "string" ? metricHover(key) : "";
  const markdown = [shape.description, aboutMetric].filter((part) => part !== "").join("\n\n");
  return markdown === "" ? null : { ...places.range(from, to), markdown };
}

function metricHover(key: string): string {
  const direction = directionByName(key);
  if (direction === "unknown") return `The name \`${key}\` does not say which way is better; declare \`up\` or \`down\`.`;
  return `By its name, ${direction === "up" ? "more" : "less"} of \`${key}\` is better.`;
}

interface Found {
  readonly node: Node;
  readonly shape: Shape;
  readonly path: readonly string[];
}

/** The key or scalar that holds the offset, with the shape of its value. */
function find(node: unknown, shape: Shape, offset: number, path: readonly string[]): Found | null {
  if (isScalar(node)) return holds(node, offset) ? { node, shape: textOf(shape), path } : null;
  if (!isMap(node)) return null;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const child = inside(shape, key);
    if (child === null) continue;
    if (holds(pair.key, offset)) return { node: pair.key, shape: child, path: [...path, key] };
    const below = find(pair.value, child, offset, [...path, key]);
    if (below !== null) return below;
  }
  return null;
}

/** Of a choice, the text that an expression is; its own description else. */
function textOf(shape: Shape): Shape {
  if (shape.is !== "choice") return shape;
  return shape.options.find((option) => option.is === "text" && option.expression !== null) ?? shape;
}

function holds(node: Node, offset: number): boolean {
  const [from = 0, to = -1] = node.range ?? [];
  return offset >= from && offset <= to;
}

function functionAt(text: string, offset: number): { from: number; to: number; markdown: string } | null {
  const before = /[A-Za-z]\w*$/.exec(text.slice(0, offset))?.[0] ?? "";
  const after = /^\w*/.exec(text.slice(offset))?.[0] ?? "";
  const known = functions.get(`${before}${after}`.toLowerCase());
  if (known === undefined || !/^\s*\(/.test(text.slice(offset + after.length))) return null;
  return { from: offset - before.length, to: offset + after.length, markdown: `\`${known.usage}\`\n\n${known.summary}` };
}
