import Database from "better-sqlite3";
import { join } from "node:path";
import { openStore } from "../../../engine/store/store.ts";

/** Runs of 20 metrics with 10 points each, and 5 params. */
export const shape = { metrics: 20, points: 10, params: 5 } as const;

/** A value of the filled store. @param run - From 1. @param metric - From 1. */
export const valueOf = (run: number, metric: number, step: number): number => ((run * 7919 + metric * 104_729 + step * 31) % 100_003) / 100_003;

/**
 * Makes a store of so many runs, straight into its tables: twenty million points through the writer would take minutes
 * that say nothing. What is measured goes through the engine.
 */
export async function fillScale(folder: string, runs: number): Promise<void> {
  const store = await openStore({ folder });
  await store.close();
  const db = new Database(join(folder, ".touchstone", "touchstone.db"));
  db.pragma("synchronous = OFF");
  db.pragma("cache_size = -500000");
  const names = (prefix: string, count: number): string => Array.from({ length: count }, (_, i) => `('${prefix}_${i + 1}')`).join(", ");
  const series = (name: string, to: number): string => `${name}(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ${name} WHERE n < ${to})`;
  const value = "((r.n * 7919 + m.n * 104729 + s.n * 31) % 100003) / 100003.0";
  const keyOf = (prefix: string, n: string): string => `(SELECT key_id FROM keys WHERE name = '${prefix}_' || ${n})`;
  db.exec(`BEGIN;
    INSERT INTO keys (name) VALUES ${names("metric", shape.metrics)}, ${names("param", shape.params)};
    INSERT INTO experiments (experiment_id, name, created, updated) VALUES (1000, 'scale', 0, 0);
    WITH RECURSIVE ${series("r", runs)}
      INSERT INTO runs (run_id, experiment_id, name, name_from, user, status, start, end, color) SELECT printf('%032x', n), 1000, 'run ' || n, 'client', 'ada', 'finished', 1700000000000 + n * 60000, 1700000000000 + n * 60000 + 50000, n % 10 FROM r;
    CREATE TEMP TABLE metric_ids AS WITH RECURSIVE ${series("m", shape.metrics)} SELECT n, ${keyOf("metric", "n")} AS key_id FROM m ORDER BY key_id;
    CREATE TEMP TABLE param_ids AS WITH RECURSIVE ${series("p", shape.params)} SELECT n, ${keyOf("param", "n")} AS key_id FROM p ORDER BY key_id;
    WITH RECURSIVE ${series("r", runs)}, ${series("s", shape.points)}
      INSERT INTO metrics (run_key, key_id, step, time, value) SELECT r.n, m.key_id, s.n, 1700000000000 + s.n, ${value} FROM r CROSS JOIN metric_ids m CROSS JOIN s;
    WITH RECURSIVE ${series("r", runs)}, s(n) AS (SELECT ${shape.points})
      INSERT INTO latest (run_key, key_id, value, step, time, min, max, points, origin) SELECT r.n, m.key_id, ${value}, s.n, 1700000000000 + s.n, 0, 1, ${shape.points}, 'client' FROM r CROSS JOIN metric_ids m CROSS JOIN s;
    WITH RECURSIVE ${series("r", runs)}
      INSERT INTO params (run_key, key_id, source, value) SELECT r.n, p.key_id, 'client', CAST((r.n * 31 + p.n * 17) % 97 AS TEXT) FROM r CROSS JOIN param_ids p;
    COMMIT;`);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}
