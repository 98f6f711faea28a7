import { addUnit, alphaOf, coincidences, pairAgreement } from "./agreement.ts";

/** How often each answer was given to an item, without the items: `{ c7f2: 2, "out-of-scope": 1 }`. */
export type AnswerCounts = Readonly<Record<string, number>>;

/**
 * Items grouped by how they were answered. A hundred thousand items fall into a few dozen patterns, so that α and its
 * resampled interval cost the same whatever their number.
 */
export class Patterns {
  readonly #items = new Map<string, { readonly counts: AnswerCounts; items: number }>();

  /** `delta` 1 adds an item with these answers, −1 takes one away. */
  add(answers: readonly string[], delta: 1 | -1): void {
    if (answers.length < 2) return;
    const sorted = [...answers].sort();
    const key = sorted.join("\n");
    const found = this.#items.get(key);
    if (found) found.items += delta;
    else {
      const counts: Record<string, number> = {};
      for (const answer of sorted) counts[answer] = (counts[answer] ?? 0) + 1;
      this.#items.set(key, { counts, items: delta });
    }
    if (this.#items.get(key)?.items === 0) this.#items.delete(key);
  }

  /** Patterns of two answers or more, in a fixed order, so that a seeded resampling is the same everywhere. */
  entries(): readonly { readonly counts: AnswerCounts; readonly items: number }[] {
    return [...this.#items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** Items with two answers or more. */
  get items(): number {
    return this.entries().reduce((sum, entry) => sum + entry.items, 0);
  }

  /** Items whose answers differ. */
  get conflicts(): number {
    return this.entries().reduce((sum, entry) => sum + (Object.keys(entry.counts).length > 1 ? entry.items : 0), 0);
  }
}

/** The measures over patterns, for any number of items of each: α and the mean agreement of pairs. NaN where undefined. */
export function measures(patterns: readonly AnswerCounts[]): (items: ArrayLike<number>) => readonly [alpha: number, percent: number] {
  const answers = [...new Set(patterns.flatMap((counts) => Object.keys(counts)))].sort();
  const rows = patterns.map((counts) => answers.map((answer) => counts[answer] ?? 0));
  const shares = rows.map((row) => pairAgreement(row) ?? 0);
  return (items) => {
    const sums = coincidences(answers.length);
    let total = 0;
    let agreeing = 0;
    rows.forEach((row, index) => {
      const weight = items[index] ?? 0;
      if (weight === 0) return;
      addUnit(sums, row, weight);
      total += weight;
      agreeing += weight * (shares[index] ?? 0);
    });
    return [alphaOf(sums) ?? Number.NaN, total > 0 ? agreeing / total : Number.NaN];
  };
}
