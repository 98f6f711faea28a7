import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { openBundle } from "../api/connect.ts";
import { engineStatus } from "../api/engine.ts";
import { storageForget, storageOpened } from "../api/storage.ts";
import { bundleOfRuns } from "../importers/bundle.fixture.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { PrivateFolder } from "../life/private.ts";
import { directoryBytes } from "../platform/directories.ts";
import { bundlesBase } from "../platform/paths.ts";
import { isAlive, processStart } from "../platform/processes.ts";
import { coded } from "../runs/runs.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

test("opened bundles are known with what they take; one that nobody looks at is forgotten with its engine, one that somebody does is not", { timeout: 120_000 }, async () => {
  const engine = engines.connect(engines.folder("own"));
  assert.deepEqual(await engine.request(storageOpened, null), { bundles: [] });
  const files = ["may", "june"].map((name) => join(engines.folder("sent"), `${name}.touchstone-bundle`));
  for (const file of files) await bundleOfRuns(file);
  const [may, june] = [await openBundle(files[0] ?? ""), await openBundle(files[1] ?? "")];
  engines.folder(may.folder.slice(engines.root.length + 1));
  const { bundles } = await engine.request(storageOpened, null);
  const bytes = new Map(await Promise.all([may, june].map(async ({ folder, name }) => [name, await directoryBytes(folder)] as const)));
  assert.deepEqual(bundles.map(({ name, file, runs, bytes: of }) => [name, file, runs, of]).sort(), [[june.name, files[1], 2, bytes.get(june.name)], [may.name, files[0], 2, bytes.get(may.name)]]);
  assert.ok(bundles.every(({ opened, bytes: of }) => Math.abs(Date.now() - opened) < 120_000 && of > 1_000));
  const idOf = (name: string): string => bundles.find((one) => one.name === name)?.id ?? assert.fail();

  const looking = engines.connect(may.folder);
  await looking.request(engineStatus, null);
  await assert.rejects(engine.request(storageForget, { id: idOf(may.name) }), coded("BUNDLE_IN_USE"));
  assert.deepEqual(await engine.request(storageForget, { id: idOf(june.name) }), { bytes: bytes.get(june.name) });
  assert.deepEqual([existsSync(june.folder), existsSync(files[1] ?? ""), existsSync(may.folder)], [false, true, true]);
  // Its engine still runs: it would leave by itself some time after nobody looks.
  looking.dispose();
  const pid = engines.enginePid(may.folder) ?? assert.fail();
  const start = processStart(pid);
  const own = new PrivateFolder(may.folder).path;
  assert.ok((await forgotten(() => engine.request(storageForget, { id: idOf(may.name) }))).bytes >= (bytes.get(may.name) ?? 0));
  assert.deepEqual([existsSync(may.folder), existsSync(own), isAlive(pid, start)], [false, false, false]);
  assert.deepEqual([await engine.request(storageOpened, null), readdirSync(bundlesBase())], [{ bundles: [] }, []]);
  assert.deepEqual(await engine.request(storageForget, { id: "../own" }), { bytes: 0 });
  // Opened again, it is unpacked anew.
  assert.equal((await openBundle(files[0] ?? "")).runs, 2);
});

/** The engine hears a moment later that a client left. */
async function forgotten<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!coded("BUNDLE_IN_USE")(error)) throw error;
    }
  }
}
