import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { TagValue } from "../operations.ts";
import { traceKeys } from "../../traces/keys.ts";
import type { AssessmentRow, TraceState } from "../operations/traces.ts";

/** A trace without what hangs on it. Times are UTC milliseconds. */
export interface TraceRecord {
  readonly traceKey: number;
  readonly traceId: string;
  readonly experimentId: number;
  readonly time: number;
  readonly duration: number | null;
  readonly state: TraceState;
  readonly clientRequestId: string | null;
  readonly requestPreview: string | null;
  readonly responsePreview: string | null;
}

/** What a filter looks at of a span. */
export interface SpanFacts {
  readonly traceKey: number;
  readonly spanId: string;
  readonly name: string;
  readonly type: string | null;
  readonly status: string;
}

/** What is measured of a span. */
interface SpanMeasures {
  readonly traceKey: number;
  readonly name: string;
  readonly type: string | null;
  readonly status: string;
  /** UTC ms. */
  readonly start: number;
  /** Milliseconds. */
  readonly latency: number | null;
  /** JSON; model and provider as JSON of a text. */
  readonly cost: string | null;
  readonly model: string | null;
  readonly provider: string | null;
}

/** An older store, read where it must not be brought up to date, has none. */
const SINCE = 6;

/** What a trace carries by name. */
type ValueKind = "tag" | "metadata";

