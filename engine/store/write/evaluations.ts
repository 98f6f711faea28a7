import type { Handlers, WriteContext } from "./context.ts";

/** Writes of evaluations. */
export function evaluationWrites({ db }: WriteContext) {
  const put = db.prepare(
    `INSERT INTO evaluations (evaluation_id, path, run_id, task, n, bytes, modified, created, mapping, metrics, summary)
     VALUES (@evaluationId, @path, @runId, @task, @n, @bytes, @modified, @created, @mapping, @metrics, @summary)
     ON CONFLICT DO UPDATE SET run_id = coalesce(excluded.run_id, run_id), n = excluded.n, created = excluded.created, metrics = excluded.metrics, summary = excluded.summary`,
  );
  const handlers: Pick<Handlers, "evaluation.save"> = {
    "evaluation.save"(input) {
      put.run({ ...input, mapping: JSON.stringify(input.mapping), metrics: JSON.stringify(input.metrics), summary: JSON.stringify(input.summary) });
      return null;
    },
  };
  return { handlers };
}
