import assert from "node:assert/strict";
import { test } from "node:test";
import { spansOfTraceData } from "./traceData.ts";

const attributes = { "mlflow.traceRequestId": '"tr-0af7651916cd43dd8448eb211c80319c"', "mlflow.spanType": '"TOOL"', k: "1.0" };
const text = (span: object): string => JSON.stringify({ spans: [span] }).replaceAll('"<start>"', "1795282292297087468").replaceAll('"<end>"', "1795282292523508634");
// The forms of `Span.to_dict` in MLflow 3.17.2, 3.5.0 and 2.22.
const forms = {
  now: { trace_id: "CvdlGRbNQ92ESOshHIAxnA==", span_id: "t61rcWkgMzE=", parent_span_id: "APBnqgupArc=", name: "a", start_time_unix_nano: "<start>", end_time_unix_nano: "<end>", events: [{ name: "e", time_unix_nano: "<end>", attributes: { i: 1 } }], status: { code: "STATUS_CODE_ERROR", message: "why" }, attributes, links: [] },
  "3.5.0": { trace_id: "tr-0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331", parent_span_id: "00f067aa0ba902b7", name: "a", start_time_unix_nano: "<start>", end_time_unix_nano: "<end>", events: [{ name: "e", time_unix_nano: "<end>", attributes: { i: 1 } }], status: { code: "ERROR", message: "why" }, attributes, links: [] },
  "2": { name: "a", context: { trace_id: "0x0af7651916cd43dd8448eb211c80319c", span_id: "0xb7ad6b7169203331" }, parent_id: "0x00f067aa0ba902b7", start_time: "<start>", end_time: "<end>", status_code: "ERROR", status_message: "why", attributes, events: [{ name: "e", timestamp: "<end>", attributes: { i: 1 } }] },
};

test("each form of traces.json is the same span, its nanoseconds to the last digit", () => {
  for (const [version, form] of Object.entries(forms)) {
    const [span] = spansOfTraceData(text(form));
    assert.deepEqual(
      [span?.spanId, span?.parentId, span?.name, span?.type, span?.status, span?.start, span?.end],
      ["b7ad6b7169203331", "00f067aa0ba902b7", "a", "TOOL", "ERROR", 1795282292297087468n, 1795282292523508634n],
      version,
    );
    assert.deepEqual(JSON.parse(span?.content ?? ""), JSON.parse(text(forms.now)).spans[0], version);
  }
});

test("what is no span is left out, and what is no JSON is refused", () => {
  assert.deepEqual(spansOfTraceData('{"spans": [1, {}, {"span_id": 5}, {"context": {"span_id": "no hex"}}]}'), []);
  assert.deepEqual(spansOfTraceData("[]"), []);
  assert.throws(() => spansOfTraceData("{"), SyntaxError);
});

test("a span of a time that no store can keep is left out, the others stay", () => {
  const spans = ["18446744073709551615", "-1", "5"].map((start) => ({ ...forms.now, name: start, start_time_unix_nano: start }));
  const data = JSON.stringify({ spans }).replaceAll('"<end>"', "1795282292523508634").replaceAll(/"start_time_unix_nano":"(-?\d+)"/g, '"start_time_unix_nano":$1');
  assert.deepEqual(spansOfTraceData(data).map(({ name }) => name), ["5"]);
});
