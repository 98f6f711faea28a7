/** A numeric column: missing is NaN. Times are UTC milliseconds. */
export interface NumberColumn {
  readonly kind: "number";
  readonly values: Float64Array;
}

/** A text column with few enough different values: −1 is missing, else an index into `values`. */
export interface CodedColumn {
  readonly kind: "coded";
  readonly codes: Int32Array;
  readonly values: readonly string[];
}

/** A text column with so many different values that it stays in the file and is read a window at a time. */
export interface FarColumn {
  readonly kind: "far";
}

/** Lists of numbers of one length: a column for each position. */
export interface ListColumn {
  readonly kind: "list";
  readonly parts: readonly Float64Array[];
}

export type Column = NumberColumn | CodedColumn | FarColumn | ListColumn;

/** How a column is wanted, whatever the file's own type is. */
export type Reading = "number" | "text" | "list";
