import assert from "node:assert/strict";
import { test } from "node:test";
import { decodedTraces, tracesIn } from "./decode.ts";
import { OtlpError, SpanError } from "./otlp.ts";

const exported = (spans: readonly object[]): Buffer => Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
const spanOf = (i: number): object => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: (i + 1).toString(16).padStart(16, "0"),
  name: `span ${i}`,
  startTimeUnixNano: "1795282292297087468",
  endTimeUnixNano: "1795282292523508634",
  attributes: [{ key: "big", value: { intValue: "1152921504606846976" } }, { key: "text", value: { stringValue: "x".repeat(100) } }],
});

test("a large export is read by a thread to the very same rows, and the engine goes on meanwhile", async () => {
  const bytes = exported(Array.from({ length: 500 }, (_, i) => spanOf(i)));
  let done = false;
  const decoded = decodedTraces("json", bytes).finally(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false, "others had their turn before it was read");
  assert.deepEqual(await decoded, tracesIn("json", bytes));
});

test("what a thread refuses is refused as at once", async () => {
  const filling = Array.from({ length: 500 }, (_, i) => spanOf(i));
  await assert.rejects(decodedTraces("json", exported([...filling, { ...spanOf(1), spanId: "" }])), SpanError);
  await assert.rejects(decodedTraces("protobuf", exported(filling)), OtlpError);
  await assert.rejects(decodedTraces("json", exported([{ ...spanOf(1), spanId: "" }])), SpanError);
});
