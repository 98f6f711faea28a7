/** Rows per page, as in numbers.ts. */
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

  /** The most frequent values, at most `limit`; equally frequent ones in their order. */
  frequent(limit: number): { value: string; runs: number }[] {
    const ranks = this.ranks();
    return this.#values
      .map((value, code) => ({ value, code, runs: this.#uses[code] ?? 0 }))
      .filter(({ runs }) => runs > 0)
      .sort((a, b) => b.runs - a.runs || (ranks[a.code] ?? 0) - (ranks[b.code] ?? 0) || (a.value < b.value ? -1 : 1))
      .slice(0, limit)
      .map(({ value, runs }) => ({ value, runs }));
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
