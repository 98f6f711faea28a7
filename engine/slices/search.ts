import type { Feature } from "./features.ts";
import { score, scoreBound, type Whole } from "./score.ts";

/** A slice by feature and value numbers, with what was counted over its rows. */
export interface Found {
  readonly terms: readonly (readonly [feature: number, value: number])[];
  readonly size: number;
  readonly errors: number;
  /** Σ e², for the spread of real-valued errors. */
  readonly squares: number;
  readonly largest: number;
  readonly score: number;
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
  readonly counted: number;
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
export function searchSlices(features: readonly Feature[], errors: Float64Array, options: SearchOptions): Search {
  const n = errors.length;
  let total = 0;
  for (const e of errors) total += e;
  const whole: Whole = { n, mean: total / n, alpha: options.alpha, support: options.support };
  const best = new Best(options.k, options.largest);
  const singles = features.map((feature, f) => countSingles(feature, f, errors, whole));
  let family = 0;
  let counted = 0;
  for (const values of singles) {
    for (const single of values) {
      family++;
      counted++;
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
    for (const pair of countPairs(features[a]!, features[b]!, a, b, singles[a]!, singles[b]!, errors, whole)) {
      family++;
      counted++;
      best.offer(pair);
    }
  }
  return { found: best.list(), family, counted, pairsDone: done, pairs: pairs.length, mean: whole.mean };
}

function pairBound(whole: Whole, x: Found, y: Found): number {
  return scoreBound(whole, Math.min(x.size, y.size), Math.min(x.errors, y.errors), Math.min(x.largest, y.largest));
}

function countSingles(feature: Feature, f: number, errors: Float64Array, whole: Whole): Found[] {
  const values = feature.predicates.length;
  const counts = tally(values + 1, feature.codes, errors);
  const found: Found[] = [];
  for (let v = 0; v < values; v++) {
    if (counts.size[v]! >= whole.support && counts.sum[v]! > 0) found.push(toFound([[f, v]], counts, v, whole));
  }
  return found;
}

interface Counts {
  readonly size: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly largest: Float64Array;
}

function tally(cells: number, codes: ArrayLike<number>, errors: Float64Array): Counts {
  const counts: Counts = { size: new Float64Array(cells), sum: new Float64Array(cells), squares: new Float64Array(cells), largest: new Float64Array(cells) };
  const { size, sum, squares, largest } = counts;
  for (let i = 0; i < errors.length; i++) {
    const cell = codes[i]!;
    size[cell]!++;
    const e = errors[i]!;
    if (e === 0) continue;
    sum[cell]! += e;
    squares[cell]! += e * e;
    if (e > largest[cell]!) largest[cell] = e;
  }
  return counts;
}

/** All combinations of two features' values with enough rows, in one pass: rows whose value is too rare share cell 0. */
function countPairs(x: Feature, y: Feature, a: number, b: number, valuesX: readonly Found[], valuesY: readonly Found[], errors: Float64Array, whole: Whole): Found[] {
  const codeX = renumber(x, valuesX);
  const codeY = renumber(y, valuesY);
  const width = valuesY.length + 1;
  const cells = new Uint32Array(errors.length);
  for (let i = 0; i < cells.length; i++) cells[i] = codeX[x.codes[i]!]! * width + codeY[y.codes[i]!]!;
  const counts = tally((valuesX.length + 1) * width, cells, errors);
  const found: Found[] = [];
  valuesX.forEach((first, i) =>
    valuesY.forEach((second, j) => {
      const cell = (i + 1) * width + j + 1;
      if (counts.size[cell]! >= whole.support) found.push(toFound([[a, first.terms[0]![1]], [b, second.terms[0]![1]]], counts, cell, whole));
    }),
  );
  return found;
}

function renumber(feature: Feature, values: readonly Found[]): Uint32Array {
  const codes = new Uint32Array(feature.predicates.length + 1);
  values.forEach((value, i) => (codes[value.terms[0]![1]] = i + 1));
  return codes;
}

function toFound(terms: Found["terms"], counts: Counts, cell: number, whole: Whole): Found {
  const [size, errors] = [counts.size[cell]!, counts.sum[cell]!];
  return { terms, size, errors, squares: counts.squares[cell]!, largest: counts.largest[cell]!, score: score(whole, size, errors) };
}

/** Keeps what can still be among the k best distinct row sets. Slices with equal counts may hold the same rows, so they count once. */
class Best {
  readonly #k: number;
  readonly #largest: number;
  #kept: Found[] = [];
  /** The score that a newcomer must reach; 0 until k row sets are known. */
  threshold = 0;

  constructor(k: number, largest: number) {
    this.#k = k;
    this.#largest = largest;
  }

  offer(found: Found): void {
    if (found.score <= TOLERANCE || found.size > this.#largest || found.score < this.threshold - TOLERANCE) return;
    this.#kept.push(found);
    if (this.#kept.length % 64 === 0 || this.threshold === 0) this.#tighten();
  }

  #tighten(): void {
    this.#kept.sort((a, b) => b.score - a.score);
    const distinct = new Set<string>();
    for (const found of this.#kept) {
      distinct.add(`${found.size}/${found.errors.toPrecision(12)}/${found.largest}`);
      if (distinct.size < this.#k) continue;
      this.threshold = found.score;
      this.#kept = this.#kept.filter((each) => each.score >= found.score - TOLERANCE);
      return;
    }
  }

  list(): readonly Found[] {
    this.#tighten();
    return this.#kept;
  }
}
