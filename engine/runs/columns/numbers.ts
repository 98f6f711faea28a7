/** Rows per page: a column that few runs have costs a page where they stand, not an entry for every run. */
const PAGE = 1024;

/** One number for each row, or nothing. NaN and ±Infinity are values. */
export class NumberColumn {
  readonly #values: (Float64Array | undefined)[] = [];
  readonly #present: (Uint8Array | undefined)[] = [];
  /** Rows that have a value. */
  count = 0;

  get(row: number): number | null {
    const page = row >>> 10;
    const at = row & (PAGE - 1);
    return this.#present[page]?.[at] === 1 ? (this.#values[page]?.[at] ?? null) : null;
  }

  set(row: number, value: number | null): void {
    const page = row >>> 10;
    const at = row & (PAGE - 1);
    let present = this.#present[page];
    if (!present) {
      if (value === null) return;
      present = this.#present[page] = new Uint8Array(PAGE);
      this.#values[page] = new Float64Array(PAGE);
    }
    this.count += Number(value !== null) - (present[at] ?? 0);
    present[at] = value === null ? 0 : 1;
    const values = this.#values[page];
    if (values && value !== null) values[at] = value;
  }
}
