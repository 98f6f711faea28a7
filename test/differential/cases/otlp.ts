import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { otlpSchema } from "../../../engine/traces/otlpSchema.ts";
import { type Call, type Case, anExperiment, get, post } from "../case.ts";

const request = protobuf.parse(otlpSchema).root.lookupType("ExportTraceServiceRequest");

/** Ids of their own in every run: the reference keeps what it was sent. */
const id = (): string => randomBytes(16).toString("hex");
const [whole, parts, used, late, packed, plain, linked, joined, measured, filed, bare] = [id(), id(), id(), id(), id(), id(), id(), id(), id(), id(), id()];
const START = 1_700_000_000_000_000_000n;

const attribute = (key: string, value: object | null) => (value === null ? { key } : { key, value });
const text = (key: string, stringValue: string) => attribute(key, { stringValue });
const json = (key: string, value: Readonly<Record<string, number>>) =>
  attribute(key, { kvlistValue: { values: Object.entries(value).map(([name, number]) => ({ key: name, value: Number.isInteger(number) ? { intValue: String(number) } : { doubleValue: number } })) } });

function span(traceId: string, spanId: string, more: Readonly<Record<string, unknown>> = {}): object {
  const [from, to] = [more["from"] ?? 0, more["to"] ?? 1_000];
  const { from: _, to: __, ...fields } = more;
  return { traceId, spanId: spanId.padStart(16, "0"), name: `span ${spanId}`, startTimeUnixNano: String(START + BigInt(Number(from)) * 1_000_000n), endTimeUnixNano: String(START + BigInt(Number(to)) * 1_000_000n + 7n), ...fields };
}
const body = (spans: readonly object[], resource: readonly object[] = []) => ({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans }] }] });
const headers = { "x-mlflow-experiment-id": "$exp" };
const send = (spans: readonly object[], resource: readonly object[] = [], more: Readonly<Record<string, string>> = {}): Call => ({
  method: "POST",
  path: "/v1/traces",
  raw: JSON.stringify(body(spans, resource)),
  headers: { "content-type": "application/json", ...headers, ...more },
  compareHeaders: ["content-type"],
});
const raw = (bytes: string | Uint8Array, type: string, more: Readonly<Record<string, string>> = {}): Call => ({ method: "POST", path: "/v1/traces", raw: bytes, headers: { "content-type": type, ...headers, ...more } });
const read = (trace: string, partial = false): Call => get("3.0/traces/get", { trace_id: `tr-${trace}`, ...(partial ? { allow_partial: "true" } : {}) });
const FILE = "/ajax-api/2.0/mlflow/get-trace-artifact";
const info = (trace: string): Call => get(`3.0/traces/tr-${trace}`);
const found = (filter: string): Call => post("3.0/traces/search", { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "$exp" } }], filter });

/** Protobuf's own form has bytes for ids and numbers for states. */
function encoded(traceId: string): Uint8Array {
  const one = {
    traceId: Buffer.from(traceId, "hex"),
    spanId: Buffer.from("00000000000000aa", "hex"),
    name: "packed",
    startTimeUnixNano: String(START + 1n),
    endTimeUnixNano: String(START + 9_223_372_036n),
    attributes: [text("mlflow.spanType", "TOOL"), attribute("i", { intValue: "9007199254740993" }), attribute("d", { doubleValue: 1 }), attribute("b", { bytesValue: Buffer.from([0, 39, 65, 200]) })],
    links: [{ traceId: Buffer.from(linked, "hex"), spanId: Buffer.from("00000000000000bb", "hex"), attributes: [attribute("w", { intValue: 3 })] }],
    status: { code: 1 },
  };
  return request.encode(request.fromObject(body([one]))).finish();
}

