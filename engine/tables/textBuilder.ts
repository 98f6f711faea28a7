import { makeCodes, type CodedColumn, type Codes, type FarColumn } from "./columns.ts";
import { grown } from "./numberBuilder.ts";

/** A dictionary beyond this many values or characters stays in the file. */
const DICTIONARY = { values: 200_000, characters: 48_000_000 } as const;
/** DuckDB keeps a text of up to this many bytes beside its length. */
const INLINE = 12;

/**
 * Collects a column of texts as codes. A short text is compared by the four words that DuckDB keeps it in (length and
 * up to twelve bytes), so that it is decoded once and not in each row.
 */
export class TextBuilder {
  #n = 0;
  #codes: Codes;
  #far = false;
  readonly #values: string[] = [];
  #characters = 0;
  readonly #long = new Map<string, number>();
  /** Four words for each code; those of long texts stay 0. */
  #words = new Int32Array(64);
  /** Open addressing by the words: code + 1, 0 is free. */
  #slots = new Uint32Array(256);

  /** @param expected rows that will probably come */
  constructor(expected: number) {
    this.#codes = new Int8Array(Math.max(4096, expected));
  }

  /** Bytes that hold the rows so far. */
  get bytes(): number {
    return this.#far ? 0 : this.#n * this.#codes.BYTES_PER_ELEMENT + this.#characters * 2;
  }

  /** True: too many different texts came, and nothing is kept. */
  get far(): boolean {
    return this.#far;
  }

  /** Keeps nothing more: the column stays in the file. */
  leave(): void {
    this.#far = true;
    this.#codes = new Int8Array(0);
    this.#values.length = 0;
    this.#long.clear();
    this.#words = new Int32Array(0);
    this.#slots = new Uint32Array(0);
  }

  /**
   * @param words four words a row, as DuckDB has them
   * @param validity a bit a row, null when no text is missing
   * @param text the text of a row, decoded
   */
  append(rows: number, words: Int32Array, validity: Uint8Array | null, text: (row: number) => string): void {
    if (this.#far) return;
    const end = this.#n + rows;
    if (end > this.#codes.length) this.#codes = grown(this.#codes, makeCodes(this.#values.length, Math.max(end, Math.ceil(this.#codes.length * 1.25))));
    for (let row = 0; row < rows; row++) {
      let code = -1;
      if (validity === null || (validity[row >> 3]! >> (row & 7)) & 1) code = words[4 * row]! <= INLINE ? this.#short(words, 4 * row, row, text) : this.#longCode(text(row));
      this.#codes[this.#n + row] = code;
    }
    this.#n = end;
    if (this.#values.length > DICTIONARY.values || this.#characters > DICTIONARY.characters) this.leave();
  }

  finish(): CodedColumn | FarColumn {
    return this.#far ? { kind: "far" } : { kind: "coded", codes: this.#codes.subarray(0, this.#n), values: this.#values };
  }

  #short(words: Int32Array, at: number, row: number, text: (row: number) => string): number {
    const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    const mask = this.#slots.length - 1;
    let slot = hash(a, b, c, d) & mask;
    for (;;) {
      const code = this.#slots[slot]! - 1;
      if (code < 0) break;
      const known = 4 * code;
      if (this.#words[known] === a && this.#words[known + 1] === b && this.#words[known + 2] === c && this.#words[known + 3] === d) return code;
      slot = (slot + 1) & mask;
    }
    const code = this.#add(text(row));
    this.#words.set([a, b, c, d], 4 * code);
    this.#slots[slot] = code + 1;
    if (code * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  #longCode(text: string): number {
    const known = this.#long.get(text);
    if (known !== undefined) return known;
    const code = this.#add(text);
    this.#long.set(text, code);
    return code;
  }

  #add(text: string): number {
    const code = this.#values.push(text) - 1;
    this.#characters += text.length;
    if (4 * code + 4 > this.#words.length) this.#words = grown(this.#words, new Int32Array(this.#words.length * 2));
    const wider = makeCodes(code + 1, 0);
    if (wider.BYTES_PER_ELEMENT > this.#codes.BYTES_PER_ELEMENT) this.#codes = grown(this.#codes, makeCodes(code + 1, this.#codes.length));
    return code;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (const taken of this.#slots) {
      if (taken === 0) continue;
      const at = 4 * (taken - 1);
      let slot = hash(this.#words[at]!, this.#words[at + 1]!, this.#words[at + 2]!, this.#words[at + 3]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = taken;
    }
    this.#slots = slots;
  }
}

function hash(a: number, b: number, c: number, d: number): number {
  const mixed = Math.imul(Math.imul(Math.imul(a ^ b, 0x9e3779b1) ^ c, 0x85ebca6b) ^ d, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}
