import assert from "node:assert/strict";
import { globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { zipSync } from "fflate";
import { TouchstoneError } from "../api/tokens.ts";
import { unpack, withImports } from "./importers.fixture.ts";
import { ownFolder } from "./records.fixture.ts";
import { createImportThread } from "./thread.ts";

// Records that are nested so deep that V8 cannot hand them from one thread to the other.

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const ids = ["a", "b"].map((letter) => letter.repeat(32));

for (const depth of [100, 3_000, 200_000]) {
  test(`a bundle's record that is nested ${depth} deep is named with its line, and everything else comes`, { timeout: 60_000 }, () =>
    withImports(async ({ take, store }) => {
      const lines = ids.flatMap((id) => [
        `{"k":"run","run":"${id}","id":"${id}","name":"r","start":5,"end":6,"status":"finished"}`,
        `{"k":"evaluation","run":"${id}","evaluationId":"e${id[0]}","path":"p.csv","task":"binary","n":1,"bytes":1,"modified":1,"created":1,"mapping":${nested(depth)},"metrics":{},"summary":{"metric":{}}}`,
        `{"k":"param","run":"${id}","key":"lr","value":"1"}`,
      ]);
      const file = join(ownFolder(), "deep.touchstone-bundle");
      writeFileSync(file, zipSync({ "records.jsonl": Buffer.from(lines.join("\n")), "touchstone-bundle.json": Buffer.from('{"format":"touchstone-bundle","version":1}') }));
      const { problems, added } = await take(file);
      assert.deepEqual([added.runs, added.params], [2, 2]);
      assert.deepEqual(problems, [2, 5].map((line) => ({ file: "records.jsonl", line, reason: "This line is nested more than 64 deep, so it is left out." })));
      assert.equal([...store.read.runs.all()].length, 2);
    }));
}

test("mlflow.db: a feedback that is nested 3,000 deep is left out, and its trace and all runs come", { timeout: 60_000 }, () =>
  withImports(async ({ take, store }) => {
    const folder = unpack("mlflow-db.tar.gz", ownFolder());
    const [file = ""] = globSync("**/mlflow.db", { cwd: folder });
    const db = new Database(join(folder, file));
    const changed = db.prepare("UPDATE assessments SET value = ? WHERE assessment_type = 'feedback'").run(nested(3_000)).changes;
    db.close();
    const { problems, added } = await take(join(folder, file));
    assert.ok(changed > 0 && added.runs > 0 && added.traces > 0 && [...store.read.runs.all()].length === added.runs);
    const deep = problems.filter(({ reason }) => /nested more than 64 deep/.test(reason));
    assert.ok(deep.length > 0 && deep.every(({ file: trace }) => store.read.traces.byId(trace) !== undefined), JSON.stringify(problems));
  }));

test("a message that cannot be read ends every reading with a sentence, and the next one begins anew", { timeout: 60_000 }, async () => {
  const code = `
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", ({ t, id, path }) => {
      if (t !== "read") return;
      if (path === "good") return parentPort.postMessage({ t: "end", id, error: null });
      if (path !== "deep") return;
      let pack = {};
      for (let depth = 0; depth < 4000; depth++) pack = { pack };
      parentPort.postMessage({ t: "pack", id, pack });
    });`;
  const said: string[] = [];
  const thread = createImportThread((message) => said.push(message), () => new Worker(code, { eval: true, resourceLimits: { stackSizeMb: 64 } }));
  const read = (path: string) => thread.read({ format: "mlruns", path, from: new Map(), follow: false }, () => Promise.resolve(), new AbortController().signal);
  const failed = (error: unknown): boolean => error instanceof TouchstoneError && error.shape.code === "IMPORT_FAILED" && error.shape.message.startsWith("Reading stopped: what was read cannot be handed over.");
  await Promise.all(["waiting", "deep"].map((path) => assert.rejects(read(path), failed)));
  assert.equal(said.length, 1);
  await read("good");
  await thread.close();
});
