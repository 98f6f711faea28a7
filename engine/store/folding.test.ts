import assert from "node:assert/strict";
import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openConnection } from "./connection.ts";
import { Folding } from "./folding.ts";
import { temporaryFolder } from "./store.fixture.ts";

test("a single small commit reaches the file itself by and by, and once: the log alone is not synced to the disk", { timeout: 30_000 }, async ({ signal }) => {
  const { folder, dispose } = temporaryFolder();
  const db = openConnection(join(folder, "one.db"), "write");
  db.exec("CREATE TABLE t (value)");
  db.pragma("wal_checkpoint(TRUNCATE)");
  const left = (): unknown => db.pragma("wal_checkpoint(NOOP)");
  const folding = new Folding(db, 10);
  const changes = watch(join(folder, "one.db"));
  try {
    const changed = once(changes, "change", { signal });
    db.exec("INSERT INTO t VALUES (1)");
    folding.touch();
    folding.touch();
    await changed;
    assert.deepEqual(left(), [{ busy: 0, log: 1, checkpointed: 1 }]);
  } finally {
    changes.close();
    folding.close();
    db.close();
    dispose();
  }
});

test("commits every second are folded after five seconds all the same, not only once they pause", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { folder, dispose } = temporaryFolder();
  const db = openConnection(join(folder, "one.db"), "write");
  db.exec("CREATE TABLE t (value)");
  db.pragma("wal_checkpoint(TRUNCATE)");
  const folding = new Folding(db);
  const folded: unknown[] = [];
  try {
    for (let second = 1; second <= 11; second++) {
      db.exec("INSERT INTO t VALUES (1)");
      folding.touch();
      t.mock.timers.tick(1_000);
      // SAFETY: the pragma's one row.
      const [state] = db.pragma("wal_checkpoint(NOOP)") as { log: number; checkpointed: number }[];
      if (state?.log === state?.checkpointed) folded.push(second);
    }
    assert.deepEqual(folded, [5, 10]);
  } finally {
    folding.close();
    db.close();
    dispose();
  }
});
