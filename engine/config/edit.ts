import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, isPair, isScalar } from "yaml";
import type { ConfigEdit } from "../api/config.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { checkConfig } from "./check.ts";
import { CONFIG_FILE } from "./load.ts";

/**
 * Changes `touchstone.yaml` of a folder, made where there is none; comments, order and line ends stay. The file is
 * replaced as a whole. @throws TouchstoneError `CONFIG_INVALID` where the file is not YAML or the edits do not fit.
 */
export function editConfig(folder: string, edits: readonly ConfigEdit[]): void {
  const file = join(folder, CONFIG_FILE);
  const exists = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const before = exists ? readFileSync(file, "utf8") : "";
  const after = editText(before, edits, file);
  if (after === before) return;
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, after);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The text after the edits. @throws TouchstoneError `CONFIG_INVALID`. */
export function editText(text: string, edits: readonly ConfigEdit[], file = CONFIG_FILE): string {
  const { document, problems } = checkConfig(text);
  const [syntax] = document.errors.length > 0 ? problems : [];
  if (syntax !== undefined) throw new TouchstoneError({ code: "CONFIG_INVALID", message: syntax.message, file, line: syntax.line, hint: "Mend the file, then try again; nothing was written." });
  if (document.contents !== null && isScalar(document.contents) && document.contents.value === null) document.contents = null;
  if (document.contents !== null && !isMap(document.contents)) throw new TouchstoneError({ code: "CONFIG_INVALID", message: `${CONFIG_FILE} must be a map.`, file, line: 1 });
  const known = new Set(problems.map(({ message }) => message));
  for (const { path, value, rename } of edits) {
    if (rename !== undefined) renameKey(document, path, rename);
    else if (value === undefined) document.deleteIn(path);
    else {
      const found = document.getIn(path, true);
      // A value in another's place leaves the comment beside it.
      if (isScalar(found) && typeof value !== "object") found.value = value;
      else document.setIn(path, document.createNode(value));
    }
  }
  const ends = text.includes("\r\n") ? "\r\n" : "\n";
  const after = document.contents === null && text === "" ? "" : document.toString({ lineWidth: 0 }).replace(/\r?\n/g, ends);
  const wrong = checkConfig(after).problems.find(({ severity, message }) => severity === "error" && !known.has(message));
  if (wrong !== undefined) throw new TouchstoneError({ code: "CONFIG_INVALID", message: wrong.message, file, line: wrong.line, hint: "Nothing was written." });
  return after;
}

/** Another key for an entry, in its place; nothing where there is no such entry. */
function renameKey(document: Document, path: ConfigEdit["path"], name: string): void {
  const map = document.getIn(path.slice(0, -1));
  const key = path.at(-1);
  if (!isMap(map)) return;
  const pair = map.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
  if (pair !== undefined && isScalar(pair.key)) pair.key.value = name;
}
