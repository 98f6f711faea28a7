import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createCommitter } from "./committer.ts";
import { openConnection } from "./connection.ts";
import { migrate } from "./migrations.ts";
import { experimentReads } from "./read/experiments.ts";
import { temporaryFolder } from "./store.fixture.ts";

test("what was committed is acknowledged although it cannot be read back for readers, and the fault is told", () => {
  const { folder, dispose } = temporaryFolder();
  const db = openConnection(join(folder, "touchstone.db"), "write");
  migrate(db);
  const prepare = db.prepare.bind(db);
  // Outside of a transaction an experiment cannot be read: the first such read is the one after the commit.
  Object.assign(db, {
    prepare: (sql: string) => {
      const statement = prepare(sql);
      const get = statement.get.bind(statement);
      const failing = (...values: unknown[]): unknown => {
        if (!db.inTransaction) throw new Error("disk I/O error");
        return get(...values);
      };
      return sql.includes("FROM experiments WHERE experiment_id") ? Object.assign(statement, { get: failing }) : statement;
    },
  });
  const commit = createCommitter(db);
  Object.assign(db, { prepare });
  const { results, change, fault } = commit([{ id: 7, op: "experiment.create", input: { name: "own", time: 1, tags: [] } }]);
  const stored = experimentReads(db).byName("own");
  assert.deepEqual(results, [{ id: 7, output: { experimentId: String(stored?.experimentId) } }]);
  assert.equal(change, null);
  assert.match(fault ?? "", /disk I\/O error/);
  db.close();
  dispose();
});
