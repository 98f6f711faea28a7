import assert from "node:assert/strict";
import { test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { RemoteServer } from "./client.ts";
import { Mirror } from "./mirror.ts";
import { type FakeFile, fakeRun, type FakeServer, fakeServer } from "./server.fixture.ts";

const signal = new AbortController().signal;
const HOUR = 3_600_000;

interface Given {
  readonly server: FakeServer;
  readonly file: FakeFile;
  /** What somebody reads who opens the file so many milliseconds after the first look, in an engine that began anew. */
  open(after: number): Promise<string>;
  /** Looks at the server's runs again. */
  look(): Promise<void>;
}

/** An ended run with one file. */
async function withFile(file: FakeFile, body: (given: Given) => Promise<void>): Promise<void> {
  const server = await fakeServer();
  const run = fakeRun("r", "FINISHED");
  run.files["model.bin"] = file;
  server.runs.push(run);
  const opened = (store: Store, after = 0): Mirror => new Mirror({ store, artifacts: createArtifacts(store), server: new RemoteServer({ uri: server.uri }), log: () => undefined, onStatus: () => undefined, watched: () => true, now: () => 1_700_000_000_000 + after });
  try {
    await withStore(async (store) => {
      const look = async (): Promise<void> => {
        const mirror = opened(store);
        await mirror.sync(signal, () => undefined);
        mirror.close();
      };
      await look();
      await body({
        server,
        file,
        look,
        async open(after) {
          const mirror = opened(store, after);
          await mirror.file("r", "model.bin", signal);
          mirror.close();
          const { data } = await createArtifacts(store).read({ kind: "run", id: "r" }, "model.bin", 0, 100);
          return Buffer.from(data).toString();
        },
      });
    });
  } finally {
    server.close();
  }
}

test("a file that was replaced on the server by one of the same length is seen; one that is the same is not sent again", () =>
  withFile({ content: "old!", etag: '"1"' }, async ({ server, file, open }) => {
    assert.equal(await open(0), "old!");
    assert.equal(await open(20_000), "old!");
    assert.deepEqual(server.asked.splice(0), ["200 file", "304 file"]);
    Object.assign(file, { content: "new!", etag: '"2"' });
    assert.equal(await open(40_000), "new!");
    assert.equal(await open(60_000), "new!");
    assert.deepEqual(server.asked.splice(0), ["200 file", "304 file"]);
  }));

test("where a server tells nothing that tells contents apart, a file is read again after a time, when its run changed, or its length", () =>
  withFile({ content: "old!", etag: null }, async ({ server, file, look, open }) => {
    assert.equal(await open(0), "old!");
    file.content = "new!";
    assert.equal(await open(20_000), "old!");
    assert.deepEqual(server.asked.splice(0), ["200 file"]);
    assert.equal(await open(HOUR + 1), "new!");
    file.content = "else";
    Object.assign(server.runs[0] ?? {}, { status: "FAILED" });
    await look();
    assert.equal(await open(HOUR + 20_000), "else");
    file.content = "longer";
    assert.equal(await open(HOUR + 40_000), "longer");
    assert.equal(server.asked.length, 3);
  }));

test("a server that gives the same file another tag each time is not asked for it again and again", () =>
  withFile({ content: "same", etag: '"1"' }, async ({ server, file, open }) => {
    for (const [at, etag] of ['"2"', '"3"', '"4"', '"5"'].entries()) {
      assert.equal(await open(at * 20_000), "same");
      file.etag = etag;
    }
    assert.deepEqual(server.asked, ["200 file", "200 file"]);
  }));
