import assert from "node:assert/strict";
import { once } from "node:events";
import fs, { copyFileSync, rmSync, statSync, watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { openConnection } from "./connection.ts";
import { Folding } from "./folding.ts";
import { until } from "../life/engines.fixture.ts";
import { temporaryFolder } from "./store.fixture.ts";
import { openStore } from "./store.ts";

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

/** Hears of every sync by a descriptor of this process, with the file's number. */
async function syncs(file: string): Promise<{ readonly inodes: number[]; end(): void }> {
  const handle = await open(file);
  // SAFETY: the prototype of every handle.
  const all = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { datasync } = all;
  const inodes: number[] = [];
  all.datasync = async function (this: FileHandle): Promise<void> {
    await datasync.call(this);
    inodes.push((await this.stat()).ino);
  };
  return { inodes, end: () => void (all.datasync = datasync) };
}

test("while somebody reads, the log itself is synced, once for what was committed; when they are gone it is folded, though nothing more was written", async () => {
  const { folder, dispose } = temporaryFolder();
  const file = join(folder, "one.db");
  const db = openConnection(file, "write");
  db.exec("CREATE TABLE t (value)");
  db.pragma("wal_checkpoint(TRUNCATE)");
  const left = (): unknown => db.pragma("wal_checkpoint(NOOP)");
  const reader = openConnection(file, "read");
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM t").get();
  const heard = await syncs(file);
  const folding = new Folding(db, 10);
  try {
    for (const value of [1, 2]) {
      db.exec(`INSERT INTO t VALUES (${value})`);
      folding.touch();
      await until(() => heard.inodes.length >= value, 5_000);
      assert.deepEqual(left(), [{ busy: 0, log: value, checkpointed: 0 }]);
    }
    assert.deepEqual(heard.inodes, [1, 2].map(() => statSync(`${file}-wal`).ino));
    reader.close();
    const looked = JSON.stringify([{ busy: 0, log: 2, checkpointed: 2 }]);
    await until(() => JSON.stringify(left()) === looked, 5_000);
    assert.equal(heard.inodes.length, 2);
  } finally {
    heard.end();
    folding.close();
    reader.close();
    db.close();
    dispose();
  }
});

test("closed while somebody reads: what was committed is synced before", async () => {
  const { folder, dispose } = temporaryFolder();
  const file = join(folder, "one.db");
  const db = openConnection(file, "write");
  db.exec("CREATE TABLE t (value)");
  const reader = openConnection(file, "read");
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM t").get();
  const synced: number[] = [];
  const { fdatasyncSync } = fs;
  fs.fdatasyncSync = (fd) => {
    fdatasyncSync(fd);
    synced.push(fs.fstatSync(fd).ino);
  };
  syncBuiltinESMExports();
  try {
    const folding = new Folding(db);
    db.exec("INSERT INTO t VALUES (1)");
    folding.touch();
    folding.close();
    assert.deepEqual(synced, [fs.statSync(`${file}-wal`).ino]);
  } finally {
    fs.fdatasyncSync = fdatasyncSync;
    syncBuiltinESMExports();
    reader.close();
    db.close();
    dispose();
  }
});

test("what a store has acknowledged is in its file some seconds later, without the log beside it: a power cut takes no more", { timeout: 60_000 }, async ({ signal }) => {
  const [{ folder, dispose }, cut] = [temporaryFolder(), temporaryFolder()];
  const store = await openStore({ folder });
  const changes = watch(store.file);
  try {
    await store.write("run.create", { runId: "r", experimentId: "0", name: "kept", named: true, user: null, start: 1, tags: [] });
    for (let found: string | null = null; found !== "kept"; ) {
      await once(changes, "change", { signal });
      const file = join(cut.folder, "alone.db");
      copyFileSync(store.file, file);
      found = nameIn(file);
      rmSync(file);
    }
  } finally {
    changes.close();
    await store.close();
    dispose();
    cut.dispose();
  }
});

/** Null while not even the table is there. */
function nameIn(file: string): string | null {
  const db = openConnection(file, "read");
  try {
    // SAFETY: the column is TEXT.
    return (db.prepare("SELECT name FROM runs WHERE run_id = 'r'").pluck().get() ?? null) as string | null;
  } catch {
    return null;
  } finally {
    db.close();
  }
}
