import { randomUUID } from "node:crypto";
import type { AssessmentRow } from "../store/operations/traces.ts";
import type { TraceRecord } from "../store/read/traces.ts";
import { type PythonValue, pythonDumps, pythonLoads, pythonOf } from "../traces/pythonJson.ts";
import { invalid, missing } from "./errors.ts";
import { type Fields, isRecord } from "./fields.ts";
import type { DoorServices, Routes } from "./route.ts";
import { assessmentShape, timeOf } from "./traceShapes.ts";

const sourceTypes = ["SOURCE_TYPE_UNSPECIFIED", "HUMAN", "LLM_JUDGE", "CODE"];

/** Routes of what people and judges say of a trace. */
export function assessmentRoutes({ store, retries }: DoorServices): Routes {
  const traceOf = (traceId: string): TraceRecord => {
    const found = store.read.traces.byId(traceId);
    if (!found) throw missing(`Trace with request_id '${traceId}' not found`);
    return found;
  };
  const existing = (fields: Fields): { traceId: string; row: AssessmentRow } => {
    const { traceId, traceKey } = traceOf(fields.text("trace_id"));
    const row = store.read.traces.assessment(traceKey, fields.text("assessment_id"));
    if (!row) throw missing(`Assessment with ID '${fields.text("assessment_id")}' not found for trace '${traceId}'`);
    return { traceId, row };
  };
  const shape = (row: AssessmentRow, traceId: string): object => ({ assessment: assessmentShape(row, traceId) });

  return {
    async "POST 3.0/traces/:trace_id/assessments"({ fields, digest, response }) {
      const request = digest();
      const traceId = fields.text("trace_id");
      const fresh = assessmentOf(fields.present("assessment"), Date.now());
      const row = await retries.once(request, response, () => store.read.traces.assessmentByRequest(request), async () => {
        await store.write("assessment.create", { traceId, row: { ...fresh, valid: true }, request });
        return { ...fresh, valid: true };
      });
      return shape(row, traceId);
    },

    "GET 3.0/traces/:trace_id/assessments/:assessment_id"({ fields }) {
      const { traceId, row } = existing(fields);
      return shape(row, traceId);
    },

    async "PATCH 3.0/traces/:trace_id/assessments/:assessment_id"({ fields }) {
      const given = fields.present("assessment");
      const mask = new Set(fields.text("update_mask").split(",").map((path) => path.trim().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
      const { traceId, row: before } = existing(fields);
      for (const kind of ["expectation", "feedback"] as const) {
        if (mask.has(kind) && before.kind !== kind) throw invalid(`Cannot update ${kind} value on ${kind === "feedback" ? "an Expectation" : "a Feedback"} assessment.`);
      }
      const said = mask.has("expectation") || mask.has("feedback") ? saidOf(given) : before;
      const metadata = { ...metadataOf(before.metadata), ...(mask.has("metadata") ? Object.fromEntries(given.textMap("metadata").map(({ key, value }) => [key, value])) : {}) };
      const row: AssessmentRow = {
        ...before,
        name: mask.has("assessment_name") ? given.anyText("assessment_name") : before.name,
        value: said.value,
        error: said.error,
        rationale: mask.has("rationale") ? given.anyText("rationale") : before.rationale,
        metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
        valid: mask.has("valid") ? (given.optionalBoolean("valid") ?? before.valid) : before.valid,
        updated: Date.now(),
      };
      await store.write("assessment.update", { traceId, row });
      return shape(row, traceId);
    },

    async "DELETE 3.0/traces/:trace_id/assessments/:assessment_id"({ fields }) {
      await store.write("assessment.delete", { traceId: fields.text("trace_id"), assessmentId: fields.text("assessment_id") });
      return {};
    },
  };
}

function metadataOf(json: string | null): Record<string, string> {
  return json === null ? {} : JSON.parse(json);
}

/** An assessment of a request; what it does not say is made up. @param now - UTC ms, where it has no time */
export function assessmentOf(fields: Fields, now: number): AssessmentRow {
  const said = saidOf(fields);
  const source = fields.message("source");
  const type = source.enumeration("source_type") || "SOURCE_TYPE_UNSPECIFIED";
  const metadata = fields.textMap("metadata");
  return {
    assessmentId: fields.anyText("assessment_id") || `a-${randomUUID().replaceAll("-", "")}`,
    name: fields.anyText("assessment_name"),
    kind: said.kind,
    value: said.value,
    error: said.error,
    sourceType: sourceTypes[Number(type)] ?? type,
    sourceId: source.anyText("source_id") || null,
    spanId: fields.anyText("span_id") || null,
    rationale: fields.anyText("rationale") || null,
    metadata: metadata.length === 0 ? null : JSON.stringify(Object.fromEntries(metadata.map(({ key, value }) => [key, value]))),
    overrides: fields.anyText("overrides") || null,
    valid: fields.optionalBoolean("valid") ?? true,
    created: timeOf(fields, "create_time") || now,
    updated: timeOf(fields, "last_update_time") || now,
  };
}

/** What is said, as JSON of Python: filters compare this text. */
function saidOf(fields: Fields): Pick<AssessmentRow, "kind" | "value" | "error"> {
  const json = (value: PythonValue): string => pythonDumps(value, true);
  const valueOf = (said: Fields): PythonValue => {
    try {
      return pythonOf(said.any("value") ?? null);
    } catch (error) {
      throw invalid(`Invalid value for parameter '${said.path("value")}' supplied: ${error instanceof Error ? error.message : ""}`);
    }
  };
  if (fields.has("expectation")) {
    const expectation = fields.message("expectation");
    const serialized = expectation.message("serialized_value");
    const value = expectation.has("serialized_value") ? pythonText(serialized) : valueOf(expectation);
    if (value === null) throw invalid("The `value` field must be specified.");
    return { kind: "expectation", value: json(value), error: null };
  }
  if (fields.has("feedback")) {
    const feedback = fields.message("feedback");
    const error = feedback.any("error");
    const given = isRecord(error) ? { error_code: String(error["error_code"] ?? ""), error_message: error["error_message"] || null, stack_trace: error["stack_trace"] || null } : null;
    return { kind: "feedback", value: json(valueOf(feedback)), error: given && JSON.stringify(given) };
  }
  if (fields.has("issue")) return { kind: "issue", value: json(new Map([["issue_name", fields.message("issue").anyText("issue_name")]])), error: null };
  throw invalid("Unknown assessment type: None");
}

function pythonText(serialized: Fields): PythonValue {
  const format = serialized.anyText("serialization_format");
  if (format !== "JSON_FORMAT") throw invalid(`Unknown serialization format: ${format}. Only JSON_FORMAT is supported.`);
  try {
    return pythonLoads(serialized.anyText("value"));
  } catch {
    throw invalid(`Invalid value ${JSON.stringify(serialized.anyText("value"))} for parameter '${serialized.path("value")}' supplied: It is no JSON.`);
  }
}
