import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exportersRun, type ExportFormat, type ExportResult } from "../api/exporters.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { registerExporters } from "../exporters/register.ts";
import type { Handler } from "../rpc/server.ts";
import { ElsewhereRuns } from "../runs/elsewhere.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { temporaryFolder, withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { RemoteServer } from "./client.ts";
import { disconnected } from "./disconnected.ts";
import { Mirror } from "./mirror.ts";
import { fakePoints, fakeRun, type FakeServer, fakeServer } from "./server.fixture.ts";

const signal = new AbortController().signal;

interface Given {
  readonly store: Store;
  readonly server: FakeServer;
  readonly elsewhere: ElsewhereRuns;
  readonly mirror: Mirror;
  readonly folder: string;
  export(format: ExportFormat, name: string, runIds: readonly string[]): Promise<ExportResult>;
}

/** A store with two ended runs of a server, each with a curve of 1,000 points and a file, and one run of its own. */
async function withRuns(body: (given: Given) => Promise<void>): Promise<void> {
  const server = await fakeServer();
  const { folder, dispose } = temporaryFolder();
  for (const id of ["a", "b"]) {
    const run = fakeRun(id, "FINISHED", fakePoints(0, 1_000));
    run.files["model.bin"] = { content: `model of ${id}`, etag: null };
    server.runs.push(run);
  }
  try {
    await withStore(async (store) => {
      const artifacts = createArtifacts(store);
      const mirror = new Mirror({ store, artifacts, server: new RemoteServer({ uri: server.uri }), log: () => undefined, onStatus: () => undefined, watched: () => true });
      const elsewhere = new ElsewhereRuns();
      elsewhere.set(mirror);
      const handlers = new Map<string, Handler<never, unknown>>();
      registerExporters({ handle: (token, handler) => void handlers.set(token.method, handler) }, { store, artifacts, elsewhere });
      const context = { signal, client: { id: 1, kind: "cli", version: "", protocol: 1, extension: "" }, progress: () => undefined };
      // SAFETY: the handler was registered under this token, whose types these are.
      const run = async (format: ExportFormat, name: string, runIds: readonly string[]) => (await handlers.get(exportersRun.method)?.({ runIds, format, path: join(folder, name) } as never, context)) as ExportResult;
      await storeRuns(store, [{ id: "own", metrics: { loss: 1 } }]);
      await mirror.sync(signal, () => undefined);
      try {
        await body({ store, server, elsewhere, mirror, folder, export: run });
      } finally {
        mirror.close();
      }
    });
  } finally {
    server.close();
    dispose();
  }
}

const unread = ({ leftOut }: ExportResult): string[] => leftOut.filter((line) => line.includes("not read"));

test("runs of a connected server are exported whole: curves and files nobody looked at before are fetched first", () =>
  withRuns(async (given) => {
    const table = await given.export("csv", "table", ["a"]);
    assert.equal(table.points, 1_000);
    assert.deepEqual(unread(table), [`files that were not read from ${given.server.uri} (1 run)`], "a table needs no contents, and does not fetch them");
    const whole = await given.export("mlruns", "mlruns", ["a", "b", "own"]);
    assert.deepEqual([whole.runs, whole.points, whole.artifacts, unread(whole)], [3, 2_001, 2, []]);
    assert.equal(readFileSync(join(given.folder, "mlruns", given.store.read.runs.byId("b")?.experimentId.toString() ?? "", "b", "artifacts", "model.bin"), "utf8"), "model of b");
  }));

test("what of a server's runs cannot be fetched is said, and the rest is written", () =>
  withRuns(async (given) => {
    const { server } = given;
    server.gone.add("a");
    const one = await given.export("bundle", "one", ["a", "b", "own"]);
    assert.deepEqual([one.runs, one.points, one.artifacts], [3, 1 + 1_000 + 1, 1]);
    assert.deepEqual(unread(one), [`curves that were not read from ${server.uri}, which did not give them (1 run)`, `files that were not read from ${server.uri}, which did not give them (1 run)`]);
    given.elsewhere.set(disconnected(given.store));
    const two = await given.export("bundle", "two", ["a", "b", "own"]);
    assert.deepEqual(unread(two), [`curves and files that were not read from ${server.uri}, which is not connected (1 run)`, `files that were not read from ${server.uri}, which is not connected (1 run)`]);
    given.elsewhere.set(given.mirror);
    server.close();
    const three = await given.export("bundle", "three", ["a", "own"]);
    assert.deepEqual(unread(three), [`curves that were not read from ${server.uri}, which does not answer (1 run)`, `files that were not read from ${server.uri}, which does not answer (1 run)`]);
  }));
