import { type PythonMap, type PythonValue, isMap, pythonLoadsOr } from "./pythonJson.ts";

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

/** A stored span as MLflow's REST API gives it: protobuf's JSON of an OpenTelemetry span, with the names of the .proto file. */
export function wireSpan(content: string): object {
  const span = pythonLoadsOr(content);
  if (!isMap(span)) return {};
  const status = mapOf(span.get("status"));
  const code = status.get("code");
  const end = span.get("end_time_unix_nano");
  return {
    trace_id: span.get("trace_id"),
    span_id: span.get("span_id"),
    ...(span.get("parent_span_id") ? { parent_span_id: span.get("parent_span_id") } : {}),
    name: span.get("name"),
    start_time_unix_nano: wireInteger(span.get("start_time_unix_nano")),
    ...(end ? { end_time_unix_nano: wireInteger(end) } : {}),
    ...some("attributes", Array.from(mapOf(span.get("attributes")), ([key, json]) => pair(key, typeof json === "string" ? pythonLoadsOr(json) : json))),
    ...some("events", listOf(span.get("events")).map((event) => ({
      time_unix_nano: wireInteger(event.get("time_unix_nano")),
      name: event.get("name"),
      ...some("attributes", pairs(event.get("attributes"))),
    }))),
    ...some("links", listOf(span.get("links")).map((link) => ({
      trace_id: base64(String(link.get("trace_id")).replace(/^tr-/, "")),
      span_id: base64(String(link.get("span_id"))),
      ...some("attributes", pairs(link.get("attributes"))),
    }))),
    status: { ...(status.get("message") ? { message: status.get("message") } : {}), ...(code === "STATUS_CODE_UNSET" ? {} : { code }) },
  };
}

/** Repeated fields without elements are left out on the wire. */
function some(key: string, list: readonly object[]): object {
  return list.length === 0 ? {} : { [key]: list };
}

function mapOf(value: PythonValue | undefined): PythonMap {
  return isMap(value) ? value : new Map();
}

function listOf(value: PythonValue | undefined): PythonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

function pairs(attributes: PythonValue | undefined): object[] {
  return Array.from(mapOf(attributes), ([key, value]) => pair(key, value));
}

function pair(key: string, value: PythonValue): object {
  return value === null ? { key } : { key, value: wireValue(value) };
}

function wireValue(value: PythonValue): object {
  if (value === null) return {};
  if (typeof value === "string") return { string_value: value };
  if (typeof value === "boolean") return { bool_value: value };
  if (typeof value === "bigint") return { int_value: wireInteger(value) };
  if (typeof value === "number") return { double_value: Number.isFinite(value) ? value : String(value) };
  if (isMap(value)) return { kvlist_value: some("values", Array.from(value, ([key, item]) => pair(key, item))) };
  return { array_value: some("values", value.map(wireValue)) };
}

/** All digits of 64 bits, as a JSON number. */
function wireInteger(value: PythonValue | undefined): unknown {
  return typeof value === "bigint" ? JSON.rawJSON(String(value)) : 0;
}
