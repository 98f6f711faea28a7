import assert from "node:assert/strict";
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { openExclusiveStore } from "../life/exclusiveStore.ts";
import { openStore } from "./store.ts";
import { launchOf, temporaryFolder } from "./store.fixture.ts";

const foreign = (place: string) => (error: unknown) =>
  error instanceof TouchstoneError && error.shape.code === "STORE_FOREIGN" && error.message.includes(place) && error.shape.hint !== undefined;

/** A store, and beside it a folder that links may lead to. */
async function made(): Promise<{ folder: string; dir: string; outside: string; dispose(): void }> {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  await store.write("launch.create", launchOf("l1", "r1"));
  await store.close();
  const outside = join(folder, "outside");
  mkdirSync(outside);
  return { folder, dir: store.dir, outside, dispose };
}

for (const readOnly of [false, true]) {
  test(`links in a store are refused with a sentence, and nothing is written behind them${readOnly ? ", also for reading" : ""}`, async () => {
    const { folder, dir, outside, dispose } = await made();
    mkdirSync(join(dir, "launches"));
    mkdirSync(join(dir, "cache"));
    for (const name of ["artifacts", "cache", "cache/evaluations", "launches", "launches/l2", "backups", "touchstone.db-wal", "engine.lock", ".gitignore"]) {
      rmSync(join(dir, name), { recursive: true, force: true });
      symlinkSync(join(outside, "target"), join(dir, name));
      await assert.rejects(openStore({ folder, readOnly }), foreign(name), name);
      await assert.rejects(openExclusiveStore(folder), foreign(name), name);
      rmSync(join(dir, name));
      if (name === "launches" || name === "cache") mkdirSync(join(dir, name));
    }
    assert.deepEqual(readdirSync(outside), []);
    const store = await openStore({ folder, readOnly });
    assert.equal(store.read.runs.byId("r1")?.user, "ada");
    await store.close();
    dispose();
  });
}

test("a .touchstone that is itself a link, whole or broken, or a file, is refused", async () => {
  const { folder, dir, outside, dispose } = await made();
  renameSync(dir, join(outside, "store"));
  symlinkSync(join(outside, "store"), dir);
  await assert.rejects(openStore({ folder }), foreign(".touchstone is a link"));
  await assert.rejects(openExclusiveStore(folder), foreign(".touchstone is a link"));
  assert.deepEqual(readdirSync(join(outside, "store")).sort(), [".gitignore", "touchstone.db"], "no lock was made behind it");
  rmSync(dir);
  symlinkSync(join(outside, "nothing"), dir);
  await assert.rejects(openStore({ folder }), foreign(".touchstone is a link"));
  assert.equal(existsSync(join(outside, "nothing")), false);
  rmSync(dir);
  writeFileSync(dir, "");
  await assert.rejects(openStore({ folder }), foreign(".touchstone is not a folder"));
  dispose();
});

test("a database with a second name is refused: SQLite's log belongs to one name", async () => {
  const { folder, dir, outside, dispose } = await made();
  linkSync(join(dir, "touchstone.db"), join(outside, "other.db"));
  await assert.rejects(openStore({ folder }), foreign("second name"));
  rmSync(join(outside, "other.db"));
  await (await openStore({ folder })).close();
  dispose();
});
