import assert from "node:assert/strict";
import { test } from "node:test";
import protobuf from "protobufjs";
import { OtlpError, SpanError, spansOfJson, spansOfProtobuf } from "./otlp.ts";
import { otlpSchema } from "./otlpSchema.ts";
import { storedTraces } from "./storedSpans.ts";
import { wireSpan } from "./wireSpan.ts";

// Made by opentelemetry-proto 1.45.2 in Python: one span with an attribute of every kind, as MLflow 3.17.2 fills them in (`_set_otel_proto_anyvalue`).
const golden =
  "CuACChgKFgoMc2VydmljZS5uYW1lEgYKBHNob3ASwwISwAIKEAr3ZRkWzUPdhEjrIRyAMZwSCLeta3FpIDMxGgN4PXkiCADwZ6oLqQK3KgVnw7ZybDACOey56qe7H+oYQZqjabW7H+oYSgkKAXQSBA" +
  "oCw7xKDwoBaRIKGICAgICAgICAEEoOCgFkEgkhAAAAAAAA8D9KBwoBYhICEAFKAwoBbkohCgFsEhwqGgoCGAEKCSEAAAAAAAAEQAoACgcqBQoDCgF4SiIKAW0SHTIbChkKAWESFDISChAKAWISCxj/" +
  "//////////8BSgsKAXkSBjoEACdByEoQCgNuYW4SCSEAAAAAAAD4f0oHCgFlEgIKAEoHCgF6EgIYAEoHCgFmEgIQAFoWCQCjNbG7H+oYEgJldhoHCgFrEgIYA2ocChBL+S81d7NNpqPOkp0ODkc2Eg" +
  "gA8GeqC6kCt3oHEgN3aHkYAg==";
// What MLflow 3.17.2's store keeps of it: json.dumps(translate_span_when_storing(Span.from_otel_proto(span)), ensure_ascii=False).
const content = String.raw`{"trace_id": "CvdlGRbNQ92ESOshHIAxnA==", "span_id": "t61rcWkgMzE=", "parent_span_id": "APBnqgupArc=", "name": "görl", "start_time_unix_nano": 1795282292297087468, "end_time_unix_nano": 1795282292523508634, "events": [{"name": "ev", "time_unix_nano": 1795282292452991744, "attributes": {"k": 3}}], "status": {"code": "STATUS_CODE_ERROR", "message": "why"}, "attributes": {"t": "\"ü\"", "i": "1152921504606846976", "d": "1.0", "b": "true", "n": "null", "l": "[1, 2.5, null, [\"x\"]]", "m": "{\"a\": {\"b\": -1}}", "y": "\"b\\\"\\\\x00'A\\\\xc8\\\"\"", "nan": "NaN", "e": "\"\"", "z": "0", "f": "false", "mlflow.traceRequestId": "\"tr-0af7651916cd43dd8448eb211c80319c\""}, "links": [{"trace_id": "tr-4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7", "attributes": null}]}`;

test("a span of another implementation is stored word for word as MLflow stores it", () => {
  const [trace] = storedTraces(spansOfProtobuf(Buffer.from(golden, "base64")));
  const [span] = trace?.spans ?? [];
  assert.equal(span?.content, content);
  assert.deepEqual(
    [trace?.traceId, span?.spanId, span?.parentId, span?.status, span?.start, span?.end, trace?.root],
    ["tr-0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7", "ERROR", 1795282292297087468n, 1795282292523508634n, null],
  );
  assert.deepEqual(trace?.tags, [{ key: "service.name", value: "shop" }, { key: "mlflow.trace.spansLocation", value: "TRACKING_STORE" }]);
});

test("its JSON form says the same, with ids in hex", () => {
  const request = protobuf.parse(otlpSchema).root.lookupType("ExportTraceServiceRequest");
  const message = request.toObject(request.decode(Buffer.from(golden, "base64")), { longs: String, bytes: (bytes: Uint8Array) => bytes, enums: String });
  const json = JSON.stringify(message, (key, value: unknown) => {
    if (typeof value === "number" && Number.isNaN(value)) return "NaN";
    const bytes = typeof value === "object" && value !== null && "data" in value && Array.isArray(value.data) ? Buffer.from(value.data) : null;
    return bytes === null ? value : bytes.toString(key === "bytesValue" ? "base64" : "hex");
  });
  assert.deepEqual(spansOfJson(json), spansOfProtobuf(Buffer.from(golden, "base64")));
});

test("64 bits keep every digit on their way out", () => {
  const text = JSON.stringify(wireSpan(content));
  assert.match(text, /"start_time_unix_nano":1795282292297087468,/);
  assert.match(text, /\{"key":"i","value":\{"int_value":1152921504606846976\}\}/);
  assert.match(text, /\{"key":"d","value":\{"double_value":1\}\},/);
  assert.match(text, /\{"key":"nan","value":\{"double_value":"NaN"\}\},/);
  assert.match(text, /"time_unix_nano":1795282292452991744,/);
});

test("what is no OTLP is refused, cut and bent bytes and endless nesting too", () => {
  const bytes = Buffer.from(golden, "base64");
  for (let length = 1; length < bytes.length; length += 7) assert.throws(() => spansOfProtobuf(bytes.subarray(0, length)), OtlpError, String(length));
  let deep = Buffer.from([0x0a, 0x01, 0x78]);
  for (let depth = 0; depth < 5_000; depth++) deep = Buffer.concat([Buffer.from([0x2a]), varint(deep.length + 1 + varint(deep.length).length), Buffer.from([0x0a]), varint(deep.length), deep]);
  const value = Buffer.concat([Buffer.from([0x12]), varint(deep.length), deep]);
  const attribute = Buffer.concat([Buffer.from([0x4a]), varint(value.length), value]);
  const span = Buffer.concat([Buffer.from([0x12]), varint(attribute.length), attribute]);
  const scope = Buffer.concat([Buffer.from([0x12]), varint(span.length), span]);
  assert.throws(() => spansOfProtobuf(Buffer.concat([Buffer.from([0x0a]), varint(scope.length), scope])), OtlpError);
  for (const text of ["", "[]", "null", "{}", '{"resourceSpans":5}', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz","spanId":"01"}]}]}]}']) assert.throws(() => spansOfJson(text), OtlpError, text);
});

test("a span of a time beyond 64 bits with a sign is refused, the last one before is kept", () => {
  const at = (startTimeUnixNano: string, endTimeUnixNano: string): string => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", name: "s", startTimeUnixNano, endTimeUnixNano }] }] }] });
  assert.equal(spansOfJson(at("1", "9223372036854775807"))[0]?.end, 9223372036854775807n);
  for (const text of [at("18446744073709551615", "0"), at("1", "9223372036854775808")]) assert.throws(() => spansOfJson(text), SpanError, text);
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
