import { NumberColumn } from "./columns.ts";

/** More different numbers than this are kept as floats. */
const MOST_VALUES = 65_536;
const SLOTS = 1 << 18;

/**
 * Collects a column of numbers, a chunk at a time, in the narrowest form that gives each back exactly. It begins with
 * a table of different values and a code a row, and goes over to floats when the table is full.
 */
export class NumberBuilder {
  #n = 0;
  #codes: Uint8Array | Uint16Array | null;
  #floats: Float32Array | Float64Array | null = null;
  #table = new Float64Array(16);
  #count = 0;
  /** Open addressing by the bits of the double: code + 1, 0 is free. */
  #slots: Uint32Array | null = new Uint32Array(1 << 10);

  /** @param expected rows that will probably come: memory is laid out for them (it is not used before it is written) */
  constructor(expected: number) {
    this.#codes = new Uint8Array(Math.max(4096, expected));
  }

  /** Bytes that hold the rows so far. */
  get bytes(): number {
    return this.#n * (this.#codes ?? this.#floats ?? this.#table).BYTES_PER_ELEMENT;
  }

  append(values: Float64Array): void {
    const end = this.#n + values.length;
    this.#reserve(end);
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    let at = 0;
    while (this.#codes !== null && at < values.length) {
      const code = this.#codeOf(values[at]!, bits[2 * at]!, bits[2 * at + 1]!);
      if (code < 0) this.#toFloats(this.#n + at, end);
      else this.#codes[this.#n + at++] = code;
    }
    if (this.#floats !== null) this.#appendFloats(values, at);
    this.#n = end;
  }

  finish(): NumberColumn {
    if (this.#codes !== null) return new NumberColumn(this.#table.slice(0, this.#count), this.#codes.subarray(0, this.#n));
    return new NumberColumn((this.#floats ?? this.#table).subarray(0, this.#n));
  }

  #appendFloats(values: Float64Array, from: number): void {
    if (this.#floats instanceof Float32Array) {
      for (let i = from; i < values.length; i++) {
        const value = values[i]!;
        if (Math.fround(value) !== value && !Number.isNaN(value)) {
          this.#floats.set(values.subarray(from, i), this.#n + from);
          this.#floats = Float64Array.from(this.#floats);
          return this.#appendFloats(values, i);
        }
      }
    }
    this.#floats?.set(values.subarray(from), this.#n + from);
  }

  /** The code of a value, which is given a new one when it was not seen yet; −1 when the table is full. −0 is 0. */
  #codeOf(value: number, low: number, high: number): number {
    const slots = this.#slots;
    if (slots === null) return -1;
    const mask = slots.length - 1;
    let slot = (value === 0 ? hash(0, 0) : hash(low, high)) & mask;
    for (;;) {
      const code = slots[slot]! - 1;
      if (code < 0) break;
      const known = this.#table[code]!;
      if (known === value || (Number.isNaN(known) && Number.isNaN(value))) return code;
      slot = (slot + 1) & mask;
    }
    if (this.#count === MOST_VALUES) return -1;
    const code = this.#count++;
    if (code === this.#table.length) this.#table = grown(this.#table, new Float64Array(this.#table.length * 2));
    this.#table[code] = value === 0 ? 0 : value;
    slots[slot] = code + 1;
    if (this.#codes instanceof Uint8Array && code > 0xff) this.#codes = grown(this.#codes, new Uint16Array(this.#codes.length));
    if (this.#count * 2 > slots.length && slots.length < SLOTS) this.#rehash(slots.length * 4);
    return code;
  }

  #rehash(size: number): void {
    const slots = new Uint32Array(Math.min(SLOTS, size));
    const bits = new Int32Array(this.#table.buffer);
    const mask = slots.length - 1;
    for (let code = 0; code < this.#count; code++) {
      let slot = hash(bits[2 * code]!, bits[2 * code + 1]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code + 1;
    }
    this.#slots = slots;
  }

  /** Goes over to floats: the rows so far, then room up to the rows that were expected. */
  #toFloats(rows: number, end: number): void {
    const codes = this.#codes;
    if (codes === null) return;
    const length = Math.max(codes.length, end);
    const exact = this.#table.subarray(0, this.#count).every((value) => Number.isNaN(value) || Math.fround(value) === value);
    const floats = exact ? new Float32Array(length) : new Float64Array(length);
    for (let row = 0; row < rows; row++) floats[row] = this.#table[codes[row]!]!;
    this.#floats = floats;
    this.#codes = null;
    this.#slots = null;
    this.#table = new Float64Array(0);
  }

  #reserve(rows: number): void {
    const size = (length: number) => Math.max(rows, Math.ceil(length * 1.25));
    if (this.#codes !== null && rows > this.#codes.length) {
      this.#codes = this.#codes instanceof Uint8Array ? grown(this.#codes, new Uint8Array(size(this.#codes.length))) : grown(this.#codes, new Uint16Array(size(this.#codes.length)));
    }
    if (this.#floats !== null && rows > this.#floats.length) {
      this.#floats = this.#floats instanceof Float32Array ? grown(this.#floats, new Float32Array(size(this.#floats.length))) : grown(this.#floats, new Float64Array(size(this.#floats.length)));
    }
  }
}

function hash(low: number, high: number): number {
  return Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 7;
}

/** The larger array, with what the smaller one holds at its beginning. */
export function grown<T extends { set(values: ArrayLike<number>): void }>(from: ArrayLike<number>, into: T): T {
  into.set(from);
  return into;
}
