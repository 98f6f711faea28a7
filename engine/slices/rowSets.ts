import { createHash } from "node:crypto";
import type { Feature } from "./features.ts";
import type { Found } from "./search.ts";

/** The rows of a slice, ascending. */
export function rowsOf(features: readonly Feature[], terms: Found["terms"], n: number): Uint32Array {
  const rows = new Uint32Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) {
    let inside = true;
    for (const [feature, value] of terms) if (features[feature]!.codes[i] !== value) inside = false;
    if (inside) rows[count++] = i;
  }
  return rows.slice(0, count);
}

/** SHA-256 of the row numbers as little-endian 32-bit integers. */
export function digestRows(rows: Uint32Array): string {
  return createHash("sha256").update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)).digest("hex");
}

export interface Distinct {
  readonly found: Found;
  readonly rows: Uint32Array;
  readonly digest: string;
  readonly equivalent: readonly Found[];
}

/** The first k row sets in the order of the search, each with the other descriptions of the same rows. */
export function distinctSets(features: readonly Feature[], found: readonly Found[], n: number, k: number): readonly Distinct[] {
  const ordered = [...found].sort((a, b) => inOrder(features, a, b));
  const sets = new Map<string, { found: Found; rows: Uint32Array; equivalent: Found[] }>();
  for (const each of ordered) {
    const last = [...sets.values()].at(-1)?.found;
    if (sets.size >= k && last !== undefined && (each.size !== last.size || each.score < last.score - 1e-12)) break;
    const rows = rowsOf(features, each.terms, n);
    const digest = digestRows(rows);
    const known = sets.get(digest);
    if (known) known.equivalent.push(each);
    else if (sets.size < k) sets.set(digest, { found: each, rows, equivalent: [] });
  }
  return [...sets].map(([digest, set]) => ({ digest, ...set }));
}

/** Score, size (larger first), fewer predicates, feature order of the file, value text. */
function inOrder(features: readonly Feature[], a: Found, b: Found): number {
  if (Math.abs(a.score - b.score) > 1e-12) return b.score - a.score;
  if (a.size !== b.size) return b.size - a.size;
  if (a.terms.length !== b.terms.length) return a.terms.length - b.terms.length;
  for (let t = 0; t < a.terms.length; t++) {
    const [fa, va] = a.terms[t]!;
    const [fb, vb] = b.terms[t]!;
    if (fa !== fb) return fa - fb;
    const [x, y] = [JSON.stringify(features[fa]!.predicates[va]?.value), JSON.stringify(features[fb]!.predicates[vb]?.value)];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
