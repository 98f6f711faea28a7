import { type FileHandle, open } from "node:fs/promises";
import { listText, type ModelFacts, tensorText } from "./facts.ts";

/*
 * Protocol buffers of onnx/onnx.proto3, only what describes the model. Fields are read from the file one by one and large ones are
 * stepped over, so that a model of many gigabytes costs a few reads.
 */

const MOST_FIELDS = 500_000;
const MOST_BYTES = 1024 * 1024;
const CHUNK = 64 * 1024;

/** TensorProto.DataType */
const TYPES = ["undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4"];

interface Field {
  readonly number: number;
  /** Of a varint, else 0. */
  readonly value: number;
  /** Of a length-delimited field. */
  readonly start: number;
  readonly end: number;
}

/** Reads through a window of the file. Throws where the bytes are no protocol buffer. */
class Reader {
  readonly #handle: FileHandle;
  readonly size: number;
  #window = Buffer.alloc(0);
  #at = 0;
  #fields = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async #byte(position: number): Promise<number> {
    if (position < this.#at || position >= this.#at + this.#window.length) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(CHUNK), 0, CHUNK, position);
      this.#window = buffer.subarray(0, bytesRead);
      this.#at = position;
    }
    const byte = this.#window[position - this.#at];
    if (byte === undefined) throw new RangeError("the file ends inside of a field");
    return byte;
  }

  async #varint(position: number): Promise<{ value: number; next: number }> {
    let value = 0n;
    for (let index = 0; index < 10; index++) {
      const byte = await this.#byte(position + index);
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), next: position + index + 1 };
    }
    throw new RangeError("a number has no end");
  }

  async *fields(start: number, end: number): AsyncGenerator<Field> {
    let position = start;
    while (position < end) {
      if (++this.#fields > MOST_FIELDS) throw new RangeError("too many fields");
      const tag = await this.#varint(position);
      const number = Math.floor(tag.value / 8);
      const type = tag.value % 8;
      if (number < 1) throw new RangeError("no field");
      if (type === 0) {
        const { value, next } = await this.#varint(tag.next);
        yield { number, value, start: next, end: next };
        position = next;
      } else if (type === 2) {
        const { value, next } = await this.#varint(tag.next);
        if (value < 0 || next + value > end) throw new RangeError("a field is longer than the file");
        yield { number, value: 0, start: next, end: next + value };
        position = next + value;
      } else if (type === 1 || type === 5) {
        position = tag.next + (type === 1 ? 8 : 4);
      } else {
        throw new RangeError("no wire type");
      }
    }
  }

  async text({ start, end }: Field): Promise<string> {
    const length = Math.min(end - start, MOST_BYTES);
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(length), 0, length, start);
    return buffer.subarray(0, bytesRead).toString("utf8");
  }
}

/** ONNX: producer, operator sets, inputs, outputs, number of nodes, metadata. */
export async function readOnnx(path: string): Promise<ModelFacts | null> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    return await readModelProto(new Reader(handle, size));
  } finally {
    await handle.close();
  }
}

async function readModelProto(reader: Reader): Promise<ModelFacts | null> {
  const facts: Record<string, string> = { format: "onnx" };
  const opsets: string[] = [];
  let graph: Field | null = null;
  let producer = "";
  let producerVersion = "";
  for await (const field of reader.fields(0, reader.size)) {
    if (field.number === 1) facts["ir"] = String(field.value);
    else if (field.number === 2) producer = await reader.text(field);
    else if (field.number === 3) producerVersion = await reader.text(field);
    else if (field.number === 7) graph = field;
    else if (field.number === 8) opsets.push(await opset(reader, field));
    else if (field.number === 14) await property(reader, field, facts);
  }
  if (graph === null || facts["ir"] === undefined) return null;
  if (producer !== "") facts["producer"] = `${producer} ${producerVersion}`.trim();
  if (opsets.length > 0) facts["opset"] = opsets.join(", ");
  return { ...facts, ...(await readGraph(reader, graph)) };
}

async function opset(reader: Reader, within: Field): Promise<string> {
  let domain = "ai.onnx";
  let version = 0;
  for await (const field of reader.fields(within.start, within.end)) {
    if (field.number === 1) domain = (await reader.text(field)) || domain;
    if (field.number === 2) version = field.value;
  }
  return `${domain} ${version}`;
}

async function property(reader: Reader, within: Field, facts: Record<string, string>): Promise<void> {
  let key = "";
  let value = "";
  for await (const field of reader.fields(within.start, within.end)) {
    if (field.number === 1) key = await reader.text(field);
    if (field.number === 2) value = await reader.text(field);
  }
  if (key !== "" && Object.keys(facts).length < 64) facts[`metadata.${key}`] = value.slice(0, 1000);
}

async function readGraph(reader: Reader, graph: Field): Promise<Record<string, string>> {
  const inputs = new Map<string, string>();
  const outputs: string[] = [];
  const constants = new Set<string>();
  let nodes = 0;
  let name = "";
  for await (const field of reader.fields(graph.start, graph.end)) {
    if (field.number === 1) nodes++;
    else if (field.number === 2) name = await reader.text(field);
    else if (field.number === 5) constants.add(await nameOf(reader, field));
    else if (field.number === 11) inputs.set(await nameOf(reader, field, 1), await valueInfo(reader, field));
    else if (field.number === 12) outputs.push(await valueInfo(reader, field));
  }
  // Before IR 4 every constant was listed as an input too.
  for (const constant of constants) inputs.delete(constant);
  return { nodes: String(nodes), ...(name === "" ? {} : { graph: name }), inputs: listText([...inputs.values()]), outputs: listText(outputs) };
}

/** The name of a TensorProto (field 8) or of a ValueInfoProto (field 1). */
async function nameOf(reader: Reader, within: Field, number = 8): Promise<string> {
  for await (const field of reader.fields(within.start, within.end)) if (field.number === number) return reader.text(field);
  return "";
}

async function valueInfo(reader: Reader, within: Field): Promise<string> {
  let name = "";
  let type = "";
  const shape: (string | number | null)[] = [];
  for await (const field of reader.fields(within.start, within.end)) {
    if (field.number === 1) name = await reader.text(field);
    if (field.number !== 2) continue;
    for await (const kind of reader.fields(field.start, field.end)) {
      if (kind.number !== 1) continue; // tensor_type
      for await (const part of reader.fields(kind.start, kind.end)) {
        if (part.number === 1) type = TYPES[part.value] ?? `type ${part.value}`;
        if (part.number !== 2) continue;
        for await (const dimension of reader.fields(part.start, part.end)) if (dimension.number === 1) shape.push(await size(reader, dimension));
      }
    }
  }
  return tensorText(name, type === "" ? "value" : type, shape);
}

async function size(reader: Reader, within: Field): Promise<string | number | null> {
  for await (const field of reader.fields(within.start, within.end)) {
    if (field.number === 1) return field.value;
    if (field.number === 2) return reader.text(field);
  }
  return null;
}
