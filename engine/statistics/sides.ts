import { argsort } from "./argsort.ts";
import type { NumberReader } from "../tables/columns.ts";

/** Rows with one score: how many are positive and negative, and how many came before in the direction of the walk. */
export interface Tied {
  value: number;
  positives: number;
  negatives: number;
  positivesBefore: number;
  negativesBefore: number;
  /** Σw² of the rows with this score; their number without weights. */
  positivesSquared: number;
  negativesSquared: number;
}

/** The scores of a binary task in order, from which everything about a ranking follows. */
export interface Sides {
  /** Positive rows in all, or their weight. */
  readonly positives: number;
  readonly negatives: number;
  readonly weighted: boolean;
  /** Visits each different score; the object is the same in every call. */
  each(direction: "up" | "down", visit: (tied: Tied) => void): void;
}

/** Sorts the scores of the positive and of the negative rows: 8 bytes a row, and no order of the rows. A row without a score is left out. */
export function sidesOf(score: NumberReader, positive: (row: number) => boolean): Sides {
  const all = new Float64Array(score.length);
  let m = 0;
  let n = 0;
  for (let row = 0; row < all.length; row++) {
    const value = score.at(row);
    if (Number.isNaN(value)) continue;
    // The positive ones from the front, the negative ones from the back.
    if (positive(row)) all[m++] = value;
    else all[all.length - ++n] = value;
  }
  const yes = all.subarray(0, m).sort();
  const no = all.subarray(all.length - n).sort();
  return {
    positives: yes.length,
    negatives: no.length,
    weighted: false,
    each: (direction, visit) => (direction === "up" ? upwards(yes, no, visit) : downwards(yes, no, visit)),
  };
}

function upwards(yes: Float64Array, no: Float64Array, visit: (tied: Tied) => void): void {
  const tied = nothingTied();
  let [i, j] = [0, 0];
  while (i < yes.length || j < no.length) {
    const value = j === no.length || yes[i]! < no[j]! ? yes[i]! : no[j]!;
    [tied.value, tied.positivesBefore, tied.negativesBefore] = [value, i, j];
    while (i < yes.length && yes[i] === value) i++;
    while (j < no.length && no[j] === value) j++;
    tied.positives = i - tied.positivesBefore;
    tied.negatives = j - tied.negativesBefore;
    [tied.positivesSquared, tied.negativesSquared] = [tied.positives, tied.negatives];
    visit(tied);
  }
}

function downwards(yes: Float64Array, no: Float64Array, visit: (tied: Tied) => void): void {
  const tied = nothingTied();
  let [i, j] = [yes.length, no.length];
  while (i > 0 || j > 0) {
    const value = j === 0 || yes[i - 1]! > no[j - 1]! ? yes[i - 1]! : no[j - 1]!;
    [tied.value, tied.positivesBefore, tied.negativesBefore] = [value, yes.length - i, no.length - j];
    while (i > 0 && yes[i - 1] === value) i--;
    while (j > 0 && no[j - 1] === value) j--;
    tied.positives = yes.length - i - tied.positivesBefore;
    tied.negatives = no.length - j - tied.negativesBefore;
    [tied.positivesSquared, tied.negativesSquared] = [tied.positives, tied.negatives];
    visit(tied);
  }
}

function nothingTied(): Tied {
  return { value: 0, positives: 0, negatives: 0, positivesBefore: 0, negativesBefore: 0, positivesSquared: 0, negativesSquared: 0 };
}

/** The same where rows have weights. Every score is a number. */
export function weightedSides(score: Float64Array, positive: (row: number) => boolean, weight: NumberReader): Sides {
  const order = argsort(score);
  const totals = [0, 0];
  for (let row = 0; row < score.length; row++) totals[positive(row) ? 1 : 0]! += weight.at(row);
  return {
    positives: totals[1]!,
    negatives: totals[0]!,
    weighted: true,
    each(direction, visit) {
      const rowAt = (i: number) => order[direction === "up" ? i : order.length - 1 - i]!;
      const tied = nothingTied();
      for (let i = 0; i < order.length; ) {
        tied.value = score[rowAt(i)]!;
        tied.positivesBefore += tied.positives;
        tied.negativesBefore += tied.negatives;
        tied.positives = tied.negatives = tied.positivesSquared = tied.negativesSquared = 0;
        for (; i < order.length && score[rowAt(i)] === tied.value; i++) {
          const w = weight.at(rowAt(i));
          if (positive(rowAt(i))) {
            tied.positives += w;
            tied.positivesSquared += w * w;
          } else {
            tied.negatives += w;
            tied.negativesSquared += w * w;
          }
        }
        visit(tied);
      }
    },
  };
}
