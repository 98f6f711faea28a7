/** Rows per page, as in numbers.ts; a row's page is `row >>> 10`. */
const PAGE = 1024;

/** Above this many different values the order is by code unit: collation of so many would be felt. */
const COLLATED = 4_000;

const natural = new Intl.Collator("en", { numeric: true });

/** The number that a param's text stands for; null where it is none. `0x10`, blanks and the empty text are none. */
export function numberOf(text: string): number | null {
  if (!/^[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)(e[+-]?\d+)?$|^[+-]?inf(inity)?$|^nan$/i.test(text)) return null;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text.replaceAll("_", ""));
}

/** One text for each row, or nothing, by a dictionary that only grows. */
export class TextColumn {
  /** Code of each row plus one; 0 is missing. */
  readonly #codes: (Int32Array | undefined)[] = [];
  readonly #values: string[] = [];
  readonly #numbers: (number | null)[] = [];
  /** Rows that have each value. */
  readonly #uses: number[] = [];
  readonly #index = new Map<string, number>();
  #ranks: Float64Array | null = null;
  /** Rows that have a value. */
  count = 0;
  /** Different values that some row has. */
  distinct = 0;
  /** Of those, the ones that are no number. */
  #wordsInUse = 0;

  /** The position of the row's value in the dictionary, −1 where it has none. */
  code(row: number): number {
    return (this.#codes[row >>> 10]?.[row & (PAGE - 1)] ?? 0) - 1;
  }

  get(row: number): string | null {
    return this.#values[this.code(row)] ?? null;
  }

  /** The text of a code. */
  value(code: number): string {
    return this.#values[code] ?? "";
  }

  /** The number that the row's text stands for; null where it is none, or missing. */
  number(row: number): number | null {
    return this.#numbers[this.code(row)] ?? null;
  }

  isNumber(code: number): boolean {
    return this.#numbers[code] !== null;
  }

  set(row: number, value: string | null): void {
    const before = this.code(row);
    const after = value === null ? -1 : this.#codeOf(value);
    if (before === after) return;
    const page = (this.#codes[row >>> 10] ??= new Int32Array(PAGE));
    page[row & (PAGE - 1)] = after + 1;
    this.#use(before, -1);
    this.#use(after, 1);
  }

  /** True where every value in use is a number. */
  get numeric(): boolean {
    return this.count > 0 && this.#wordsInUse === 0;
  }

  /** Different values that any row has or had: codes are below this. */
  get size(): number {
    return this.#values.length;
  }

  /** How many of these rows have each code, and how many have one. */
  usesAmong(rows: Uint32Array): { readonly uses: Int32Array; readonly n: number } {
    const uses = new Int32Array(this.size);
    let n = 0;
    for (const row of rows) {
      const code = this.code(row);
      if (code === -1) continue;
      n++;
      uses[code] = (uses[code] ?? 0) + 1;
    }
    return { uses, n };
  }

  /**
   * The most frequent values, at most `limit`; equally frequent ones in their order (in a column of very many, as they came).
   * `uses` counts each code, e.g. over the rows of a query.
   */
  frequent(limit: number, uses: ArrayLike<number> = this.#uses): { value: string; runs: number }[] {
    const ranks = this.#values.length <= COLLATED ? this.ranks() : null;
    const before = (a: number, b: number): number =>
      (uses[b] ?? 0) - (uses[a] ?? 0) || (ranks ? (ranks[a] ?? 0) - (ranks[b] ?? 0) || (this.value(a) < this.value(b) ? -1 : 1) : a - b);
    const best: number[] = [];
    for (let code = 0; code < this.#values.length; code++) {
      if ((uses[code] ?? 0) === 0) continue;
      const last = best[limit - 1];
      if (last !== undefined && before(code, last) >= 0) continue;
      const place = best.findIndex((other) => before(code, other) < 0);
      best.splice(place === -1 ? best.length : place, 0, code);
      if (best.length > limit) best.pop();
    }
    return best.map((code) => ({ value: this.value(code), runs: uses[code] ?? 0 }));
  }

  /** The place of each code in the order of values: numbers by size first, then texts. Equal numbers have one place. */
  ranks(): Float64Array {
    if (this.#ranks?.length === this.#values.length) return this.#ranks;
    const codes = this.#values.map((_, code) => code);
    const text = (code: number): string => this.#values[code] ?? "";
    const byText = codes.length <= COLLATED ? (a: number, b: number) => natural.compare(text(a), text(b)) : (a: number, b: number) => (text(a) < text(b) ? -1 : 1);
    const place = (code: number): number => {
      const number = this.#numbers[code];
      return number === null || number === undefined ? 2 : Number.isNaN(number) ? 1 : 0;
    };
    codes.sort((a, b) => place(a) - place(b) || (place(a) === 0 ? (this.#numbers[a] ?? 0) - (this.#numbers[b] ?? 0) : byText(a, b)));
    const ranks = new Float64Array(codes.length);
    let rank = -1;
    let last: number | null = null;
    for (const code of codes) {
      const number = place(code) === 0 ? (this.#numbers[code] ?? null) : null;
      if (number === null || number !== last) rank++;
      last = number;
      ranks[code] = rank;
    }
    this.#ranks = ranks;
    return ranks;
  }

  #codeOf(value: string): number {
    let code = this.#index.get(value);
    if (code === undefined) {
      code = this.#values.push(value) - 1;
      this.#numbers.push(numberOf(value));
      this.#uses.push(0);
      this.#index.set(value, code);
    }
    return code;
  }

  #use(code: number, by: 1 | -1): void {
    if (code === -1) return;
    const uses = (this.#uses[code] ?? 0) + by;
    this.#uses[code] = uses;
    this.count += by;
    const change = by === 1 && uses === 1 ? 1 : by === -1 && uses === 0 ? -1 : 0;
    this.distinct += change;
    if (this.#numbers[code] === null) this.#wordsInUse += change;
  }
}

/** A param: of several sources' values the one with the least rank is shown. */
export class ParamColumn extends TextColumn {
  /** Rank of each row's source plus one; 0 is missing. */
  readonly #ranks: (Uint8Array | undefined)[] = [];

  /** Takes a source's value; false where one of a better source stands there. */
  offer(row: number, value: string, rank: number): boolean {
    const page = (this.#ranks[row >>> 10] ??= new Uint8Array(PAGE));
    const at = row & (PAGE - 1);
    const before = page[at] ?? 0;
    if (before !== 0 && before < rank + 1) return false;
    page[at] = rank + 1;
    this.set(row, value);
    return true;
  }

  /** Forgets what all sources said of a row. */
  clear(row: number): void {
    const page = this.#ranks[row >>> 10];
    if (page !== undefined) page[row & (PAGE - 1)] = 0;
    this.set(row, null);
  }
}
