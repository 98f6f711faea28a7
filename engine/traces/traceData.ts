import type { SpanRow } from "../store/operations/traces.ts";
import { type PythonMap, type PythonValue, isMap, pythonLoads } from "./pythonJson.ts";
import { MAX_NANOS, rowOfSpan } from "./spanRow.ts";

/**
 * The spans of a `traces.json` (`{"spans": […]}`), in each form that MLflow has written: since 3.0 as OpenTelemetry has them with ids in
 * base64 (3.5.0: in hex), before that with a `context`. Throws `SyntaxError` for what is no JSON; what is no span is left out.
 */
export function spansOfTraceData(text: string): SpanRow[] {
  const data = pythonLoads(text);
  const spans = isMap(data) ? data.get("spans") : null;
  const list: readonly PythonValue[] = Array.isArray(spans) ? spans : [];
  return list.filter(isMap).map((span) => rowOfSpan(isMap(span.get("context") ?? null) ? fromVersion2(span) : withBase64Ids(span))).filter(({ spanId, start, end }) => spanId !== "" && isKept(start) && isKept(end));
}

function isKept(time: bigint): boolean {
  return time >= 0n && time <= MAX_NANOS;
}

function fromVersion2(span: PythonMap): PythonMap {
  const context = span.get("context");
  const ids = isMap(context) ? context : new Map<string, PythonValue>();
  const events = span.get("events");
  return new Map<string, PythonValue>([
    ["trace_id", base64Of(ids.get("trace_id"), 32)],
    ["span_id", base64Of(ids.get("span_id"), 16)],
    ["parent_span_id", base64Of(span.get("parent_id"), 16)],
    ["name", span.get("name") ?? ""],
    ["start_time_unix_nano", span.get("start_time") ?? null],
    ["end_time_unix_nano", span.get("end_time") ?? null],
    ["events", (Array.isArray(events) ? events.filter(isMap) : []).map((event) => new Map([["name", event.get("name") ?? ""], ["time_unix_nano", event.get("timestamp") ?? 0n], ["attributes", event.get("attributes") ?? new Map()]]))],
    ["status", new Map([["code", `STATUS_CODE_${String(span.get("status_code") ?? "UNSET")}`], ["message", span.get("status_message") ?? ""]])],
    ["attributes", span.get("attributes") ?? new Map()],
    ["links", []],
  ]);
}

/** 3.5.0 wrote ids as they are shown: `tr-<32 hex>` and 16 hex, and the status without its prefix. */
function withBase64Ids(span: PythonMap): PythonMap {
  const id = span.get("span_id");
  if (typeof id !== "string" || !/^[0-9a-f]{16}$/.test(id)) return span;
  const status = span.get("status");
  const code = isMap(status) ? String(status.get("code") ?? "") : "";
  return new Map([
    ...span,
    ["trace_id", base64Of(span.get("trace_id"), 32)],
    ["span_id", base64Of(id, 16)],
    ["parent_span_id", base64Of(span.get("parent_span_id"), 16)],
    ["status", new Map([...(isMap(status) ? status : []), ["code", code.startsWith("STATUS_CODE_") ? code : `STATUS_CODE_${code}`]])],
  ]);
}

function base64Of(id: PythonValue | undefined, digits: number): string | null {
  if (typeof id !== "string") return null;
  const hex = id.replace(/^(?:0x|tr-)/, "");
  return /^[0-9a-f]+$/i.test(hex) && hex.length <= digits ? Buffer.from(hex.padStart(digits, "0"), "hex").toString("base64") : null;
}
