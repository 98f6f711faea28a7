import type { ForeignDatabase, ForeignRow } from "../store/foreign/database.ts";
import type { DbState } from "./databaseState.ts";
import { stateOf } from "./mlrunsTraces.ts";
import { jsonOf, numberOf, textOf } from "./rows.ts";
import type { KeyValue, SourceRecord } from "./records.ts";

/** Traces with their spans and assessments, one at a time: spans may be large. A follower says those that are new. */
export function* readDbTraces(db: ForeignDatabase, before: DbState, follow: boolean, rows: Record<string, { rowid: number; mark: string }>): Generator<SourceRecord> {
  const columns = ["request_id", "experiment_id", "timestamp_ms", "execution_time_ms", "status", "client_request_id", "request_preview", "response_preview", "trace_name", "session_id", ...TOKENS, ...COSTS];
  const after = follow ? (before.rows["trace_info"]?.rowid ?? 0) : 0;
  for (const row of db.rows("trace_info", { columns, text: ["experiment_id"], after })) {
    const [trace, time] = [textOf(row, "request_id"), numberOf(row, "timestamp_ms")];
    if (trace === null || time === null) continue;
    const values = (table: string): KeyValue[] => [...db.rows(table, { columns: ["key", "value"], where: ["request_id", trace] })].map((one) => ({ key: textOf(one, "key") ?? "", value: textOf(one, "value") ?? "" }));
    const spans = [...db.rows("spans", { columns: ["content"], where: ["trace_id", trace] })].map((one) => textOf(one, "content")).filter((content) => content !== null);
    yield {
      k: "trace",
      trace,
      experiment: textOf(row, "experiment_id") ?? "0",
      time,
      duration: numberOf(row, "execution_time_ms"),
      state: stateOf(textOf(row, "status")),
      clientRequestId: textOf(row, "client_request_id"),
      requestPreview: textOf(row, "request_preview"),
      responsePreview: textOf(row, "response_preview"),
      metadata: [...values("trace_request_metadata"), ...promoted(row)],
      tags: [...values("trace_tags"), ...column(row, "trace_name", "mlflow.traceName")],
      assessments: [...db.rows("assessments", { columns: ASSESSMENT_COLUMNS, where: ["trace_id", trace] })].map(assessmentOf),
      spans: spans.length === 0 ? null : `{"spans":[${spans.join(",")}]}`,
    };
  }
  rows["trace_info"] = { rowid: db.last("trace_info"), mark: "" };
}

/** What newer schemas keep of a trace in columns of its own, and their client gives back among metadata and tags. */
const TOKENS = ["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation_input_tokens_above_1hr"];
const COSTS = ["input_cost", "output_cost", "total_cost"];

function promoted(row: ForeignRow): KeyValue[] {
  const numbers = (key: string, columns: readonly string[]): KeyValue[] => {
    const found = columns.map((name) => [name, numberOf(row, name)] as const).filter(([, value]) => value !== null);
    return found.length === 0 ? [] : [{ key, value: JSON.stringify(Object.fromEntries(found)) }];
  };
  return [...column(row, "session_id", "mlflow.trace.session"), ...numbers("mlflow.trace.tokenUsage", TOKENS), ...numbers("mlflow.trace.cost", COSTS)];
}

function column(row: ForeignRow, name: string, key: string): KeyValue[] {
  const value = textOf(row, name);
  return value === null ? [] : [{ key, value }];
}

const ASSESSMENT_COLUMNS = [
  "assessment_id", "trace_id", "name", "assessment_type", "value", "error", "created_timestamp", "last_updated_timestamp", "source_type", "source_id", "run_id", "span_id", "rationale",
  "overrides", "valid", "assessment_metadata",
];

/** An assessment in the form of MLflow's JSON. */
function assessmentOf(row: ForeignRow): Record<string, unknown> {
  const [value, error] = [jsonOf(row, "value"), jsonOf(row, "error")];
  const complex = typeof value === "object" && value !== null;
  const said = textOf(row, "assessment_type") === "expectation"
    ? { expectation: complex ? { serialized_value: { serialization_format: "JSON_FORMAT", value: textOf(row, "value") } } : { value } }
    : { feedback: { value, ...(error === null ? {} : { error }) } };
  const given = (name: string, column: string): object => (textOf(row, column) === null ? {} : { [name]: textOf(row, column) });
  return {
    ...given("assessment_id", "assessment_id"),
    ...given("assessment_name", "name"),
    ...given("trace_id", "trace_id"),
    ...given("span_id", "span_id"),
    source: { source_type: textOf(row, "source_type"), source_id: textOf(row, "source_id") },
    create_time: isoOf(numberOf(row, "created_timestamp")),
    last_update_time: isoOf(numberOf(row, "last_updated_timestamp")),
    ...said,
    ...given("rationale", "rationale"),
    ...given("overrides", "overrides"),
    ...given("run_id", "run_id"),
    metadata: jsonOf(row, "assessment_metadata") ?? {},
    valid: row["valid"] !== 0,
  };
}

function isoOf(time: number | null): string | null {
  return time === null || Math.abs(time) > 8.64e15 ? null : new Date(time).toISOString();
}
