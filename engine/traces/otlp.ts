import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { isRecord } from "../mlflow/fields.ts";
import { otlpSchema } from "./otlpSchema.ts";
import { MAX_NANOS } from "./spanRow.ts";
import type { PythonMap, PythonValue } from "./pythonJson.ts";
import { wireSpan } from "./wireSpan.ts";

/** A span as it comes. Ids are lowercase hex, times UTC nanoseconds. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Null: a root. */
  readonly parentId: string | null;
  readonly name: string;
  readonly start: bigint;
  /** 0 while it is open. */
  readonly end: bigint;
  readonly attributes: PythonMap;
  readonly events: readonly { readonly name: string; readonly time: bigint; readonly attributes: PythonMap }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: PythonMap }[];
  readonly status: { readonly code: "UNSET" | "OK" | "ERROR"; readonly message: string };
  /** What produced it, e.g. `service.name`. */
  readonly resource: PythonMap;
}

/** What was sent is no OTLP, or a span of it has no id. */
export class OtlpError extends Error {}

const request = protobuf.parse(otlpSchema).root.lookupType("ExportTraceServiceRequest");

/** As protobuf's JSON has it, but for NaN and what is infinite. */
function plain(message: protobuf.Message): unknown {
  return request.toObject(message, { longs: String, enums: String, bytes: String });
}

/** The spans of an `ExportTraceServiceRequest` in protobuf's binary form. Throws `OtlpError`. */
export function spansOfProtobuf(bytes: Uint8Array): OtlpSpan[] {
  let message: unknown;
  try {
    message = plain(request.decode(bytes));
  } catch {
    throw new OtlpError("Invalid OpenTelemetry format");
  }
  return spansOf(message);
}

/** An `ExportTraceServiceRequest` of spans as they are stored, in protobuf's binary form. */
export function protobufOf(contents: readonly string[]): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify({ resource_spans: [{ scope_spans: [{ spans: contents.map(wireSpan) }] }] });
  // Nanoseconds are beyond 2^53: protobuf's JSON takes all digits of them as text.
  const message = JSON.parse(text, (_, value: unknown, { source }) => (typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "") ? source : value));
  return new Uint8Array(request.encode(protojson.fromJson(request, message)).finish());
}

/** The same in OTLP's JSON form, whose ids are hex where protobuf's own JSON has base64. Throws `OtlpError`. */
export function spansOfJson(text: string): OtlpSpan[] {
  let message: unknown;
  try {
    message = plain(protojson.fromJson(request, withBase64Ids(JSON.parse(text)), { ignoreUnknownFields: true }));
  } catch {
    throw new OtlpError("Invalid OpenTelemetry format");
  }
  return spansOf(message);
}

function withBase64Ids(message: unknown): unknown {
  for (const resource of list(message, "resourceSpans")) {
    for (const scope of list(resource, "scopeSpans")) {
      for (const span of list(scope, "spans")) {
        recode(span, ["traceId", "spanId", "parentSpanId"]);
        for (const link of list(span, "links")) recode(link, ["traceId", "spanId"]);
      }
    }
  }
  return message;
}

function recode(message: unknown, keys: readonly string[]): void {
  if (!isRecord(message)) return;
  for (const key of keys) {
    const id = message[key];
    if (typeof id !== "string" || id === "") continue;
    if (!/^(?:[0-9a-f]{2})+$/i.test(id)) throw new OtlpError("An id is no hex.");
    message[key] = Buffer.from(id, "hex").toString("base64");
  }
}

/** From protobuf's JSON: 64 bits as text, bytes as base64, enums by name, what is the default left out. */
function spansOf(message: unknown): OtlpSpan[] {
  const resources = list(message, "resourceSpans");
  if (resources.length === 0) throw new OtlpError("Invalid OpenTelemetry format - no spans found");
  return resources.flatMap((block) => {
    const resource = attributesOf(isRecord(block) ? block["resource"] : null);
    return list(block, "scopeSpans").flatMap((scope) => list(scope, "spans").map((span) => spanOf(span, resource)));
  });
}