/** Reads of traces, their spans, links and assessments. Lists of experiments are JSON for SQLite. */
export function traceReads(db: Db) {
  const columns = `trace_key AS traceKey, trace_id AS traceId, experiment_id AS experimentId, time, duration, state, client_request_id AS clientRequestId,
    request_preview AS requestPreview, response_preview AS responsePreview`;
  const assessmentColumns = `assessment_id AS assessmentId, name, kind, value, error, source_type AS sourceType, source_id AS sourceId, span_id AS spanId, rationale, metadata,
    overrides, valid, created, updated`;
  type StoredAssessment = Omit<AssessmentRow, "valid"> & { valid: number };
  const whole = ({ valid, ...row }: StoredAssessment): AssessmentRow => ({ ...row, valid: valid !== 0 });
  const among = "experiment_id IN (SELECT value FROM json_each(?))";

  const here = storeVersion(db) >= SINCE;
  const prepared = <P extends unknown[], R>(sql: string): { get(...given: P): R | undefined; all(...given: P): R[] } => (here ? db.prepare<P, R>(sql) : { get: () => undefined, all: () => [] });
  const byId = prepared<[string], TraceRecord>(`SELECT ${columns} FROM traces WHERE trace_id = ?`);
  const byRequest = prepared<[string], TraceRecord>(`SELECT ${columns} FROM traces WHERE request = ? ORDER BY trace_key DESC LIMIT 1`);
  const newest = prepared<[string], TraceRecord>(`SELECT ${columns} FROM traces WHERE ${among} ORDER BY time DESC, trace_id`);
  const values = prepared<[number, ValueKind], TagValue>("SELECT k.name AS key, value FROM trace_values JOIN keys k USING (key_id) WHERE trace_key = ? AND kind = ? ORDER BY k.name");
  const value = prepared<[number, ValueKind, string], { value: string }>("SELECT value FROM trace_values JOIN keys k USING (key_id) WHERE trace_key = ? AND kind = ? AND k.name = ?");
  const valuesOf = prepared<[string, ValueKind, string], { traceKey: number; value: string }>(
    `SELECT trace_key AS traceKey, value FROM trace_values WHERE trace_key IN (SELECT trace_key FROM traces WHERE ${among}) AND kind = ? AND key_id = (SELECT key_id FROM keys WHERE name = ?)`,
  );
  const pageOf = prepared<[number, number], TraceRecord>(`SELECT ${columns} FROM traces WHERE experiment_id = ? ORDER BY time DESC, trace_id LIMIT ?`);
  const pageBehind = prepared<[number, number, number, string, number], TraceRecord>(
    `SELECT ${columns} FROM traces WHERE experiment_id = ? AND time <= ? AND (time < ? OR trace_id > ?) ORDER BY time DESC, trace_id LIMIT ?`,
  );
  const ofRuns = prepared<[string], TraceRecord & { run: string }>(
    `WITH chosen AS (SELECT value AS run FROM json_each(?)),
       whose AS (
         SELECT trace_key, value AS run, 0 AS linked FROM trace_values WHERE kind = 'metadata' AND key_id = (SELECT key_id FROM keys WHERE name = '${traceKeys.sourceRun}') AND value IN (SELECT run FROM chosen)
         UNION ALL SELECT trace_key, target, 1 FROM trace_links WHERE kind = 'run' AND target IN (SELECT run FROM chosen)),
       first AS (SELECT trace_key, run, min(linked) FROM whose GROUP BY trace_key)
     SELECT ${columns}, run FROM first JOIN traces USING (trace_key) ORDER BY experiment_id, time, trace_id`,
  );
  const chosen = "trace_key IN (SELECT value FROM json_each(?))";
  const valuesIn = prepared<[string, ValueKind, string], { traceKey: number; value: string }>(
    `SELECT trace_key AS traceKey, value FROM trace_values WHERE ${chosen} AND kind = ? AND key_id = (SELECT key_id FROM keys WHERE name = ?)`,
  );
  const spansIn = prepared<[string], SpanFacts>(`SELECT trace_key AS traceKey, span_id AS spanId, name, type, status FROM spans WHERE ${chosen}`);
  const spanContent = prepared<[number, string], { content: string }>("SELECT content FROM spans WHERE trace_key = ? AND span_id = ?");
  const linksIn = prepared<[string, string], { traceKey: number; target: string }>(`SELECT trace_key AS traceKey, target FROM trace_links WHERE ${chosen} AND kind = ? ORDER BY target`);
  const contents = prepared<[number], { content: string }>("SELECT content FROM spans WHERE trace_key = ? ORDER BY parent_id IS NOT NULL, start");
  const measures = prepared<[string], SpanMeasures>(
    `SELECT trace_key AS traceKey, s.name, type, s.status, start / 1000000 AS start, CASE WHEN end > 0 THEN (end - start) / 1000000 END AS latency, cost,
       content ->> '$.attributes."mlflow.llm.model"' AS model, content ->> '$.attributes."mlflow.llm.provider"' AS provider
     FROM spans s JOIN traces USING (trace_key) WHERE ${among}`,
  );
  const linksOf = prepared<[string, string], { traceKey: number; target: string }>(
    `SELECT trace_key AS traceKey, target FROM trace_links JOIN traces USING (trace_key) WHERE ${among} AND kind = ? ORDER BY target`,
  );
  const assessments = prepared<[number], StoredAssessment>(`SELECT ${assessmentColumns} FROM assessments WHERE trace_key = ? ORDER BY created, assessment_key`);
  const assessment = prepared<[number, string], StoredAssessment>(`SELECT ${assessmentColumns} FROM assessments WHERE trace_key = ? AND assessment_id = ?`);
  const assessmentByRequest = prepared<[string], StoredAssessment>(`SELECT ${assessmentColumns} FROM assessments WHERE request = ?`);
  const assessmentsOf = prepared<[string], StoredAssessment & { traceKey: number }>(
    `SELECT a.trace_key AS traceKey, ${assessmentColumns} FROM assessments a WHERE trace_key IN (SELECT trace_key FROM traces WHERE ${among})`,
  );
  const assessmentsIn = prepared<[string], StoredAssessment & { traceKey: number }>(`SELECT trace_key AS traceKey, ${assessmentColumns} FROM assessments WHERE ${chosen}`);
  const list = (numbers: readonly number[]): string => JSON.stringify(numbers);

  return {
    byId: (traceId: string): TraceRecord | undefined => byId.get(traceId),
    byRequest: (request: string): TraceRecord | undefined => byRequest.get(request),
    /** The newest first. */
    ofExperiments: (experimentIds: readonly number[]): TraceRecord[] => newest.all(list(experimentIds)),
    /** Some traces of one experiment, the newest first, from behind another one on (whichever experiment that is of). */
    page: (experimentId: number, behind: Pick<TraceRecord, "time" | "traceId"> | null, limit: number): TraceRecord[] =>
      behind === null ? pageOf.all(experimentId, limit) : pageBehind.all(experimentId, behind.time, behind.time, behind.traceId, limit),
    /** Made in some runs, or linked to them; with the run. */
    ofRuns: (runIds: readonly string[]): { trace: TraceRecord; run: string }[] => ofRuns.all(JSON.stringify(runIds)).map(({ run, ...trace }) => ({ trace, run })),
    /** What hangs on some traces. */
    among: (traceKeys: readonly number[]) => {
      const chosenKeys = list(traceKeys);
      return {
        values: (kind: ValueKind, key: string): Map<number, string> => new Map(valuesIn.all(chosenKeys, kind, key).map((row) => [row.traceKey, row.value])),
        spans: (): SpanFacts[] => spansIn.all(chosenKeys),
        links: (kind: "run" | "prompt") => linksIn.all(chosenKeys, kind),
        assessments: (): (AssessmentRow & { traceKey: number })[] => assessmentsIn.all(chosenKeys).map((row) => ({ ...whole(row), traceKey: row.traceKey })),
      };
    },
    /** The JSON that MLflow's store would have of a span. */
    spanContent: (traceKey: number, spanId: string): string | null => spanContent.get(traceKey, spanId)?.content ?? null,
    values: (traceKey: number, kind: ValueKind): TagValue[] => values.all(traceKey, kind),
    value: (traceKey: number, kind: ValueKind, key: string): string | undefined => value.get(traceKey, kind, key)?.value,
    /** One key of all traces of some experiments, by trace. */
    valuesOf: (experimentIds: readonly number[], kind: ValueKind, key: string): Map<number, string> =>
      new Map(valuesOf.all(list(experimentIds), kind, key).map((row) => [row.traceKey, row.value])),
    /** Roots first, then by their start. */
    spans: (traceKey: number): string[] => contents.all(traceKey).map(({ content }) => content),
    spanMeasures: (experimentIds: readonly number[]): SpanMeasures[] => measures.all(list(experimentIds)),
    linksOf: (experimentIds: readonly number[], kind: "run" | "prompt") => linksOf.all(list(experimentIds), kind),
    assessments: (traceKey: number): AssessmentRow[] => assessments.all(traceKey).map(whole),
    assessment(traceKey: number, assessmentId: string): AssessmentRow | undefined {
      const found = assessment.get(traceKey, assessmentId);
      return found && whole(found);
    },
    assessmentByRequest(request: string): AssessmentRow | undefined {
      const found = assessmentByRequest.get(request);
      return found && whole(found);
    },
    assessmentsOf: (experimentIds: readonly number[]): (AssessmentRow & { traceKey: number })[] => assessmentsOf.all(list(experimentIds)).map((row) => ({ ...whole(row), traceKey: row.traceKey })),
  };
}

export type TraceReads = ReturnType<typeof traceReads>;
