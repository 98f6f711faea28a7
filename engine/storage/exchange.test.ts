import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openStore } from "../store/store.ts";
import { exchange, finishExchange, removeLeftovers, unpackingPrefix } from "./exchange.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-exchange-")));
process.env["TOUCHSTONE_RUNTIME_DIR"] = join(root, "run");
after(() => rmSync(root, { recursive: true, force: true }));
const KEPT = ".touchstone-before-2026-01-01-000000";

async function storeWith(folder: string, runs: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const store = await openStore({ folder });
  for (let i = 0; i < runs; i++) await store.write("run.create", { experimentId: "0", runId: `${i}`.padStart(32, "0"), name: `run ${i}`, named: true, user: "ada", start: 1_700_000_000_000 + i, tags: [] });
  await store.close();
}

function inChild(...args: string[]): { stdout: string; signal: string | null; stderr: string } {
  return spawnSync(process.execPath, [fileURLToPath(new URL("exchange.fixture.ts", import.meta.url)), ...args], { encoding: "utf8" });
}

/** A folder with a store of three runs, and one of a single run unpacked beside it by a process that is gone. */
async function unpacked(name: string): Promise<{ folder: string; from: string }> {
  const folder = join(root, name);
  await storeWith(folder, 3);
  // Its owner is a process that is gone.
  const staging = `${unpackingPrefix(folder).replace(/-\d+-/, "-999999999-")}abc`;
  await storeWith(staging, 1);
  return { folder, from: join(basename(staging), ".touchstone") };
}

for (const [step, renames] of [["before the first rename", 0], ["between the renames", 1], ["after both", 2]] as const) {
  test(`killed ${step}: the next engine has the restored store, the other is kept, and nothing else is left`, async () => {
    const { folder, from } = await unpacked(`killed-${renames}`);
    assert.equal(inChild(folder, from, KEPT, String(renames)).signal, "SIGKILL");
    assert.equal(readdirSync(folder).includes(".touchstone"), renames !== 1);
    const opened = inChild(folder);
    assert.equal(opened.stdout, "1", opened.stderr);
    await removeLeftovers(folder);
    assert.deepEqual(readdirSync(folder).sort(), [".touchstone", KEPT]);
    const kept = join(root, `kept-${renames}`);
    mkdirSync(kept);
    renameSync(join(folder, KEPT), join(kept, ".touchstone"));
    assert.equal(inChild(kept).stdout, "3");
  });
}

test("killed between the renames with the restored store gone: what was there comes back", async () => {
  const { folder, from } = await unpacked("gone");
  assert.equal(inChild(folder, from, KEPT, "1").signal, "SIGKILL");
  rmSync(join(folder, from), { recursive: true });
  assert.equal(inChild(folder).stdout, "3");
});

test("an exchange that fails leaves all where it stood, and nothing for the next engine to do", async () => {
  const { folder } = await unpacked("failed");
  const before = ".touchstone-before-2025-01-01-000000";
  await storeWith(join(folder, "earlier"), 1);
  renameSync(join(folder, "earlier", ".touchstone"), join(folder, before));
  rmSync(join(folder, "earlier"), { recursive: true });
  await assert.rejects(exchange(folder, { from: ".touchstone-before-gone", kept: KEPT }));
  assert.deepEqual(readdirSync(folder).includes(KEPT), false);
  mkdirSync(join(folder, KEPT, "occupied"), { recursive: true });
  await assert.rejects(exchange(folder, { from: before, kept: KEPT }));
  rmSync(join(folder, KEPT), { recursive: true });
  assert.equal(inChild(folder).stdout, "3");
  assert.equal(readdirSync(folder).includes(before), true);
});

test("what is being unpacked by a process that lives stays, and without a note nothing changes places", async () => {
  const folder = join(root, "living");
  const [living, strange] = [`${unpackingPrefix(folder)}abc`, join(folder, ".touchstone.restoring-abc")];
  for (const path of [living, strange, join(folder, KEPT)]) mkdirSync(path, { recursive: true });
  finishExchange(folder);
  await removeLeftovers(folder);
  assert.deepEqual(readdirSync(folder).sort(), [KEPT, basename(living), basename(strange)].sort());
});
