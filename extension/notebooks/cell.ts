import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import type { LaunchState } from "../../engine/api/launches.ts";

const MARK = "# Touchstone tracks this notebook";

/** The file that holds a notebook's preparing code: one a notebook, in `storage`, which is outside of every workspace. */
export function codeFile(storage: string, notebook: string): string {
  return join(storage, "notebooks", `${createHash("sha256").update(notebook).digest("hex").slice(0, 20)}.py`);
}

/** The source of the cell that a person runs where no other way leads into the kernel. Names a file; holds nothing secret. */
export function cellText(file: string): string {
  // A raw string cannot hold its own quote. JSON's strings are Python's.
  const path = file.includes('"') ? JSON.stringify(file) : `r"${file}"`;
  return `exec(open(${path}, encoding="utf-8").read())  ${MARK}`;
}

/** True for a cell that `cellText` wrote, here or on another machine. */
export function isTrackingCell(source: string): boolean {
  return source.startsWith("exec(open(") && source.trimEnd().endsWith(MARK);
}

/** What the file says once a kernel took its code: nothing secret, and `Run All` goes on, with a word where the kernel is another one. */
export function spentText(launchId: string, hint: string): string {
  return `__import__("os").environ.get("TOUCHSTONE_LAUNCH") == ${JSON.stringify(launchId)} or print(${JSON.stringify(hint)})\n`;
}

/** The notebook (absolute path) whose living kernel a launch is; null for all other launches. */
export function notebookOf({ command }: Pick<LaunchState, "command">): string | null {
  const [path] = command;
  return command.length === 1 && path !== undefined && isAbsolute(path) && /\.ipynb$/i.test(path) ? path : null;
}

/** One piece of what executed code put out: a mime type and its bytes. */
export interface OutputItem {
  readonly mime: string;
  readonly data: Uint8Array;
}

/** What the Jupyter extension yields: groups of items, as a list or, in newer versions, as an object with a list. */
export type Output = readonly OutputItem[] | { readonly items: readonly OutputItem[] };

/** The Python error among what executed code put out, as `Type: message`; null where there is none. */
export function errorOf(output: Output): string | null {
  const items = "items" in output ? output.items : output;
  const item = items.find(({ mime }) => mime === "application/vnd.code.notebook.error");
  if (item === undefined) return null;
  const text = new TextDecoder().decode(item.data);
  try {
    const { name, message }: { name?: unknown; message?: unknown } = JSON.parse(text);
    return [name, message].filter((part) => typeof part === "string" && part !== "").join(": ") || text;
  } catch {
    return text;
  }
}
