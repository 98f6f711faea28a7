/**
 * A numeric column: missing is NaN. Times are UTC milliseconds. It is kept as narrow as its numbers allow (a table of
 * up to 65,536 different values with a code a row, 32-bit floats where every number is one, else doubles), and gives
 * every number back exactly.
 */
export class NumberColumn {
  readonly kind = "number";
  readonly length: number;
  readonly #codes: Uint8Array | Uint16Array | null;
  /** By code where there are codes, else by row. */
  readonly #values: Float32Array | Float64Array;

  constructor(values: Float32Array | Float64Array, codes: Uint8Array | Uint16Array | null = null) {
    this.#values = values;
    this.#codes = codes;
    this.length = (codes ?? values).length;
  }

  at(row: number): number {
    return this.#codes === null ? this.#values[row]! : this.#values[this.#codes[row]!]!;
  }

  /** All numbers as doubles. Not to be written to: it may be the column's own memory. */
  toFloat64(): Float64Array {
    if (this.#codes === null && this.#values instanceof Float64Array) return this.#values;
    const all = new Float64Array(this.length);
    for (let row = 0; row < all.length; row++) all[row] = this.at(row);
    return all;
  }

  /** The numbers of some rows, in their order; the column itself where that is all of them. */
  pick(rows: Uint32Array | null): NumberColumn {
    if (rows === null) return this;
    if (this.#codes === null) return new NumberColumn(pickInto(this.#values, rows, this.#values.slice(0, rows.length)));
    return new NumberColumn(this.#values, pickInto(this.#codes, rows, this.#codes.slice(0, rows.length)));
  }

  /** How often each different number occurs, without a pass over doubles; null where the column has no such table. */
  counts(): { readonly codes: Uint8Array | Uint16Array; readonly values: Float64Array; readonly counts: Float64Array } | null {
    if (this.#codes === null || !(this.#values instanceof Float64Array)) return null;
    const counts = new Float64Array(this.#values.length);
    for (const code of this.#codes) counts[code]!++;
    return { codes: this.#codes, values: this.#values, counts };
  }
}

/** A number for each row of a file; its own column, or one that follows from it. */
export interface NumberReader {
  readonly length: number;
  at(row: number): number;
}

/** Codes of texts or classes, as narrow as their number allows. */
export type Codes = Int8Array | Int16Array | Int32Array;

/** A text column with few enough different values: −1 is missing, else an index into `values`. */
export interface CodedColumn {
  readonly kind: "coded";
  readonly codes: Codes;
  readonly values: readonly string[];
}

/** A column with so many different texts, or so large a one, that it stays in the file and is read a window at a time. */
export interface FarColumn {
  readonly kind: "far";
}

/** Lists of numbers of one length: a column for each position. */
export interface ListColumn {
  readonly kind: "list";
  readonly parts: readonly NumberColumn[];
}

export type Column = NumberColumn | CodedColumn | FarColumn | ListColumn;

/** How a column is wanted, whatever the file's own type is. */
export type Reading = "number" | "text" | "list";

/** Memory for `length` codes below `values`, and −1. */
export function makeCodes(values: number, length: number): Codes {
  return values <= 0x7f ? new Int8Array(length) : values <= 0x7fff ? new Int16Array(length) : new Int32Array(length);
}

/** The entries of `from` at some rows, into `into`, which is as long as `rows`. */
export function pickInto<T extends { [index: number]: number }>(from: T, rows: Uint32Array, into: T): T {
  for (let i = 0; i < rows.length; i++) into[i] = from[rows[i]!]!;
  return into;
}
