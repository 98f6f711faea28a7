import type { NumberReader } from "../tables/columns.ts";

/** Rows with one score: how many are positive and negative, and how many came before in the direction of the walk. */
export interface Tied {
  value: number;
  positives: number;
  negatives: number;
  positivesBefore: number;
  negativesBefore: number;
}

/** The scores of a binary task in order, from which everything about a ranking follows. */
export interface Sides {
  /** Positive rows in all. */
  readonly positives: number;
  readonly negatives: number;
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
    each: (direction, visit) => (direction === "up" ? upwards(yes, no, visit) : downwards(yes, no, visit)),
  };
}

function upwards(yes: Float64Array, no: Float64Array, visit: (tied: Tied) => void): void {
  const tied: Tied = { value: 0, positives: 0, negatives: 0, positivesBefore: 0, negativesBefore: 0 };
  let [i, j] = [0, 0];
  while (i < yes.length || j < no.length) {
    const value = j === no.length || yes[i]! < no[j]! ? yes[i]! : no[j]!;
    [tied.value, tied.positivesBefore, tied.negativesBefore] = [value, i, j];
    while (i < yes.length && yes[i] === value) i++;
    while (j < no.length && no[j] === value) j++;
    tied.positives = i - tied.positivesBefore;
    tied.negatives = j - tied.negativesBefore;
    visit(tied);
  }
}

function downwards(yes: Float64Array, no: Float64Array, visit: (tied: Tied) => void): void {
  const tied: Tied = { value: 0, positives: 0, negatives: 0, positivesBefore: 0, negativesBefore: 0 };
  let [i, j] = [yes.length, no.length];
  while (i > 0 || j > 0) {
    const value = j === 0 || yes[i - 1]! > no[j - 1]! ? yes[i - 1]! : no[j - 1]!;
    [tied.value, tied.positivesBefore, tied.negativesBefore] = [value, yes.length - i, no.length - j];
    while (i > 0 && yes[i - 1] === value) i--;
    while (j > 0 && no[j - 1] === value) j--;
    tied.positives = yes.length - i - tied.positivesBefore;
    tied.negatives = no.length - j - tied.negativesBefore;
    visit(tied);
  }
}
