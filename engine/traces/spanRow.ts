import type { SpanRow } from "../store/operations/traces.ts";
import { spanKeys } from "./keys.ts";
import { type PythonMap, type PythonValue, isMap, pythonDumps, pythonLoadsOr } from "./pythonJson.ts";

/** The last moment that the store can keep: 64 bits with a sign. OpenTelemetry's times have none, and reach further. */
export const MAX_NANOS = 2n ** 63n - 1n;

const hex = (base64: PythonValue | undefined): string => Buffer.from(typeof base64 === "string" ? base64 : "", "base64").toString("hex");

/** A span in MLflow's JSON as a row: what filters and totals look at stands beside the text. */
export function rowOfSpan(content: PythonMap): SpanRow {
  const [attributes, status, parent] = [content.get("attributes"), content.get("status"), content.get("parent_span_id")];
  const attribute = (key: string): string | undefined => {
    const json = isMap(attributes) ? attributes.get(key) : undefined;
    return typeof json === "string" ? json : undefined;
  };
  const code = String((isMap(status) ? status.get("code") : null) ?? "").replace("STATUS_CODE_", "");
  const type = pythonLoadsOr(attribute(spanKeys.type) ?? "null");
  return {
    spanId: hex(content.get("span_id")),
    parentId: parent ? hex(parent) : null,
    name: String(content.get("name") ?? ""),
    type: typeof type === "string" ? type : null,
    status: code === "OK" || code === "ERROR" ? code : "UNSET",
    start: nanos(content.get("start_time_unix_nano")),
    end: nanos(content.get("end_time_unix_nano")),
    content: pythonDumps(content),
    usage: numbers(attribute(spanKeys.usage)),
    cost: numbers(attribute(spanKeys.cost)),
  };
}

function nanos(value: PythonValue | undefined): bigint {
  if (typeof value === "bigint") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? BigInt(value) : 0n;
}

/** The numbers of a JSON object; null where it has none. Some clients write the object as text in text. */
function numbers(json: string | undefined): string | null {
  if (json === undefined) return null;
  let value = pythonLoadsOr(json);
  if (typeof value === "string") value = pythonLoadsOr(value);
  if (!isMap(value)) return null;
  const found = Array.from(value, ([key, item]) => [key, typeof item === "bigint" || typeof item === "number" ? Number(item) : Number.NaN] as const);
  return JSON.stringify(Object.fromEntries(found.filter(([, item]) => Number.isFinite(item))));
}
