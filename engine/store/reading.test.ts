import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { openStore } from "./store.ts";
import { launchOf, temporaryFolder } from "./store.fixture.ts";

const coded = (code: string) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === code && error.shape.file !== undefined;

test("what is no database, and a damaged one, are named and left as they are", async () => {
  const { folder, dispose } = temporaryFolder();
  const file = join(folder, ".touchstone", "touchstone.db");
  mkdirSync(join(folder, ".touchstone"));
  writeFileSync(file, "this is a text, not a store; ".repeat(50));
  await assert.rejects(openStore({ folder }), coded("STORE_CORRUPT"));
  await assert.rejects(openStore({ folder, readOnly: true }), coded("STORE_CORRUPT"));
  assert.ok(existsSync(file));
  dispose();
});

test("a folder that cannot be written: its store is read, with a note; without one the message says why", async () => {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  await store.write("launch.create", launchOf("l1", "r1"));
  await store.close();
  assert.deepEqual(readdirSync(store.dir).sort(), [".gitignore", "touchstone.db"], "a closed store is one file");
  const bare = join(folder, "bare");
  mkdirSync(bare);
  for (const path of [store.dir, bare]) chmodSync(path, 0o555);
  try {
    // The superuser may write everywhere, so this runs as a user who may not.
    const isRoot = process.getuid?.() === 0;
    const code = `
      const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, "store.ts"))});
      ${isRoot ? "process.setgid(65534); process.setuid(65534);" : ""}
      const store = await openStore({ folder: ${JSON.stringify(folder)} });
      const bare = await openStore({ folder: ${JSON.stringify(bare)} }).catch((error) => error.shape.code);
      process.stdout.write(JSON.stringify([store.readOnly, store.notes.length, store.read.runs.byId("r1")?.user, bare]));
      await store.close();`;
    chmodSync(folder, 0o755);
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", env: { ...process.env, TMPDIR: tmpdir() } });
    assert.equal(child.stdout, JSON.stringify([true, 2, "ada", "FOLDER_READ_ONLY"]), child.stderr);
  } finally {
    for (const path of [store.dir, bare]) chmodSync(path, 0o755);
    dispose();
  }
});
