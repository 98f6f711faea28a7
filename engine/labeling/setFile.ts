import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import type { LabelKind } from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { ItemRule } from "../items/key.ts";

export interface DeclaredClass {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The key that it wants; null where any will do. */
  readonly key: string | null;
}

/** What `labels.yaml` says. */
export interface SetDefinition {
  readonly name: string;
  readonly task: "classification";
  readonly kind: LabelKind;
  readonly rule: ItemRule;
  /** A table's file or a folder of images, relative to the store's folder or absolute, with `/`. */
  readonly source: string;
  /** True: only the items that `items.jsonl` lists, in its order. */
  readonly listed: boolean;
  /** Which items these are, in words. */
  readonly title: string;
  /** Columns on the screen: one with the text or the image's path, or those of the row (none: all). */
  readonly show: readonly string[];
  readonly context: readonly string[];
  readonly suggest: { readonly column: string; readonly score: string | null; /** Share of items without a suggestion, 0 … 1. */ readonly hide: number } | null;
  readonly classes: readonly DeclaredClass[];
  /** Where `Export Labels` writes; null beside the set. */
  readonly exportPath: string | null;
}

/** The share of items whose suggestion is hidden where `labels.yaml` says nothing. */
export const DEFAULT_HIDDEN_SHARE = 0.2;

/** Reads `labels.yaml`; `file` is its path for messages. Throws `LABEL_SET` with the line of the first fault. */
export function parseSetFile(text: string, file: string): SetDefinition {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) throw setError(file, lines.linePos(fault.pos[0]).line, `labels.yaml is not valid YAML: ${fault.message.split("\n")[0]}.`);
  const reader = new SetReader(document, lines, file);
  const kind = reader.oneOf(["item", "kind"], ["text", "row", "image"]);
  return {
    name: reader.text(["name"]),
    task: reader.oneOf(["task"], ["classification"]),
    kind,
    rule: readRule(reader),
    source: reader.text(["source", "path"]),
    listed: reader.optional(["source", "items"]) !== null,
    title: reader.optional(["source", "title"]) ?? "",
    show: reader.texts(["item", "show"]),
    context: reader.texts(["item", "context"]),
    suggest: readSuggest(reader),
    classes: readClasses(reader),
    exportPath: reader.optional(["export", "path"]),
  };
}

function readRule(reader: SetReader): ItemRule {
  if (reader.value(["item", "key"]) === "bytes") return { kind: "bytes" };
  for (const kind of ["id", "content"] as const) {
    const columns = reader.texts(["item", "key", kind]);
    if (columns.length > 0) return { kind, columns };
  }
  throw reader.fault(["item", "key"], "item.key says nothing that Touchstone knows; write `id: [column]`, `content: [column]` or `bytes`.");
}

function readSuggest(reader: SetReader): SetDefinition["suggest"] {
  const column = reader.optional(["suggest", "column"]);
  if (column === null) return null;
  const hide = reader.value(["suggest", "hide"]) ?? DEFAULT_HIDDEN_SHARE;
  if (typeof hide !== "number" || !(hide >= 0 && hide <= 1)) throw reader.fault(["suggest", "hide"], "suggest.hide is a share between 0 and 1.");
  return { column, score: reader.optional(["suggest", "score"]), hide };
}

function readClasses(reader: SetReader): readonly DeclaredClass[] {
  const list = reader.value(["classes"]);
  if (!Array.isArray(list) || list.length === 0) throw reader.fault(["classes"], "classes is empty; a label set needs one class or more.");
  const seen = new Map<string, number>();
  return list.map((_, index) => {
    const at = (key: string) => ["classes", index, key] as const;
    const id = reader.text(at("id"));
    const name = reader.text(at("name"));
    for (const one of [`id ${id}`, `name ${name}`]) {
      if (seen.has(one)) throw reader.fault(at(one.startsWith("id ") ? "id" : "name"), `Two classes have the ${one}.`);
      seen.set(one, index);
    }
    return { id, name, description: reader.optional(at("description")) ?? "", key: reader.optional(at("key")) };
  });
}

type Path = readonly (string | number)[];

/** Values of the document by path, with faults that know their line. */
class SetReader {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  value(path: Path): unknown {
    const node: unknown = this.#document.getIn(path, true);
    if (isScalar(node)) return node.value;
    return isMap(node) || node === undefined || node === null ? (node ?? null) : this.#plain(node);
  }

  /** A text, or a number or flag written where a text is meant (a class named 1 or no). */
  optional(path: Path): string | null {
    const value = this.value(path);
    if (value === null) return null;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
    throw this.fault(path, `${path.join(".")} is to be a text.`);
  }

  text(path: Path): string {
    const value = this.optional(path);
    if (value === null || value.trim() === "") throw this.fault(path, `${path.join(".")} is missing.`);
    return value;
  }

  texts(path: Path): readonly string[] {
    const value = this.value(path);
    if (value === null) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.map((one) => {
      if (typeof one !== "string" && typeof one !== "number") throw this.fault(path, `${path.join(".")} is to be a list of column names.`);
      return String(one);
    });
  }

  oneOf<T extends string>(path: Path, allowed: readonly T[]): T {
    const value = this.text(path);
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw this.fault(path, `${path.join(".")} is "${value}"; it can be ${allowed.join(", ")}.`);
    return found;
  }

  /** The error at the deepest part of the path that exists. */
  fault(path: Path, message: string): TouchstoneError {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true);
      if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) && typeof node.range[0] === "number") {
        return setError(this.#file, this.#lines.linePos(node.range[0]).line, message);
      }
    }
    return setError(this.#file, 1, message);
  }

  #plain(node: unknown): unknown {
    const has = typeof node === "object" && node !== null && "toJSON" in node && typeof node.toJSON === "function";
    return has ? JSON.parse(JSON.stringify(node)) : node;
  }
}

function setError(file: string, line: number, message: string): TouchstoneError {
  return new TouchstoneError({ code: "LABEL_SET", message, file, line, hint: "Mend the line and open the label set again; no vote is touched." });
}
