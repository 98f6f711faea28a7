import type { Feature, FeatureCodes } from "./features.ts";
import { score, scoreBound, type Whole } from "./score.ts";
import { tallyPairs, tallyValues, type Errors } from "./tally.ts";

/** A slice by feature and value numbers, with what was counted over its rows. */
export interface Found {
  readonly terms: readonly (readonly [feature: number, value: number])[];
  readonly size: number;
  readonly errors: number;
  readonly score: number;
}

/** A single value, which bounds the slices inside it. */
interface Single extends Found {
  readonly largest: number;
}

export interface SearchOptions {
  readonly k: number;
  readonly alpha: number;
  readonly support: number;
  /** Most rows of a slice that is reported; larger ones are only combined. */
  readonly largest: number;
  readonly level: number;
  /** Asked before each pair of features. */
  readonly stop: () => "cancelled" | "late" | null;
  readonly onPair: (done: number, total: number) => void;
}

export interface Search {
  /** Slices whose score is at least that of the k-th distinct one (all with a positive score when fewer), unordered. */
  readonly found: readonly Found[];
  /** Slices with enough rows that were counted, and pairs that the bound excluded: the family of the tests. */
  readonly family: number;
  readonly pairsDone: number;
  readonly pairs: number;
  readonly mean: number;
}

/** Scores this close to 0 are rounding. */
const TOLERANCE = 1e-12;

/**
 * Exact top-k slices of one or two predicates. Single values first; then each pair of features is counted in one
 * pass over the rows, in the order of its best bound, and left out when no combination of values can still enter.
 */
export function searchSlices(features: readonly Feature[], errors: Errors, options: SearchOptions): Search {
  const n = errors.length;
  let total = 0;
  for (const e of errors) total += e;
  const whole: Whole = { n, mean: total / n, alpha: options.alpha, support: options.support };
  const best = new Best(options.k, options.largest);
  const singles = features.map((feature, f) => countSingles(feature, f, errors, whole));
  // A value that is too rare shares code 0, so that the tables of pairs stay small. Made for a feature when it is first paired.
  const dense = new Map<number, FeatureCodes>();
  const codesOf = (f: number) => dense.get(f) ?? dense.set(f, renumber(features[f]!, singles[f]!)).get(f)!;
  let family = 0;
  for (const values of singles) {
    for (const single of values) {
      family++;
      best.offer(single);
    }
  }
  const pairs: { a: number; b: number; bound: number; combinations: number }[] = [];
  if (options.level >= 2) {
    for (let a = 0; a < features.length; a++) {
      for (let b = a + 1; b < features.length; b++) {
        let bound = Number.NEGATIVE_INFINITY;
        for (const x of singles[a]!) for (const y of singles[b]!) bound = Math.max(bound, pairBound(whole, x, y));
        pairs.push({ a, b, bound, combinations: singles[a]!.length * singles[b]!.length });
      }
    }
    pairs.sort((x, y) => y.bound - x.bound);
  }
  let done = 0;
  for (const { a, b, bound, combinations } of pairs) {
    const why = options.stop();
    if (why !== null) break;
    done++;
    options.onPair(done, pairs.length);
    if (bound < best.threshold || bound <= TOLERANCE) {
      family += combinations;
      continue;
    }
    for (const pair of countPairs(a, b, codesOf, singles[a]!, singles[b]!, errors, whole)) {
      family++;
      best.offer(pair);
    }
  }
  return { found: best.list(), family, pairsDone: done, pairs: pairs.length, mean: whole.mean };
}

function pairBound(whole: Whole, x: Single, y: Single): number {
  return scoreBound(whole, Math.min(x.size, y.size), Math.min(x.errors, y.errors), Math.min(x.largest, y.largest));
}

function countSingles(feature: Feature, f: number, errors: Errors, whole: Whole): Single[] {
  const { size, sum, largest } = tallyValues(feature.predicates.length + 1, feature.codes, errors);
  return feature.predicates.flatMap((_, v) => (size[v]! >= whole.support && sum[v]! > 0 ? [{ ...toFound([[f, v]], size[v]!, sum[v]!, whole), largest: largest[v]! }] : []));
}

/** All combinations of two features' values with enough rows, in one pass. */
function countPairs(a: number, b: number, codesOf: (feature: number) => FeatureCodes, valuesA: readonly Single[], valuesB: readonly Single[], errors: Errors, whole: Whole): Found[] {
  const width = valuesB.length + 1;
  const { size, sum } = tallyPairs(codesOf(a), codesOf(b), (valuesA.length + 1) * width, width, errors);
  const found: Found[] = [];
  valuesA.forEach((first, i) =>
    valuesB.forEach((second, j) => {
      const cell = (i + 1) * width + j + 1;
      if (size[cell]! >= whole.support) found.push(toFound([[a, first.terms[0]![1]], [b, second.terms[0]![1]]], size[cell]!, sum[cell]!, whole));
    }),
  );
  return found;
}

/** The feature with 0 for values that are too rare, and 1 … for the others. */
function renumber(feature: Feature, values: readonly Single[]): FeatureCodes {
  const numbers = new Uint16Array(feature.predicates.length + 1);
  values.forEach((value, i) => (numbers[value.terms[0]![1]] = i + 1));
  const codes = values.length < 0x100 ? new Uint8Array(feature.codes.length) : new Uint16Array(feature.codes.length);
  for (let row = 0; row < codes.length; row++) codes[row] = numbers[feature.codes[row]!]!;
  return codes;
}

function toFound(terms: Found["terms"], size: number, errors: number, whole: Whole): Found {
  return { terms, size, errors, score: score(whole, size, errors) };
}

/** Keeps what can still be among the k best distinct row sets. Slices with equal counts may hold the same rows, so they count once. */
class Best {
  readonly #k: number;
  readonly #largest: number;
  #kept: Found[] = [];
  /** Looked through again when so many are kept. */
  #enough: number;
  /** The score that a newcomer must reach; 0 until k row sets are known. */
  threshold = 0;

  constructor(k: number, largest: number) {
    this.#k = k;
    this.#largest = largest;
    this.#enough = k;
  }

  offer(found: Found): void {
    if (found.score <= TOLERANCE || found.size > this.#largest || found.score < this.threshold - TOLERANCE) return;
    this.#kept.push(found);
    if (this.#kept.length >= this.#enough) this.#tighten();
  }

  #tighten(): void {
    this.#kept.sort((a, b) => b.score - a.score);
    const distinct = new Set<string>();
    for (const found of this.#kept) {
      distinct.add(`${found.size}/${found.errors.toPrecision(9)}`);
      if (distinct.size < this.#k) continue;
      this.threshold = found.score;
      this.#kept = this.#kept.filter((each) => each.score >= found.score - TOLERANCE);
      break;
    }
    this.#enough = this.#kept.length + Math.max(16, this.#kept.length >> 1);
  }

  list(): readonly Found[] {
    this.#tighten();
    return this.#kept;
  }
}
