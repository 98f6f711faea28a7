import { byCodePoint } from "../expressions/compare.ts";
import type { Steps } from "../runs/turns.ts";

/** Texts that are sorted or merged at a time: some milliseconds. */
const SOME = 4096;

/** Different texts in the order of their code points, as SQLite sorts them; a hundred thousand take a while, in steps. */
export function* inTextOrder(texts: readonly string[]): Steps<readonly string[]> {
  let runs: (readonly string[])[] = [];
  for (let from = 0; from < texts.length; from += SOME) {
    runs.push(texts.slice(from, from + SOME).sort(byCodePoint));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly string[])[] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* mergedRuns(runs[i] ?? [], runs[i + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergedRuns(a: readonly string[], b: readonly string[]): Steps<readonly string[]> {
  if (b.length === 0) return a;
  const merged: string[] = [];
  for (let i = 0, k = 0; i < a.length || k < b.length; ) {
    const [left, right] = [a[i], b[k]];
    if (right === undefined || (left !== undefined && byCodePoint(left, right) <= 0)) {
      merged.push(left ?? "");
      i++;
    } else {
      merged.push(right);
      k++;
    }
    if (merged.length % SOME === 0) yield;
  }
  return merged;
}
