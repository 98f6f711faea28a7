import { body, doubles, fieldsOf, floats, integers } from "../bytes/protobuf.ts";

/** tensorflow.DataType, as far as summaries have it. */
const [FLOAT, DOUBLE, INT32, UINT8, INT16, INT8, STRING, INT64, BOOL, BFLOAT16, UINT16, HALF, UINT32, UINT64] = [1, 2, 3, 4, 5, 6, 7, 9, 10, 14, 17, 19, 22, 23] as const; // SAFETY: the numbers of types.proto, each a constant.

/** `numbers` and `strings` are flat, in row-major order; one of both is empty. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
  readonly strings: readonly Buffer[];
}

/**
 * Decodes a tensorflow.TensorProto (tensor.proto); values stand in `tensor_content` or in the list of their type.
 *
 * @throws RangeError where the bytes are none, or of a type that no summary has
 */
export function decodeTensor(bytes: Buffer): Tensor {
  let type = 0;
  let shape: number[] = [];
  let content: Buffer | null = null;
  const listed: number[] = [];
  const halves: number[] = [];
  const strings: Buffer[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) type = field.integer;
    else if (field.number === 2) shape = decodeShape(body(field));
    else if (field.number === 4) content = body(field);
    else if (field.number === 5) add(listed, floats(field));
    else if (field.number === 6) add(listed, doubles(field));
    else if (field.number === 8) strings.push(body(field));
    else if (field.number === 13) add(halves, integers(field));
    else if (field.number === 7 || field.number === 10 || field.number === 11 || field.number === 16 || field.number === 17) add(listed, integers(field));
  }
  const numbers = content !== null && content.length > 0 && type !== STRING ? unpack(type, content) : halves.length > 0 ? halves.map((bits) => half(type, bits)) : listed;
  return { shape, numbers, strings };
}

function add(to: number[], more: readonly number[]): void {
  for (const value of more) to.push(value);
}

function decodeShape(bytes: Buffer): number[] {
  const shape: number[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 2) continue;
    let size = 0;
    for (const inner of fieldsOf(body(field))) if (inner.number === 1) size = inner.integer;
    shape.push(size);
  }
  return shape;
}

const READERS: Readonly<Record<number, { readonly size: number; read(bytes: Buffer, at: number): number }>> = {
  [FLOAT]: { size: 4, read: (bytes, at) => bytes.readFloatLE(at) },
  [DOUBLE]: { size: 8, read: (bytes, at) => bytes.readDoubleLE(at) },
  [INT32]: { size: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  [UINT8]: { size: 1, read: (bytes, at) => bytes.readUInt8(at) },
  [INT16]: { size: 2, read: (bytes, at) => bytes.readInt16LE(at) },
  [INT8]: { size: 1, read: (bytes, at) => bytes.readInt8(at) },
  [INT64]: { size: 8, read: (bytes, at) => Number(bytes.readBigInt64LE(at)) },
  [BOOL]: { size: 1, read: (bytes, at) => bytes.readUInt8(at) },
  [BFLOAT16]: { size: 2, read: (bytes, at) => half(BFLOAT16, bytes.readUInt16LE(at)) },
  [UINT16]: { size: 2, read: (bytes, at) => bytes.readUInt16LE(at) },
  [HALF]: { size: 2, read: (bytes, at) => half(HALF, bytes.readUInt16LE(at)) },
  [UINT32]: { size: 4, read: (bytes, at) => bytes.readUInt32LE(at) },
  [UINT64]: { size: 8, read: (bytes, at) => Number(bytes.readBigUInt64LE(at)) },
};

function unpack(type: number, content: Buffer): number[] {
  const reader = READERS[type];
  if (reader === undefined) throw new RangeError(`A tensor has the type ${type}, which is not read.`);
  return Array.from({ length: Math.floor(content.length / reader.size) }, (_, index) => reader.read(content, index * reader.size));
}

/** A number of 16 bits: bfloat16 is the upper half of a float, the other one IEEE 754's half. */
function half(type: number, bits: number): number {
  if (type === BFLOAT16) {
    const upper = Buffer.alloc(4);
    upper.writeUInt16LE(bits & 0xffff, 2);
    return upper.readFloatLE(0);
  }
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
