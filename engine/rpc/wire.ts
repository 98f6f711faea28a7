import { deserialize, serialize } from "node:v8";
import { TouchstoneError } from "../api/tokens.ts";

/** Bytes that open a connection, both ways: magic, version of the framing, version of this V8's serialisation, zero. */
export const PREFACE_BYTES = 8;
const MAGIC = Buffer.from("TCHST");
const FRAMING_VERSION = 1;

/** The largest message either side takes; a table's window or a curve stays far below. */
export const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** `v8` carries typed arrays as such; `json` is for two sides whose V8 differ. */
export type WireFormat = "v8" | "json";

// The second byte of anything that V8 serialises is the version of its format.
const V8_VERSION = serialize(null)[1] ?? 0;

/** What this side says first. `TOUCHSTONE_RPC=json` turns V8's format off. */
export function preface(v8Version = process.env["TOUCHSTONE_RPC"] === "json" ? 0 : V8_VERSION): Buffer {
  return Buffer.concat([MAGIC, Buffer.from([FRAMING_VERSION, v8Version, 0])]);
}

/**
 * The format that both sides read, from what each said first.
 * @throws TouchstoneError `NOT_TOUCHSTONE` when the other side is another program, `FRAMING` when it is a version of this one that frames differently.
 */
export function agree(own: Buffer, theirs: Buffer): WireFormat {
  if (!theirs.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new TouchstoneError({ code: "NOT_TOUCHSTONE", message: "The program behind the engine's socket is not a Touchstone engine." });
  }
  if (theirs[5] !== FRAMING_VERSION) {
    throw new TouchstoneError({
      code: "FRAMING",
      message: `The engine speaks framing ${String(theirs[5])}, this client ${FRAMING_VERSION}.`,
      hint: "Update the extension, or stop the older engine.",
    });
  }
  return theirs[6] === own[6] && own[6] !== 0 ? "v8" : "json";
}

/**
 * Length (4 bytes, big endian) and body of one message.
 * @throws TouchstoneError `TOO_LARGE`; `NOT_SENDABLE` for what no message can hold (a function, `process.env` itself): V8's own error prints the value.
 */
export function encodeFrame(message: unknown, format: WireFormat): Buffer {
  const body = encodeBody(message, format);
  if (body.length > MAX_MESSAGE_BYTES) {
    throw new TouchstoneError({ code: "TOO_LARGE", message: `A message of ${body.length} bytes is over the limit of ${MAX_MESSAGE_BYTES}.`, hint: "Ask for less at once." });
  }
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

function encodeBody(message: unknown, format: WireFormat): Buffer {
  try {
    return format === "v8" ? serialize(message) : Buffer.from(JSON.stringify(toJson(message)));
  } catch {
    throw new TouchstoneError({ code: "NOT_SENDABLE", message: "A message holds something that cannot be sent, such as a function or an object of the system." });
  }
}

/** The message of one frame's body. */
export function decodeBody(body: Buffer, format: WireFormat): unknown {
  return format === "v8" ? deserialize(body) : fromJson(JSON.parse(body.toString("utf8")));
}

const typedArrays = { Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, Uint8ClampedArray } as const;

function isTypedArrayName(name: unknown): name is keyof typeof typedArrays {
  return typeof name === "string" && Object.hasOwn(typedArrays, name);
}

/** What JSON cannot hold becomes an object with one key that starts with `$`; an object with such a key is wrapped in `$o`. */
function toJson(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : { $n: String(value) };
  if (typeof value === "bigint") return { $i: value.toString() };
  if (value === null || typeof value !== "object") return value;
  if (ArrayBuffer.isView(value)) {
    const name = Buffer.isBuffer(value) ? "Uint8Array" : value.constructor.name;
    return { $t: name, b: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }
  if (Array.isArray(value)) return value.map((entry) => (entry === undefined ? null : toJson(entry)));
  if (value instanceof Error) return { message: value.message };
  const plain = Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJson(entry)]));
  return Object.keys(plain).some((key) => key.startsWith("$")) ? { $o: plain } : plain;
}

function fromJson(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(fromJson);
  // SAFETY: JSON.parse yields plain objects only, and every key is read as unknown.
  const object = value as Record<string, unknown>;
  if (typeof object["$n"] === "string") return Number(object["$n"]);
  if (typeof object["$i"] === "string") return BigInt(object["$i"]);
  if (isTypedArrayName(object["$t"]) && typeof object["b"] === "string") {
    const bytes = Uint8Array.from(Buffer.from(object["b"], "base64"));
    return new typedArrays[object["$t"]](bytes.buffer);
  }
  const plain = object["$o"] !== undefined && object["$o"] !== null && typeof object["$o"] === "object" ? object["$o"] : object;
  return Object.fromEntries(Object.entries(plain).map(([key, entry]) => [key, fromJson(entry)]));
}
