import type { TagValue } from "../store/operations.ts";
import type { AssessmentRow } from "../store/operations/traces.ts";
import type { TraceRecord } from "../store/read/traces.ts";
import type { Readers } from "../store/store.ts";
import { traceKeys } from "../traces/keys.ts";
import { invalid } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { listed } from "./shapes.ts";

/** What MLflow tells of a value at most; it is stored whole. */
const SHOWN = { tag: 4096, metadata: 250 };

/** A trace as version 3 has it. */
export function traceInfo(trace: TraceRecord, read: Readers): object {
  return {
    trace_id: trace.traceId,
    ...(trace.clientRequestId === null ? {} : { client_request_id: trace.clientRequestId }),
    trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: read.experiments.idOf(trace.experimentId) } },
    ...(trace.requestPreview === null ? {} : { request_preview: trace.requestPreview }),
    ...(trace.responsePreview === null ? {} : { response_preview: trace.responsePreview }),
    request_time: wireTime(trace.time),
    ...(trace.duration === null ? {} : { execution_duration: wireDuration(trace.duration) }),
    state: trace.state,
    ...mapped("trace_metadata", shown(trace, "metadata", read)),
    ...listed("assessments", read.traces.assessments(trace.traceKey).map((row) => assessmentShape(row, trace.traceId))),
    ...mapped("tags", shown(trace, "tag", read)),
  };
}

/** A trace as version 2 has it. */
export function traceInfoV2(trace: TraceRecord, read: Readers): object {
  return {
    request_id: trace.traceId,
    experiment_id: read.experiments.idOf(trace.experimentId),
    timestamp_ms: trace.time,
    execution_time_ms: trace.duration ?? 0,
    status: trace.state === "STATE_UNSPECIFIED" ? "TRACE_STATUS_UNSPECIFIED" : trace.state,
    ...listed("request_metadata", shown(trace, "metadata", read)),
    ...listed("tags", shown(trace, "tag", read)),
  };
}

function shown(trace: TraceRecord, kind: "tag" | "metadata", read: Readers): TagValue[] {
  return read.traces.values(trace.traceKey, kind).map(({ key, value }) => ({ key, value: value.slice(0, SHOWN[kind]) }));
}

function mapped(name: string, values: readonly TagValue[]): object {
  return values.length === 0 ? {} : { [name]: Object.fromEntries(values.map(({ key, value }) => [key, value])) };
}

export function assessmentShape(row: AssessmentRow, traceId: string): object {
  const error: Record<string, unknown> | null = row.error === null ? null : JSON.parse(row.error);
  const given = error && Object.fromEntries(Object.entries(error).filter(([, item]) => item !== null));
  const whole = /^[[{n]/.test(row.value);
  // What only Python calls JSON (NaN) never comes as a value on its own.
  const value = (): unknown => JSON.parse(row.value);
  const said = {
    feedback: () => ({ feedback: { value: value(), ...(given ? { error: given } : {}) } }),
    expectation: () => ({ expectation: whole ? { serialized_value: { serialization_format: "JSON_FORMAT", value: row.value } } : { value: value() } }),
    issue: () => ({ issue: value() }),
  };
  return {
    assessment_id: row.assessmentId,
    assessment_name: row.name,
    trace_id: traceId,
    ...(row.spanId === null ? {} : { span_id: row.spanId }),
    source: { source_type: row.sourceType, ...(row.sourceId === null ? {} : { source_id: row.sourceId }) },
    create_time: wireTime(row.created),
    last_update_time: wireTime(row.updated),
    ...said[row.kind](),
    ...(row.rationale === null ? {} : { rationale: row.rationale }),
    ...(row.metadata === null ? {} : { metadata: JSON.parse(row.metadata) }),
    ...(row.overrides === null ? {} : { overrides: row.overrides }),
    valid: row.valid,
  };
}

/** RFC 3339 as UTC ms. Absent is 0, as protobuf has it. */
export function timeOf(fields: Fields, name: string): number {
  const text = fields.anyText(name);
  const time = text === "" ? 0 : /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, "$1")) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`Invalid value ${JSON.stringify(text)} for parameter '${fields.path(name)}' supplied: A time such as 2025-01-31T12:00:00.000Z is expected.`);
  return time;
}

/** `1.5s` as milliseconds; null where it is absent. */
export function durationOf(fields: Fields, name: string): number | null {
  const text = fields.optionalText(name);
  if (text === undefined) return null;
  const seconds = /^(-?\d+(?:\.\d+)?)s$/.exec(text)?.[1];
  if (seconds === undefined) throw invalid(`Invalid value ${JSON.stringify(text)} for parameter '${fields.path(name)}' supplied: A duration such as 1.5s is expected.`);
  const [whole = "0", part = ""] = seconds.split(".");
  return Number(whole) * 1000 + Number(part.slice(0, 3).padEnd(3, "0")) * (seconds.startsWith("-") ? -1 : 1);
}

/** UTC ms as protobuf's JSON writes a Timestamp: no digits of milliseconds, or three. */
function wireTime(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** Milliseconds as protobuf's JSON writes a Duration. */
function wireDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}

/** Tags that a client may not set, for they say what the server did. */
export const ownTags: ReadonlySet<string> = new Set([traceKeys.spansLocation, traceKeys.archiveLocation, traceKeys.archivalFailure]);
