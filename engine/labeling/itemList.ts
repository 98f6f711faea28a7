import type { LabelProblem } from "../api/labeling.ts";
import type { ListedItem } from "./images.ts";

/** The text of `items.jsonl`: the items of a set in their order, one a line. */
export function encodeItems(items: readonly ListedItem[]): string {
  return items.map((one) => `${JSON.stringify(one)}\n`).join("");
}

/** Reads `items.jsonl`; each item counts once. `file` is its path for problems. */
export function decodeItems(text: string, file: string): { readonly items: readonly ListedItem[]; readonly problems: readonly LabelProblem[] } {
  const items = new Map<string, ListedItem>();
  const problems: LabelProblem[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "") return;
    const one = decodeItem(line);
    if (one === null) problems.push({ file, line: index + 1, message: "This line is not an item. It is left out." });
    else if (!items.has(one.item)) items.set(one.item, one);
  });
  return { items: [...items.values()], problems };
}

function decodeItem(line: string): ListedItem | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("item" in value) || typeof value.item !== "string") return null;
    if (!("path" in value)) return { item: value.item };
    const path = value.path;
    // A path out of the folder would show a file that the person did not choose.
    if (typeof path !== "string" || path.startsWith("/") || /^[a-z]:/i.test(path) || path.split(/[\\/]/).includes("..")) return null;
    return { item: value.item, path };
  } catch {
    return null;
  }
}
