import { createHash } from "node:crypto";
import type { Feature } from "./features.ts";
import type { Found } from "./search.ts";

/** The rows of a slice, ascending, in `scratch`: it must have room for all rows, and the next call writes over them. */
export function rowsOf(features: readonly Feature[], terms: Found["terms"], scratch: Uint32Array): Uint32Array {
  const [first, second] = terms.map(([feature, value]) => ({ codes: features[feature]!.codes, value }));
  let count = 0;
  if (!first) return scratch.subarray(0, 0);
  for (let i = 0; i < first.codes.length; i++) if (first.codes[i] === first.value && (second === undefined || second.codes[i] === second.value)) scratch[count++] = i;
  return scratch.subarray(0, count);
}

/** SHA-256 of the row numbers as little-endian 32-bit integers. */
export function digestRows(rows: Uint32Array): string {
  return createHash("sha256").update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)).digest("hex");
}

export interface Distinct {
  readonly found: Found;
  /** Other descriptions of the same rows. */
  readonly equivalent: readonly Found[];
}

/** The first k row sets in the order of the search, each with the other descriptions of the same rows. */
export function distinctSets(features: readonly Feature[], found: readonly Found[], scratch: Uint32Array, k: number): readonly Distinct[] {
  const ordered = [...found].sort((a, b) => inOrder(features, a, b));
  const sets: { found: Found; equivalent: Found[] }[] = [];
  // Only slices with the same counts can hold the same rows; of those the rows are compared.
  const alike = new Map<string, { set: (typeof sets)[number]; digest: string | null }[]>();
  const digest = (each: Found) => digestRows(rowsOf(features, each.terms, scratch));
  for (const each of ordered) {
    const last = sets.at(-1)?.found;
    if (sets.length >= k && last !== undefined && (each.size !== last.size || each.score < last.score - 1e-12)) break;
    const counts = `${each.size}/${each.errors.toPrecision(9)}`;
    const group = alike.get(counts) ?? [];
    const own = group.length > 0 ? digest(each) : null;
    const known = group.find((other) => (other.digest ??= digest(other.set.found)) === own);
    if (known) known.set.equivalent.push(each);
    else if (sets.length < k) {
      const set = { found: each, equivalent: [] };
      sets.push(set);
      alike.set(counts, [...group, { set, digest: own }]);
    }
  }
  return sets;
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
