import { TouchstoneError } from "../../api/tokens.ts";
import type { AssessmentRow, TraceOperations } from "../operations/traces.ts";
import { traceReads } from "../read/traces.ts";
import type { Handlers, WriteContext } from "./context.ts";
import { serverItems } from "./servers.ts";

/** Writes of what people and judges say of a trace. */
export function assessmentWrites({ db }: WriteContext) {
  const servers = serverItems({ db });
  const reads = traceReads(db);
  const insert = db.prepare(
    `INSERT INTO assessments (assessment_id, trace_key, name, kind, value, error, source_type, source_id, span_id, rationale, metadata, overrides, valid, created, updated, request)
     VALUES (@assessmentId, @traceKey, @name, @kind, @value, @error, @sourceType, @sourceId, @spanId, @rationale, @metadata, @overrides, @valid, @created, @updated, @request)
     ON CONFLICT (assessment_id) DO UPDATE SET trace_key = excluded.trace_key, name = excluded.name, kind = excluded.kind, value = excluded.value, error = excluded.error,
       source_type = excluded.source_type, source_id = excluded.source_id, span_id = excluded.span_id, rationale = excluded.rationale, metadata = excluded.metadata,
       overrides = excluded.overrides, valid = excluded.valid, created = excluded.created, updated = excluded.updated`,
  );
  const setValid = db.prepare<[number, number, string]>("UPDATE assessments SET valid = ? WHERE trace_key = ? AND assessment_id = ?");
  const remove = db.prepare<[string]>("DELETE FROM assessments WHERE assessment_id = ?");

  const removeAll = db.prepare<[number]>("DELETE FROM assessments WHERE trace_key = ?");

  const missing = (assessmentId: string, traceId: string): TouchstoneError =>
    new TouchstoneError({ code: "ASSESSMENT_NOT_FOUND", message: `Assessment with ID '${assessmentId}' not found for trace '${traceId}'` });
  const traceKeyOf = (traceId: string): number => {
    servers.refuse("trace", traceId, `The trace ${traceId}`);
    const found = reads.byId(traceId);
    if (!found) throw new TouchstoneError({ code: "TRACE_NOT_FOUND", message: `Trace with ID '${traceId}' not found.` });
    return found.traceKey;
  };
  const put = (traceKey: number, row: AssessmentRow, request: string | null = null): void => {
    insert.run({ ...row, valid: row.valid ? 1 : 0, traceKey, request });
  };

  const handlers: Pick<Handlers, Extract<keyof TraceOperations, `assessment.${string}`>> = {
    "assessment.create"({ traceId, row, request }) {
      const traceKey = traceKeyOf(traceId);
      if (row.overrides !== null && setValid.run(0, traceKey, row.overrides).changes === 0) throw missing(row.overrides, traceId);
      put(traceKey, row, request);
      return null;
    },
    "assessment.update"({ traceId, row }) {
      const traceKey = traceKeyOf(traceId);
      if (!reads.assessment(traceKey, row.assessmentId)) throw missing(row.assessmentId, traceId);
      put(traceKey, row);
      return null;
    },
    "assessment.delete"({ traceId, assessmentId }) {
      servers.refuse("trace", traceId, `The trace ${traceId}`);
      const traceKey = reads.byId(traceId)?.traceKey;
      const found = traceKey === undefined ? undefined : reads.assessment(traceKey, assessmentId);
      if (traceKey === undefined || !found) return null;
      if (found.overrides !== null) setValid.run(1, traceKey, found.overrides);
      remove.run(assessmentId);
      return null;
    },
  };
  return { handlers, put, dropAll: (traceKey: number): void => void removeAll.run(traceKey) };
}
