import type { TagValue } from "../store/operations.ts";
import type { SpanRow, TraceSpans } from "../store/operations/traces.ts";
import { spanKeys, traceKeys } from "./keys.ts";
import type { OtlpSpan } from "./otlp.ts";
import { preview } from "./preview.ts";
import { type PythonValue, pythonDumps, pythonLoadsOr } from "./pythonJson.ts";
import { rowOfSpan } from "./spanRow.ts";

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

/** The id that MLflow gives a trace of OpenTelemetry. */
export function traceIdOf(hex: string): string {
  return `tr-${hex}`;
}

/** Spans by trace, as they are stored: what MLflow's own store makes of them (`log_spans` of sqlalchemy_store.py). */
export function storedTraces(spans: readonly OtlpSpan[]): TraceSpans[] {
  const byTrace = new Map<string, OtlpSpan[]>();
  for (const span of spans) {
    const beside = byTrace.get(span.traceId);
    if (beside) beside.push(span);
    else byTrace.set(span.traceId, [span]);
  }
  return Array.from(byTrace, ([id, own]) => {
    const attributes = own.map(attributesOf);
    const rows = own.map((span, at) => rowOf(span, attributes[at] ?? new Map()));
    const root = own.findLastIndex(({ parentId }) => parentId === null);
    const first = own.find(({ parentId }) => parentId === null);
    const rootAttributes = attributes[root];
    return {
      traceId: traceIdOf(id),
      spans: rows,
      root: first && rootAttributes
        ? {
            state: first.status.code === "ERROR" ? "ERROR" : "OK",
            requestPreview: preview(rootAttributes.get(spanKeys.inputs), "user"),
            responsePreview: preview(rootAttributes.get(spanKeys.outputs), "assistant"),
          }
        : null,
      tags: [...resourceTags(own), ...tagsOf(rootAttributes ?? new Map()), { key: traceKeys.spansLocation, value: "TRACKING_STORE" }],
      metadata: metadataOf(attributes),
    };
  });
}

/** Attributes as MLflow keeps them: JSON of each value, as text. */
function attributesOf(span: OtlpSpan): Map<string, string> {
  const attributes = new Map(Array.from(span.attributes, ([key, value]) => [key, pythonDumps(value)]));
  // What a client says of the trace's id is not believed.
  return attributes.set(spanKeys.traceId, pythonDumps(traceIdOf(span.traceId)));
}

function rowOf(span: OtlpSpan, attributes: ReadonlyMap<string, string>): SpanRow {
  const content = new Map<string, PythonValue>([
    ["trace_id", base64(span.traceId)],
    ["span_id", base64(span.spanId)],
    ["parent_span_id", span.parentId === null ? null : base64(span.parentId)],
    ["name", span.name],
    ["start_time_unix_nano", span.start],
    ["end_time_unix_nano", span.end],
    ["events", span.events.map(({ name, time, attributes: own }) => new Map<string, PythonValue>([["name", name], ["time_unix_nano", time], ["attributes", own]]))],
    ["status", new Map([["code", `STATUS_CODE_${span.status.code}`], ["message", span.status.message]])],
    ["attributes", attributes],
    ["links", span.links.map((link) => new Map<string, PythonValue>([["trace_id", traceIdOf(link.traceId)], ["span_id", link.spanId], ["attributes", link.attributes.size === 0 ? null : link.attributes]]))],
  ]);
  return rowOfSpan(content);
}

/** What the program says of itself, of the first span that has some. Names that are MLflow's or OpenTelemetry's own are left out. */
function resourceTags(spans: readonly OtlpSpan[]): TagValue[] {
  const resource = spans.find((span) => span.resource.size > 0)?.resource ?? new Map();
  return Array.from(resource, ([key, value]) => ({ key, value: typeof value === "string" ? value : pythonDumps(value, true) })).filter(({ key }) => !/^(?:telemetry\.sdk|mlflow)\./.test(key) && isTagKey(key));
}

/** Tags that an OpenTelemetry exporter carries as attributes of the root. */
function tagsOf(attributes: ReadonlyMap<string, string>): TagValue[] {
  return Array.from(attributes)
    .filter(([key]) => key.startsWith(spanKeys.traceTag))
    .map(([key, json]) => ({ key: key.slice(spanKeys.traceTag.length), value: textOf(json) }))
    .filter(({ key }) => isTagKey(key));
}

/** Session and user, of the first span that names them. */
function metadataOf(spans: readonly ReadonlyMap<string, string>[]): TagValue[] {
  const first = (...keys: string[]): string | undefined => spans.map((attributes) => keys.map((key) => attributes.get(key)).find((value) => value)).find((value) => value);
  const found = [
    { key: traceKeys.session, json: first("session.id", "gen_ai.conversation.id") },
    { key: traceKeys.user, json: first("user.id") },
  ];
  return found.flatMap(({ key, json }) => (json === undefined ? [] : [{ key, value: textOf(json) }]));
}

function textOf(json: string): string {
  const value = pythonLoadsOr(json);
  return typeof value === "string" ? value : json;
}

function isTagKey(key: string): boolean {
  return key.length <= 250 && /^[/\p{L}\p{N}_.\- :]+$/u.test(key);
}
