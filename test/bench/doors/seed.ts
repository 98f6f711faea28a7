import Database from "better-sqlite3";
import { openStore } from "../../../engine/store/store.ts";

/** What both servers hold before they are measured: values by formula, so that every answer can be checked. */
export const seeded = { runs: 10_000, metrics: 50, params: 30, curve: 100_000, bulkRuns: 50, bulkPoints: 500 } as const;

export const experimentName = "seeded";
const START = 1_700_000_000_000;
const models = ["gbm", "linear", "forest", "mlp"];

export const runIdOf = (run: number): string => (run + 1).toString(16).padStart(32, "0");
export const metricValue = (run: number, key: number): number => ((run * 7919 + key * 104_729) % 100_003) / 100_003;
export const paramValue = (run: number, key: number): string => (key === 0 ? (models[run % 4] ?? "") : String(((run * 31 + key * 17) % 97) / 8));
export const curveValue = (step: number): number => ((step * 37) % 1009) / 1009;
export const startOf = (run: number): number => START + run * 60_000;

interface Point {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly time: number;
}

/** Points of a run beside its fifty metrics: run 0 has one long curve, the next fifty a short one each. */
function* curves(run: number): Generator<Point[]> {
  const [key, points] = run === 0 ? ["curve", seeded.curve] : run <= seeded.bulkRuns ? ["short", seeded.bulkPoints] : ["", 0];
  for (let from = 0; from < points; from += 1000) {
    yield Array.from({ length: Math.min(1000, points - from) }, (_, i) => ({ key, value: curveValue(from + i), step: from + i, time: START + from + i }));
  }
}

const metricsOf = (run: number): Point[] => Array.from({ length: seeded.metrics }, (_, k) => ({ key: `metric_${k}`, value: metricValue(run, k), step: 1, time: startOf(run) }));
const paramsOf = (run: number): { key: string; value: string }[] => Array.from({ length: seeded.params }, (_, k) => ({ key: `param_${k}`, value: paramValue(run, k) }));

/** Fills a folder's store; gives the experiment's id. */
export async function seedTouchstone(folder: string): Promise<string> {
  const store = await openStore({ folder });
  const { experimentId } = await store.write("experiment.create", { name: experimentName, time: START, tags: [] });
  for (let from = 0; from < seeded.runs; from += 500) {
    const writes: Promise<unknown>[] = [];
    for (let run = from; run < from + 500; run++) {
      const runId = runIdOf(run);
      writes.push(store.write("run.create", { runId, experimentId, name: `run ${run}`, named: true, user: "ada", start: startOf(run), tags: [{ key: "mlflow.runName", value: `run ${run}` }] }));
      writes.push(store.write("run.logBatch", { runId, metrics: metricsOf(run), params: paramsOf(run), tags: [] }));
      for (const metrics of curves(run)) writes.push(store.write("run.logBatch", { runId, metrics, params: [], tags: [] }));
      writes.push(store.write("run.update", { runIds: [runId], status: "finished", end: startOf(run) + 50_000 }));
    }
    await Promise.all(writes);
  }
  await store.close();
  return experimentId;
}

/** The same, straight into the database of an MLflow server that has made its tables; gives the experiment's id. */
export function seedMlflow(file: string): string {
  const db = new Database(file);
  const insertExperiment = db.prepare("INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace) VALUES (?, ?, 'active', ?, ?, 'default')");
  const insertRun = db.prepare(`INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
    VALUES (?, ?, 'UNKNOWN', '', '', 'ada', 'FINISHED', ?, ?, '', 'active', ?, ?)`);
  const insertTag = db.prepare("INSERT INTO tags (key, value, run_uuid) VALUES ('mlflow.runName', ?, ?)");
  const insertParam = db.prepare("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)");
  const insertMetric = db.prepare("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)");
  const insertLatest = db.prepare("INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)");
  const fill = db.transaction((): string => {
    const experiment = String(insertExperiment.run(experimentName, "mlflow-artifacts:/seeded", START, START).lastInsertRowid);
    for (let run = 0; run < seeded.runs; run++) {
      const runId = runIdOf(run);
      insertRun.run(runId, `run ${run}`, startOf(run), startOf(run) + 50_000, `mlflow-artifacts:/${experiment}/${runId}/artifacts`, experiment);
      insertTag.run(`run ${run}`, runId);
      for (const { key, value } of paramsOf(run)) insertParam.run(key, value, runId);
      for (const { key, value, time, step } of metricsOf(run)) {
        insertMetric.run(key, value, time, runId, step);
        insertLatest.run(key, value, time, step, runId);
      }
      let last: Point | undefined;
      for (const points of curves(run)) {
        for (const { key, value, time, step } of points) insertMetric.run(key, value, time, runId, step);
        last = points.at(-1);
      }
      if (last) insertLatest.run(last.key, last.value, last.time, last.step, runId);
    }
    return experiment;
  });
  try {
    return fill();
  } finally {
    db.close();
  }
}
