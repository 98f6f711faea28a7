import { diff } from "node:util";

/** Above this many lines on both sides together the exact count would take too long; then it is by sets of lines. */
const EXACT = 20_000;

/** Lines that are new and lines that are gone; null where a side is no text. */
export function countChangedLines(before: Uint8Array | null, after: Uint8Array | null): { added: number; removed: number } | null {
  const [a, b] = [before, after].map((bytes) => (bytes === null ? [] : linesOf(bytes)));
  if (!a || !b) return null;
  // Equal beginnings and ends are most of two versions of a file.
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length === 0 || right.length === 0) return { added: right.length, removed: left.length };
  if (left.length + right.length > EXACT) return bySets(left, right);
  let added = 0;
  let removed = 0;
  // The operation says on which side a line stands alone; which number means which is read off, not remembered.
  for (const [operation] of diff(left, right)) {
    if (operation === INSERTED) added++;
    else if (operation === -INSERTED) removed++;
  }
  return { added, removed };
}

/** What `util.diff` calls a line that only the second side has. */
const INSERTED = diff([], ["x"])[0]?.[0] ?? 1;

function bySets(left: readonly string[], right: readonly string[]): { added: number; removed: number } {
  const [a, b] = [new Set(left), new Set(right)];
  return { added: right.filter((line) => !a.has(line)).length, removed: left.filter((line) => !b.has(line)).length };
}

function linesOf(bytes: Uint8Array): string[] | null {
  if (bytes.subarray(0, 8_000).includes(0)) return null;
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
