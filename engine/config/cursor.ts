/** Where a cursor stands in a `touchstone.yaml` that may be half written. */
export interface Cursor {
  /** Keys from the top; list positions are 0. */
  readonly path: readonly (string | number)[];
  /** `key`: a name is being typed at `path`; `value`: the value of `path`. */
  readonly in: "key" | "value";
  /** The word or value as typed so far, up to the cursor, without an opening quote. */
  readonly typed: string;
  /** Where `typed` begins. */
  readonly from: number;
  /** Quote that is open at the cursor. */
  readonly quote: string;
  /** Keys that stand beside the cursor already. */
  readonly siblings: readonly string[];
}

interface Line {
  readonly indent: number;
  readonly key: string | null;
  readonly isItem: boolean;
  readonly blank: boolean;
}

const keyPattern = /^(\s*)((?:- +)*)(?:("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'{[][^#{[]*?)\s*:(?=\s|$))?/;

/** Finds the place by indentation, line by line, as people write it; maps in braces on one line count too. */
export function cursorAt(text: string, offset: number): Cursor {
  const lines = text.slice(0, offset).split("\n");
  const current = lines.pop() ?? "";
  const start = offset - current.length;
  const own = read(current);
  const following = text.slice(offset).split("\n").slice(1);
  const path = parents(lines, own);
  const siblings = [...neighbours(lines.toReversed(), own.indent), ...neighbours(following, own.indent)];
  const flow = inBraces(current, start, own.key === null ? path : [...path, own.key]);
  if (flow !== null) return flow;
  if (own.key !== null) {
    const after = keyPattern.exec(current)?.[0].length ?? 0;
    const gap = /^\s*/.exec(current.slice(after))?.[0].length ?? 0;
    return value([...path, own.key], current.slice(after + gap), start + after + gap);
  }
  const lead = /^\s*((?:- +|-$)*)/.exec(current)?.[0] ?? "";
  if (own.isItem) return value([...path, 0], current.slice(lead.length), start + lead.length);
  return { path, in: "key", typed: current.slice(lead.length), from: start + lead.length, quote: "", siblings };
}

function value(path: readonly (string | number)[], written: string, from: number): Cursor {
  const quote = /^["']/.exec(written)?.[0] ?? "";
  return { path, in: "value", typed: written.slice(quote.length), from: from + quote.length, quote, siblings: [] };
}

function read(line: string): Line {
  const match = keyPattern.exec(line);
  const [, space = "", items = "", key] = match ?? [];
  const isItem = items !== "" || /^\s*-\s*$/.test(line);
  return { indent: space.length + items.length, key: key === undefined ? null : unquote(key.trim()), isItem, blank: /^\s*(#|$)/.test(line) };
}

function unquote(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1).replaceAll("''", "'");
  return key.startsWith('"') ? key.slice(1, -1).replaceAll(/\\(.)/g, "$1") : key;
}

/** The keys above with less and less indentation. */
function parents(above: readonly string[], own: Line): (string | number)[] {
  const path: (string | number)[] = [];
  let indent = own.isItem && own.key === null ? own.indent - 1 : own.indent;
  for (const text of above.toReversed()) {
    const line = read(text);
    if (line.blank || line.indent >= indent || line.key === null) continue;
    path.unshift(line.key);
    indent = line.indent;
    if (indent === 0) break;
  }
  return path;
}

function neighbours(lines: readonly string[], indent: number): readonly string[] {
  const keys: string[] = [];
  for (const text of lines) {
    const line = read(text);
    if (line.blank) continue;
    if (line.indent < indent) break;
    if (line.indent === indent && line.key !== null) keys.push(line.key);
  }
  return keys;
}

/** Inside `key: { a: 1, b: |`: the last open brace of the line. */
function inBraces(line: string, start: number, path: readonly (string | number)[]): Cursor | null {
  const open: { at: number; list: boolean }[] = [];
  const keys: (string | number)[] = [...path];
  let quote = "";
  let item = 0;
  let key: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === "'" || character === '"') {
      if (/[\s:{[,]$/.test(line.slice(0, at)) || at === item) quote = character;
    } else if (character === "{" || character === "[") {
      if (open.length > 0 && key !== null) keys.push(key);
      open.push({ at, list: character === "[" });
      item = at + 1;
      key = null;
    } else if (character === "}" || character === "]") {
      open.pop();
      if (open.length > 0) keys.pop();
      key = null;
    } else if (character === "," && open.length > 0) {
      item = at + 1;
      key = null;
    } else if (character === ":" && open.length > 0 && /^(\s|$)/.test(line.slice(at + 1))) {
      key = unquote(line.slice(item, at).trim());
      item = at + 1;
    }
  }
  const inner = open.at(-1);
  if (inner === undefined) return null;
  const gap = /^\s*/.exec(line.slice(item))?.[0].length ?? 0;
  const typed = line.slice(item + gap);
  if (key !== null) return value([...keys, key], typed, start + item + gap);
  if (inner.list) return value([...keys, 0], typed, start + item + gap);
  const siblings = [...line.slice(inner.at + 1).matchAll(/([\w.-]+)\s*:/g)].map((found) => found[1] ?? "");
  return { path: keys, in: "key", typed, from: start + item + gap, quote: "", siblings };
}