function spanOf(span: unknown, resource: PythonMap): OtlpSpan {
  const status = isRecord(span) ? span["status"] : null;
  const [traceId, spanId, parentId] = ["traceId", "spanId", "parentSpanId"].map((key) => Buffer.from(text(span, key), "base64").toString("hex"));
  if (!traceId || !spanId) throw new SpanError();
  const code = text(status, "code");
  return {
    traceId: wide(traceId, 32),
    spanId: wide(spanId, 16),
    parentId: parentId ? wide(parentId, 16) : null,
    name: text(span, "name"),
    start: kept(nanos(span, "startTimeUnixNano")),
    end: kept(nanos(span, "endTimeUnixNano")),
    attributes: attributesOf(span),
    events: list(span, "events").map((event) => ({ name: text(event, "name"), time: nanos(event, "timeUnixNano"), attributes: attributesOf(event) })),
    links: list(span, "links").map((link) => ({
      traceId: wide(Buffer.from(text(link, "traceId"), "base64").toString("hex"), 32),
      spanId: wide(Buffer.from(text(link, "spanId"), "base64").toString("hex"), 16),
      attributes: attributesOf(link),
    })),
    status: { code: code === "STATUS_CODE_OK" ? "OK" : code === "STATUS_CODE_ERROR" ? "ERROR" : "UNSET", message: text(status, "message") },
    resource,
  };
}

function kept(time: bigint): bigint {
  if (time > MAX_NANOS) throw new SpanError();
  return time;
}

/** A span that cannot be kept: it has no id, one that is too long, or a time that no store has. */
export class SpanError extends OtlpError {
  constructor() {
    super("Cannot convert OpenTelemetry span to MLflow span");
  }
}

function wide(hex: string, digits: number): string {
  const short = hex.replace(/^0+(?=.)/, "");
  if (short.length > digits) throw new SpanError();
  return short.padStart(digits, "0");
}

function attributesOf(message: unknown): PythonMap {
  return new Map(list(message, "attributes").map((pair) => [text(pair, "key"), valueOf(isRecord(pair) ? pair["value"] : null)]));
}

function valueOf(value: unknown): PythonValue {
  if (!isRecord(value)) return null;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined) return BigInt(String(intValue));
  if (doubleValue !== undefined) return Number(doubleValue);
  if (arrayValue !== undefined) return list(arrayValue, "values").map(valueOf);
  if (kvlistValue !== undefined) return new Map(list(kvlistValue, "values").map((pair) => [text(pair, "key"), valueOf(isRecord(pair) ? pair["value"] : null)]));
  return typeof bytesValue === "string" ? bytesText(Buffer.from(bytesValue, "base64")) : null;
}

/** Bytes as Python's `str` writes them: that is how MLflow keeps them. */
function bytesText(bytes: Uint8Array): string {
  const named: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };
  const quote = bytes.includes(39) && !bytes.includes(34) ? '"' : "'";
  const one = (byte: number): string => {
    if (named[byte] !== undefined) return named[byte];
    if (byte < 32 || byte > 126) return `\\x${byte.toString(16).padStart(2, "0")}`;
    const character = String.fromCodePoint(byte);
    return character === quote ? `\\${character}` : character;
  };
  return `b${quote}${Array.from(bytes, one).join("")}${quote}`;
}

function list(message: unknown, key: string): readonly unknown[] {
  const found = isRecord(message) ? message[key] : undefined;
  return Array.isArray(found) ? found : [];
}

function text(message: unknown, key: string): string {
  const found = isRecord(message) ? message[key] : undefined;
  return typeof found === "string" ? found : "";
}

function nanos(message: unknown, key: string): bigint {
  return BigInt(text(message, key) || "0");
}