export const cases: readonly Case[] = [
  {
    name: "spans as JSON, with values of every kind",
    calls: [
      ...anExperiment,
      send([
        span(whole, "1", {
          attributes: [
            text("mlflow.spanType", "CHAIN"),
            text("mlflow.spanInputs", "in"),
            attribute("mlflow.spanOutputs", { kvlistValue: { values: [{ key: "a", value: { arrayValue: { values: [{ intValue: 1 }, { doubleValue: 2 }, {}] } } }, { key: "n" }] } }),
            attribute("yes", { boolValue: true }),
            attribute("none", null),
            attribute("empty", { arrayValue: {} }),
            attribute("nothing", { kvlistValue: {} }),
            attribute("long", { intValue: "-9007199254740993" }),
            attribute("tiny", { doubleValue: 0.00001 }),
            attribute("nan", { doubleValue: "NaN" }),
            text("blank", ""),
          ],
          events: [{ name: "e", timeUnixNano: String(START + 5n), attributes: [text("k", "v"), attribute("i", { intValue: 2 }), attribute("f", { doubleValue: 1.5 })] }],
          status: { code: 2, message: "why" },
        }),
      ]),
      read(whole),
      read(whole, true),
      get("3.0/traces/batchGet", { trace_ids: [`tr-${whole}`] }),
      info(whole),
      get(`traces/tr-${whole}/info`),
    ],
  },
  {
    name: "spans of one trace in several calls",
    calls: [
      ...anExperiment,
      send([span(parts, "3", { parentSpanId: "0000000000000002", from: 20, to: 30 }), span(parts, "2", { parentSpanId: "0000000000000001", from: 10, to: 40 })]),
      info(parts),
      read(parts),
      send([span(parts, "1", { from: 5, to: 90, attributes: [text("mlflow.traceTag.team", "blue"), text("mlflow.traceTag.mlflow.traceName", "named"), text("mlflow.spanInputs", "q")] })], [text("service.name", "shop"), text("telemetry.sdk.name", "x"), attribute("host.cores", { intValue: 4 })]),
      info(parts),
      read(parts),
      send([span(parts, "3", { parentSpanId: "0000000000000002", from: 20, to: 35, name: "again" })]),
      read(parts),
      found("span.name = 'again'"),
      found("span.name = 'again' AND span.status = 'UNSET'"),
      found("span.status = 'ERROR'"),
      found("span.name LIKE 'span %' AND span.name ILIKE '%2'"),
      found("span.content LIKE '%again%'"),
      found("trace.text LIKE '%nowhere%'"),
      found("name = 'named'"),
      found("tag.`service.name` = 'shop'"),
    ],
  },
  {
    name: "tokens, cost, session and user of spans",
    calls: [
      ...anExperiment,
      send([
        span(used, "2", { parentSpanId: "0000000000000001", attributes: [json("mlflow.chat.tokenUsage", { input_tokens: 10, output_tokens: 5, total_tokens: 15, cache_read_input_tokens: 2 }), json("mlflow.llm.cost", { input_cost: 0.5, output_cost: 0.25, total_cost: 0.75 })] }),
        span(used, "3", { parentSpanId: "0000000000000002", attributes: [json("mlflow.chat.tokenUsage", { input_tokens: 100, output_tokens: 50, total_tokens: 150 })] }),
      ]),
      info(used),
      send([span(used, "4", { parentSpanId: "0000000000000001", attributes: [json("mlflow.chat.tokenUsage", { input_tokens: 1, output_tokens: 1, total_tokens: 2 }), text("session.id", "s-9")] })]),
      info(used),
      send([span(used, "1", { attributes: [text("user.id", "ann"), text("session.id", "s-10")] })]),
      info(used),
      found("metadata.`mlflow.trace.session` = 's-9'"),
    ],
  },
  {
    name: "figures of spans",
    calls: [
      ...anExperiment,
      send([
        span(measured, "1", { to: 900, attributes: [text("mlflow.spanType", "CHAIN")] }),
        span(measured, "2", { parentSpanId: "0000000000000001", from: 10, to: 40, attributes: [text("mlflow.spanType", "LLM"), text("mlflow.llm.model", "m1"), json("mlflow.llm.cost", { input_cost: 0.5, output_cost: 0.25, total_cost: 0.75 })] }),
        span(measured, "3", { parentSpanId: "0000000000000001", from: 50, to: 70, status: { code: 2 }, attributes: [text("mlflow.spanType", "LLM"), text("mlflow.llm.model", "m2"), json("mlflow.llm.cost", { input_cost: 1.5, output_cost: 0.5, total_cost: 2 })] }),
      ]),
      ...[
        { metric_name: "span_count", aggregations: [{ aggregation_type: "COUNT" }], dimensions: ["span_type"] },
        { metric_name: "span_count", aggregations: [{ aggregation_type: "COUNT" }], dimensions: ["span_status", "span_model_name"] },
        { metric_name: "latency", aggregations: [{ aggregation_type: "AVG" }, { aggregation_type: "PERCENTILE", percentile_value: 90 }] },
        { metric_name: "total_cost", aggregations: [{ aggregation_type: "SUM" }], dimensions: ["span_model_name"] },
        { metric_name: "span_count", aggregations: [{ aggregation_type: "COUNT" }], filters: ["span.type = 'LLM'", "span.status = 'ERROR'"] },
      ].map((more) => post("3.0/traces/metrics", { experiment_ids: ["$exp"], view_type: "SPANS", ...more })),
    ],
  },
  {
    name: "spans before and after their trace",
    calls: [
      ...anExperiment,
      post("3.0/traces", {
        trace: {
          trace_info: {
            trace_id: `tr-${late}`,
            trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "$exp" } },
            request_time: "2023-11-14T22:13:20.500Z",
            execution_duration: "0.100s",
            state: "OK",
            request_preview: "given",
            trace_metadata: { "mlflow.trace.sizeStats": '{"num_spans": 2}', "mlflow.trace.tokenUsage": '{"input_tokens": 7}' },
          },
        },
      }),
      info(late),
      send([span(late, "1", { from: 400, to: 900, status: { code: 2 }, attributes: [text("mlflow.spanInputs", "other"), json("mlflow.chat.tokenUsage", { input_tokens: 1, output_tokens: 1, total_tokens: 2 })] })]),
      info(late),
      read(late, true),
      get("3.0/traces/batchGet", { trace_ids: [`tr-${late}`] }),
      send([span(late, "2", { parentSpanId: "0000000000000001", from: 300, to: 950 })]),
      info(late),
      read(late),
    ],
  },
  {
    name: "protobuf, packed and not",
    calls: [
      ...anExperiment,
      raw(encoded(plain), "application/x-protobuf"),
      read(plain),
      raw(gzipSync(encoded(packed)), "application/x-protobuf", { "content-encoding": "gzip" }),
      read(packed),
      raw(gzipSync(JSON.stringify(body([span(packed, "ab", { parentSpanId: "00000000000000aa" })]))), "application/json; charset=utf-8", { "content-encoding": "gzip" }),
      read(packed),
    ],
  },
  {
    name: "links of a span as JSON",
    calls: [...anExperiment, send([span(joined, "1", { links: [{ traceId: linked, spanId: "00000000000000bb" }] })]), read(joined)],
  },
  {
    name: "a trace as a file",
    calls: [
      ...anExperiment,
      send([span(filed, "1", { attributes: [text("mlflow.spanType", "TOOL"), text("ü", "käse")] }), span(filed, "2", { parentSpanId: "1".padStart(16, "0"), from: 5 })]),
      get(FILE, { request_id: `tr-${filed}` }, { compareHeaders: ["content-type", "content-disposition"] }),
      get("/ajax-api/3.0/mlflow/get-trace-artifact", { request_id: `tr-${filed}` }),
      get("/ajax-api/3.0/mlflow/get-trace-artifact", { request_id: "nobody", path: "b8a4e1de-0000-4000-8000-000000000000" }),
      get("/ajax-api/3.0/mlflow/get-trace-artifact"),
      get(FILE, { request_id: "nobody" }),
      get(FILE, { request_id: `tr-${filed}`, path: "../a" }),
      get(FILE, { request_id: `tr-${filed}`, path: "b8a4e1de-0000-4000-8000-000000000000" }),
      post("3.0/traces", { trace: { trace_info: { trace_id: `tr-${bare}`, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "$exp" } }, request_time: "2026-01-01T00:00:00Z", state: "OK" } } }),
      get(FILE, { request_id: `tr-${bare}` }),
      { method: "PUT", path: `/api/2.0/mlflow-artifacts/artifacts/$exp/traces/tr-${bare}/artifacts/traces.json`, raw: '{"spans": []}' },
      get(FILE, { request_id: `tr-${bare}` }, { compareHeaders: ["content-type", "content-disposition"] }),
    ],
  },
  {
    name: "what is no OTLP",
    calls: [
      ...anExperiment,
      { method: "POST", path: "/v1/traces", raw: "{}", headers: { "content-type": "application/json" } },
      raw("x", "text/plain"),
      raw("x", "application/json"),
      raw("{}", "application/json"),
      raw(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "zz" }] }] }] }), "application/json"),
      raw(JSON.stringify(body([{ name: "no ids" }])), "application/json"),
      raw(JSON.stringify(body([{ traceId: whole, name: "no span" }])), "application/json"),
      raw(JSON.stringify(body([])), "application/json"),
      raw(new Uint8Array([0x0a, 0xff]), "application/x-protobuf"),
      raw(new Uint8Array([1, 2, 3]), "application/x-protobuf"),
      raw("{}", "application/json", { "content-encoding": "br" }),
      raw("no gzip", "application/json", { "content-encoding": "gzip" }),
      send([span(id(), "1")], [], { "x-mlflow-experiment-id": "987654" }),
      send([span(id(), "1")], [], { "x-mlflow-experiment-id": "abc" }),
    ],
  },
];
