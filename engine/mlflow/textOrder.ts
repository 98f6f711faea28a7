import { byCodePoint } from "../expressions/compare.ts";
import type { Steps } from "../runs/turns.ts";

/** Things that are sorted or merged at a time: some milliseconds. */
const SOME = 4096;

/** Different texts in the order of their code points, as SQLite sorts them; a hundred thousand take a while, in steps. */
export function inTextOrder(texts: readonly string[]): Steps<readonly string[]> {
  return inOrder(texts, byCodePoint);
}

/** As `toSorted`, in steps; what compares as equal stays as it stood. */
export function* inOrder<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += SOME) {
    runs.push(items.slice(from, from + SOME).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* mergedRuns(runs[i] ?? [], runs[i + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergedRuns<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): Steps<readonly T[]> {
  if (b.length === 0) return a;
  const merged: T[] = [];
  let i = 0;
  for (const right of b) {
    for (let left = a[i]; left !== undefined && compare(left, right) <= 0; left = a[++i]) {
      merged.push(left);
      if (merged.length % SOME === 0) yield;
    }
    merged.push(right);
    if (merged.length % SOME === 0) yield;
  }
  return merged.concat(a.slice(i));
}
