import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { engineStatus } from "../api/engine.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { openStore } from "../store/store.ts";
import { backUpStore } from "./backup.ts";
import { fillStore } from "./prune.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

/** What goes are the logs of two launches, the trees of two runs and of a model, then four contents that only they had. */
for (const [step, removals] of [["before anything is removed from the disk", 0], ["between the logs", 1], ["between the trees", 3], ["before the last content", 8]] as const) {
  test(`a prune killed after its commit, ${step}: the next engine removes the rest, and no more`, async () => {
    const folder = engines.folder(`killed-${removals}`);
    const store = await openStore({ folder });
    await fillStore(store);
    await store.close();
    const { signal, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "prune.fixture.ts"), folder, String(removals)], { encoding: "utf8" });
    assert.equal(signal, "SIGKILL", stderr);
    const [trees, logs, blobs] = [join(store.dir, "artifacts", "1"), join(store.dir, "launches"), join(store.dir, "artifacts", "blobs")];
    const gone = ["run-two", "run-three", join("models", "m-1")].map((name) => join(trees, name)).concat(["two", "three"].map((name) => join(logs, name)));
    const contents = (): number => readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    assert.deepEqual([gone.some((path) => existsSync(path)), contents() > 3], [removals < 5, true], "something is left to be done");

    const connection = engines.connect(folder);
    await connection.request(engineStatus, null);
    await until(() => !gone.some((path) => existsSync(path)) && contents() === 3);
    // What the others have: two contents of their own, and the one that they share.
    const left = await openStore({ folder, readOnly: true });
    const artifacts = createArtifacts(left);
    for (const [i, id] of [[0, "one"], [3, "live"]] as const) {
      const { shown } = await artifacts.locate({ kind: "run", id: `run-${id}` }, "own/w.bin");
      assert.equal(shown, join(trees, `run-${id}`, "artifacts", "own", "w.bin"));
      assert.deepEqual(readFileSync(shown), Buffer.alloc(10_000 * (i + 1), i + 1));
      assert.equal(readFileSync(join(logs, id, "log")).length, 1_000 * (i + 1));
    }
    await left.close();
  });
}

for (const [who, next] of [
  ["engine", (folder: string) => engines.connect(folder).request(engineStatus, null)],
  ["backup", (folder: string, beside: string) => backUpStore({ folder, file: join(beside, "tuesday"), artifactRoot: null, version: "1", progress: () => undefined })],
] as const) {
  test(`a backup that is killed leaves a folder beside the person's file, which the next ${who} of the store removes, and nothing else`, async () => {
    const folder = engines.folder(`backed up, ${who}`);
    const beside = join(engines.root, `backups, ${who}`);
    mkdirSync(join(beside, "monday.thesis"), { recursive: true });
    const store = await openStore({ folder });
    await fillStore(store);
    await store.close();
    const { signal, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "backup.fixture.ts"), folder, join(beside, "monday"), "3"], { encoding: "utf8" });
    assert.equal(signal, "SIGKILL", stderr);
    const [left = assert.fail("nothing is left"), ...more] = readdirSync(beside).filter((name) => name !== "monday.thesis");
    assert.deepEqual([more, readdirSync(join(beside, left)).includes("backup")], [[], true]);
    // Somebody's own, of such a name.
    mkdirSync(join(beside, "monday.abcdef"));
    writeFileSync(join(beside, "monday.abcdef", "backup"), "mine");
    await next(folder, beside);
    await until(() => !existsSync(join(beside, left)));
    assert.deepEqual(readdirSync(beside).filter((name) => name !== "tuesday").sort(), ["monday.abcdef", "monday.thesis"]);
  });
}
