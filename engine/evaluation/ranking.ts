import type { CurveXY } from "../api/evaluation.ts";
import type { Sides } from "../statistics/sides.ts";
import type { Codes, NumberReader } from "../tables/columns.ts";

export interface Ranking {
  /** Σ (R_n − R_{n−1}) P_n over distinct thresholds; NaN without a positive row. */
  readonly averagePrecision: number;
  /** The threshold (score ≥ it is positive) with the highest F1. */
  readonly bestThreshold: number;
  readonly roc: CurveXY;
  readonly pr: CurveXY;
}

const POINTS = 400;

/** Everything that a ranking by score gives, from the highest score down: one pass for the numbers, one for the curves. */
export function rank(sides: Sides): Ranking {
  const { positives, negatives } = sides;
  const known = positives > 0 && negatives > 0;
  let average = 0;
  let bestF1 = -1;
  let bestThreshold = Number.NaN;
  const roc = new Thinned(0, 0);
  const pr = new Thinned(0, 1);
  sides.each("down", (tied) => {
    const hits = tied.positivesBefore + tied.positives;
    const taken = hits + tied.negativesBefore + tied.negatives;
    // Rows of weight 0 at the top take nothing, and nothing has no precision.
    if (taken === 0) return;
    if (positives > 0) average += (tied.positives / positives) * (hits / taken);
    const f1 = (2 * hits) / (taken + positives);
    if (f1 > bestF1) [bestF1, bestThreshold] = [f1, tied.value];
    roc.measure((taken - hits) / negatives, hits / positives);
    pr.measure(hits / positives, hits / taken);
  });
  if (known) {
    sides.each("down", ({ positivesBefore, positives: tiedPositives, negativesBefore, negatives: tiedNegatives }) => {
      const hits = positivesBefore + tiedPositives;
      const falsely = negativesBefore + tiedNegatives;
      if (hits + falsely === 0) return;
      roc.add(falsely / negatives, hits / positives);
      pr.add(hits / positives, hits / (hits + falsely));
    });
  }
  return { averagePrecision: positives > 0 ? average : Number.NaN, bestThreshold, roc: known ? roc.curve : { x: [], y: [] }, pr: known ? pr.curve : { x: [], y: [] } };
}

/** At most about POINTS points of a curve, evenly along its own length, ends kept. Every point is told twice: first to measure the length. */
class Thinned {
  readonly curve: { readonly x: number[]; readonly y: number[] };
  #points = 1;
  #length = 0;
  #measured: readonly [number, number];
  #added: readonly [number, number];
  #count = 1;
  #walked = 0;
  #next = 0;

  constructor(x: number, y: number) {
    this.curve = { x: [x], y: [y] };
    this.#measured = this.#added = [x, y];
  }

  measure(x: number, y: number): void {
    this.#points++;
    this.#length += Math.abs(x - this.#measured[0]) + Math.abs(y - this.#measured[1]);
    this.#measured = [x, y];
  }

  add(x: number, y: number): void {
    if (this.#count === 1) this.#next = this.#length / POINTS;
    this.#count++;
    this.#walked += Math.abs(x - this.#added[0]) + Math.abs(y - this.#added[1]);
    this.#added = [x, y];
    if (this.#points > POINTS && this.#walked < this.#next && this.#count < this.#points) return;
    this.curve.x.push(x);
    this.curve.y.push(y);
    this.#next = this.#walked + this.#length / POINTS;
  }
}

/** Share of wrong rows (of their weight) when `score ≥ t` is positive, for t = 0, 0.01 … 1. */
export function errorByThreshold(score: NumberReader, truth: Codes, positive: number, weight: NumberReader | null): CurveXY {
  const x = Array.from({ length: 101 }, (_, i) => i / 100);
  // How much the number of errors changes when the threshold rises past a score.
  const change = new Float64Array(103);
  let errors = 0;
  let total = 0;
  for (let i = 0; i < score.length; i++) {
    const isPositive = truth[i] === positive;
    const w = weight ? weight.at(i) : 1;
    total += w;
    if (!isPositive) errors += w;
    const first = Math.max(0, Math.floor(score.at(i) * 100 + 1e-9) + 1);
    change[Math.min(102, first)]! += isPositive ? w : -w;
  }
  const y = x.map((_, i) => {
    errors += change[i]!;
    return errors / total;
  });
  return { x, y };
}
