/**
 * The bytes of the smallest ONNX model that computes something: `y = x + x` for a float vector of any length.
 * Written field by field as onnx.proto numbers them, so that no binary file stands in the repository.
 */
export function doublingModel(): Uint8Array {
  const dimension = message(2, text("n"));
  const tensor = message(1, concat(number(1, FLOAT), message(2, message(1, dimension))));
  const value = (name: string): Uint8Array => concat(text(name, 1), message(2, tensor));
  const node = concat(text("x", 1), text("x", 1), text("y", 2), text("Add", 4));
  const graph = concat(message(1, node), text("doubling", 2), message(11, value("x")), message(12, value("y")));
  const opset = concat(text("", 1), number(2, 13));
  return concat(number(1, 8), message(7, graph), message(8, opset));
}

/** TensorProto.DataType.FLOAT */
const FLOAT = 1;

const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const number = (field: number, value: number): Uint8Array => Uint8Array.of(field << 3, value);

/** A length-delimited field; lengths here stay under 128. */
const message = (field: number, body: Uint8Array): Uint8Array => concat(Uint8Array.of((field << 3) | 2, body.length), body);
const text = (value: string, field = 2): Uint8Array => message(field, new TextEncoder().encode(value));
