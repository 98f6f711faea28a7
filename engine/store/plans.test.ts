import assert from "node:assert/strict";
import { test } from "node:test";
import Database from "better-sqlite3";
import { migrate, type Migration, migrations } from "./migrations.ts";
import { modelReads } from "./read/models.ts";
import { registryReads } from "./read/registry.ts";

/** The tables that are gone over whole when a run's models and versions are asked for. */
function scansOf(steps: readonly Migration[]): string[] {
  const asked: string[] = [];
  const db = new Database(":memory:", { verbose: (sql) => void asked.push(String(sql)) });
  migrate(db, steps);
  const [models, registry] = [modelReads(db), registryReads(db)];
  asked.length = 0;
  models.ofRun("r1", 1);
  models.ofRuns(["r1", "r2"]);
  registry.versionsOfRun("r1", ["m-1"]);
  registry.versionsOfRuns(["r1", "r2"], ["m-1", "m-2"]);
  const plans = asked.splice(0).flatMap((sql) => db.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all());
  db.close();
  assert.ok(plans.length > 8);
  // The list that was asked for is gone over, of course.
  return plans.map(({ detail }) => detail).filter((detail) => detail.startsWith("SCAN") && !detail.startsWith("SCAN json_each"));
}

test("a run's logged models and versions are found without going over those of all runs", () => {
  assert.deepEqual(scansOf(migrations), []);
  assert.notDeepEqual(scansOf(migrations.filter(({ version }) => version < 11)), []);
});
