import type { TextCompletion } from "../api/config.ts";
import { complete } from "../expressions/complete.ts";
import { scopeOf } from "../expressions/scope.ts";
import { type ConfigNames, noNames } from "./check.ts";
import { type Cursor, cursorAt } from "./cursor.ts";
import { type Shape, shapeAt } from "./shape.ts";

/** What can stand at the offset: keys, listed words, names of columns, and inside an expression what its grammar offers. */
export function completeConfig(text: string, offset: number, names: ConfigNames = noNames): readonly TextCompletion[] {
  const cursor = cursorAt(text, offset);
  const shape = shapeAt(cursor.path);
  if (shape === null) return [];
  if (cursor.in === "key") return keys(cursor, shape, names);
  return options(shape).flatMap((option) => values(cursor, option, names));
}

function options(shape: Shape): readonly Shape[] {
  return shape.is === "choice" ? shape.options.flatMap(options) : [shape];
}

function keys(cursor: Cursor, shape: Shape, names: ConfigNames): readonly TextCompletion[] {
  const offers: TextCompletion[] = [];
  const add = (key: string, detail: string, follows: string): void => {
    if (cursor.siblings.includes(key) || !key.toLowerCase().includes(cursor.typed.toLowerCase())) return;
    offers.push({ label: key, insert: `${plainKey(key)}:${follows}`, kind: "key", detail, offset: cursor.from, length: cursor.typed.length });
  };
  for (const option of options(shape)) {
    if (option.is !== "map") continue;
    for (const [key, child] of option.keys) add(key, child.description, child.is === "map" || child.is === "list" ? "" : " ");
    if (option.names === "metrics") for (const known of names.runs) if (known.entity === "metrics") add(known.key, "logged by runs", " ");
  }
  return offers;
}

function values(cursor: Cursor, shape: Shape, names: ConfigNames): readonly TextCompletion[] {
  const { from, typed } = cursor;
  const offer = (label: string, kind: TextCompletion["kind"], detail: string): TextCompletion[] =>
    label.toLowerCase().includes(typed.toLowerCase()) ? [{ label, insert: label, kind, detail, offset: from, length: typed.length }] : [];
  if (shape.is === "word") return shape.words.flatMap((word) => offer(word, "value", shape.description));
  if (shape.is !== "text") return [];
  if (shape.names === "columns") return names.runs.flatMap((known) => offer(known.entity === null ? known.key : `${known.entity}.${known.key}`, "column", known.kind));
  if (shape.expression === null) return [];
  // A quote doubled for YAML is one character of the expression.
  const doubled = cursor.quote === "'";
  const source = doubled ? typed.replaceAll("''", "'") : typed;
  return complete(source, source.length, scopeOf(names[shape.expression], true)).map((item) => {
    const width = doubled ? source.slice(item.offset).replaceAll("'", "''").length : source.length - item.offset;
    const insert = doubled ? item.insert.replaceAll("'", "''") : cursor.quote === '"' ? item.insert.replaceAll(/["\\]/g, "\\$&") : item.insert;
    return { ...item, insert, offset: from + typed.length - width, length: width };
  });
}

/** A key as YAML takes it without a doubt. */
function plainKey(key: string): string {
  return /^[A-Za-z_][\w ./@()-]*$/.test(key) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(key) && !key.endsWith(" ") ? key : JSON.stringify(key);
}
