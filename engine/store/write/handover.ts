import type { RunRecord } from "../records.ts";
import type { WriteContext } from "./context.ts";

/**
 * Moves what rows of other tables say of a run to another one: its artifacts, data sets, models, evaluations, children, its exception
 * and progress. What the other has already stays as it is, but an artifact of the same path is replaced, as by logging it again.
 */
export function handoverWrites({ db, dirty }: WriteContext) {
  const children = db.prepare<[number], number>("SELECT run_key FROM runs WHERE parent_key = ?").pluck();
  const copyDatasets = db.prepare(
    `INSERT OR IGNORE INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
     SELECT @experimentId, name, digest, source_type, source, schema, profile FROM run_datasets JOIN datasets USING (dataset_key) WHERE run_key = @from`,
  );
  const linkDatasets = db.prepare(
    `INSERT OR IGNORE INTO run_datasets (run_key, dataset_key, tags)
     SELECT @to, own.dataset_key, r.tags FROM run_datasets r JOIN datasets d USING (dataset_key)
     JOIN datasets own ON own.experiment_id = @experimentId AND own.name = d.name AND own.digest = d.digest WHERE r.run_key = @from`,
  );
  const moves = [
    "UPDATE OR REPLACE run_models SET run_key = @to WHERE run_key = @from",
    "UPDATE OR IGNORE model_metrics SET run_key = @to WHERE run_key = @from",
    "UPDATE models SET source_run = @toId WHERE source_run = @fromId",
    "UPDATE model_versions SET run_id = @toId WHERE run_id = @fromId",
    "UPDATE evaluations SET run_id = @toId WHERE run_id = @fromId",
    "UPDATE launch_sources SET run_key = @to WHERE run_key = @from",
    "UPDATE runs SET parent_key = @to WHERE parent_key = @from AND run_key <> @to",
    "UPDATE runs SET exception = f.exception, progress = f.progress FROM runs f WHERE runs.run_key = @to AND f.run_key = @from",
    // A name is a file or a folder, never both: what stands in the way of the other's stays.
    `UPDATE OR REPLACE artifacts SET root = 'run:' || @toId WHERE root = 'run:' || @fromId AND NOT EXISTS (SELECT 1 FROM artifacts o
       WHERE o.root = 'run:' || @toId AND (substr(o.path, 1, length(artifacts.path) + 1) = artifacts.path || '/' OR substr(artifacts.path, 1, length(o.path) + 1) = o.path || '/'))`,
  ].map((sql) => db.prepare(sql));
  const left = db.prepare<[string], string>("SELECT path FROM artifacts WHERE root = 'run:' || ? ORDER BY path").pluck();

  /** Gives the paths of artifacts that could not be moved. */
  return (from: RunRecord, to: RunRecord): readonly string[] => {
    for (const child of children.all(from.runKey)) dirty.runs.add(child);
    const both = { from: from.runKey, to: to.runKey, fromId: from.runId, toId: to.runId };
    const datasets = { from: from.runKey, to: to.runKey, experimentId: to.experimentId };
    copyDatasets.run({ from: datasets.from, experimentId: datasets.experimentId });
    linkDatasets.run(datasets);
    for (const move of moves) move.run(both);
    return left.all(from.runId);
  };
}
