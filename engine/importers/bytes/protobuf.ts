/** One field of a message, not yet understood. `value` is a number for wire types 0, 1 and 5 as bits would be; see the readers. */
export interface Field {
  readonly number: number;
  readonly wire: 0 | 1 | 2 | 5;
  /** Of wire type 0: as an integer of 64 bits, signed. Beyond 2^53 it is rounded. */
  readonly integer: number;
  /** Of wire types 1, 2 and 5: the bytes themselves, a view. */
  readonly bytes: Buffer;
}

const NONE = Buffer.alloc(0);

/**
 * The fields of an encoded protobuf message in their order (protobuf.dev/programming-guides/encoding). Nothing is copied.
 *
 * @throws RangeError where the bytes are no message
 */
export function* fieldsOf(bytes: Buffer): Generator<Field> {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = varint(bytes, cursor);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (tag < 8 || number > 0x1fffffff) throw new RangeError(`A field of a record has the impossible number ${number}.`);
    if (wire === 0) {
      yield { number, wire, integer: varint(bytes, cursor), bytes: NONE };
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw new RangeError(`A field of a record has the unknown wire type ${wire}.`);
    const length = wire === 1 ? 8 : wire === 5 ? 4 : varint(bytes, cursor);
    if (length < 0 || length > bytes.length - cursor.at) throw new RangeError("A field of a record is longer than the record.");
    yield { number, wire, integer: 0, bytes: bytes.subarray(cursor.at, cursor.at + length) };
    cursor.at += length;
  }
}

/** A base-128 integer of at most 64 bits, signed as int64 is. */
function varint(bytes: Buffer, cursor: { at: number }): number {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new RangeError("A record ends within a number.");
    const bits = byte & 0x7f;
    if (shift < 28) low += bits * 2 ** shift;
    else high += bits * 2 ** (shift - 28);
    if (byte < 0x80) {
      if (high >= 2 ** 36) throw new RangeError("A number of a record is longer than 64 bits.");
      if (high < 2 ** 35) return high * 2 ** 28 + low;
      // Negative: the upper half of 2^64, taken from it before the sum loses bits.
      return (high - 2 ** 36) * 2 ** 28 + low;
    }
  }
  throw new RangeError("A number of a record is longer than 64 bits.");
}

/** A `double` field. */
export function double({ wire, bytes }: Field): number {
  if (wire !== 1) throw new RangeError("A field of a record is no double.");
  return bytes.readDoubleLE(0);
}

/** A `float` field. */
export function float({ wire, bytes }: Field): number {
  if (wire !== 5) throw new RangeError("A field of a record is no float.");
  return bytes.readFloatLE(0);
}

/** A `string`, `bytes` or message field's bytes. */
export function body({ wire, bytes }: Field): Buffer {
  if (wire !== 2) throw new RangeError("A field of a record is neither text nor message.");
  return bytes;
}

/** A `string` field; what is no UTF-8 becomes U+FFFD. */
export function text(field: Field): string {
  return body(field).toString("utf8");
}

/** Numbers of a repeated field, packed or one by one. */
export function doubles({ wire, bytes }: Field): number[] {
  if (wire !== 1 && wire !== 2) throw new RangeError("A field of a record is no list of doubles.");
  return Array.from({ length: bytes.length >> 3 }, (_, index) => bytes.readDoubleLE(index * 8));
}

/** The same of `float`. */
export function floats({ wire, bytes }: Field): number[] {
  if (wire !== 5 && wire !== 2) throw new RangeError("A field of a record is no list of floats.");
  return Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readFloatLE(index * 4));
}

/** The same of integers. */
export function integers({ wire, integer, bytes }: Field): number[] {
  if (wire === 0) return [integer];
  if (wire !== 2) throw new RangeError("A field of a record is no list of integers.");
  const found: number[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) found.push(varint(bytes, cursor));
  return found;
}
