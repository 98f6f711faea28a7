import type { Mapping, Task } from "../../api/evaluation.ts";
import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { EvaluationSave, EvaluationSummary } from "../operations.ts";

export interface EvaluationRecord extends Omit<EvaluationSave, "metrics" | "task"> {
  readonly task: Task;
}

interface Row extends Omit<EvaluationRecord, "mapping" | "summary"> {
  readonly mapping: string;
  readonly summary: string;
}

/** Its texts are objects that `evaluation.save` wrote. */
interface WholeEvaluation extends Omit<EvaluationSave, "mapping" | "metrics" | "summary"> {
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** An older store, read where it must not be brought up to date, has no evaluations. */
const SINCE = 2;

/** Reads of evaluations, newest first. */
export function evaluationReads(db: Db) {
  const stored = storeVersion(db) >= SINCE ? storedReads(db) : null;
  const writer = db.prepare<[string], { runId: string }>(
    "SELECT r.run_id AS runId FROM launch_files f JOIN launches l USING (launch_key) JOIN runs r ON r.run_key = l.run_key WHERE f.direction = 'output' AND f.path = ? ORDER BY f.time DESC LIMIT 1",
  );
  // SAFETY: both texts were written by `evaluation.save` from these types.
  const load = (row: Row): EvaluationRecord => ({ ...row, mapping: JSON.parse(row.mapping) as Mapping, summary: JSON.parse(row.summary) as EvaluationSummary });
  return {
    byId: (evaluationId: string): EvaluationRecord | undefined => stored?.byId.all(evaluationId).map(load)[0],
    byPath: (path: string): EvaluationRecord[] => stored?.byPath.all(path).map(load) ?? [],
    byRun: (runId: string): EvaluationRecord[] => stored?.byRun.all(runId).map(load) ?? [],
    /** Every evaluation of a run's output, with its estimates. */
    whole: (runId: string): Omit<WholeEvaluation, "runId">[] => stored?.whole.all(runId).map(({ mapping, metrics, summary, ...row }) => ({ ...row, mapping: JSON.parse(mapping), metrics: JSON.parse(metrics), summary: JSON.parse(summary) })) ?? [],
    all: (): EvaluationRecord[] => stored?.all.all().map(load) ?? [],
    /** The run that wrote a file last, as far as its launch recorded it. */
    writerOf: (path: string): string | null => writer.get(path)?.runId ?? null,
  };
}

function storedReads(db: Db) {
  const columns = "evaluation_id AS evaluationId, path, run_id AS runId, task, n, bytes, modified, created, mapping, summary";
  return {
    byId: db.prepare<[string], Row>(`SELECT ${columns} FROM evaluations WHERE evaluation_id = ?`),
    byPath: db.prepare<[string], Row>(`SELECT ${columns} FROM evaluations WHERE path = ? ORDER BY created DESC LIMIT 100`),
    byRun: db.prepare<[string], Row>(`SELECT ${columns} FROM evaluations WHERE run_id = ? ORDER BY created DESC LIMIT 100`),
    whole: db.prepare<[string], Omit<Row, "runId"> & { readonly metrics: string }>(`SELECT evaluation_id AS evaluationId, path, task, n, bytes, modified, created, mapping, metrics, summary FROM evaluations WHERE run_id = ? ORDER BY created, evaluation_id`),
    all: db.prepare<[], Row>(`SELECT ${columns} FROM evaluations ORDER BY created DESC LIMIT 500`),
  };
}

export type EvaluationReads = ReturnType<typeof evaluationReads>;
