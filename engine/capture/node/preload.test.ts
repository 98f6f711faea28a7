import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runTracked, type Tracked } from "../../python/tracked.fixture.ts";
import { testFolder } from "../../../test/fixtures/python.ts";

const preload = join(import.meta.dirname, "preload.cjs");

async function run(name: string, source: string, files: Readonly<Record<string, string>> = {}, more: Readonly<Record<string, string>> = {}): Promise<Tracked & { at(file: string): string }> {
  const folder = testFolder({ [name]: source, ...files });
  try {
    const tracked = await runTracked(folder.path, [process.execPath, name], { more: { NODE_OPTIONS: `--require ${JSON.stringify(preload)}`, ...more } });
    return { ...tracked, at: (file) => join(folder.path, file) };
  } finally {
    folder.dispose();
  }
}

const files = (tracked: Tracked, kind: string): unknown[] => tracked.events.filter((e) => e["k"] === kind).map((e) => [e["path"], e["file"], e["line"]]);

test("a CommonJS program: files, metrics, uncaught exception", async () => {
  const source = "const fs = require('fs');\nconst touchstone = require('touchstone');\nconst text = fs.readFileSync('in.csv', 'utf8');\nfs.writeFileSync('out.csv', text);\ntouchstone.log({ loss: 0.5, val: { acc: NaN } }, 2);\ntouchstone.log({ n: 1 }); touchstone.log({ n: 2 });\ntouchstone.params({ lr: 1, apiKey: 'x' });\nnull.f();\n";
  const tracked = await run("train.cjs", source, { "in.csv": "1\n" });
  assert.equal(tracked.code, 1);
  assert.match(tracked.stderr, /TypeError/);
  assert.deepEqual(files(tracked, "input"), [[tracked.at("in.csv"), tracked.at("train.cjs"), 3]]);
  assert.deepEqual(files(tracked, "output"), [[tracked.at("out.csv"), tracked.at("train.cjs"), 4]]);
  const metrics = tracked.events.filter((e) => e["k"] === "metric").map((e) => [e["key"], e["value"], e["step"], e["line"]]);
  assert.deepEqual(metrics, [["loss", 0.5, 2, 5], ["val/acc", "NaN", 2, 5], ["n", 1, 0, 6], ["n", 2, 1, 6]]);
  assert.deepEqual(tracked.events.filter((e) => e["k"] === "param").map((e) => [e["key"], e["value"]]), [["lr", "1"], ["apiKey", "***"]]);
  const error = tracked.events.find((e) => e["k"] === "exception");
  assert.deepEqual([error?.["type"], error?.["file"], error?.["line"]], ["TypeError", tracked.at("train.cjs"), 8]);
});

test("an ES module: named imports of fs, promises, import of touchstone", async () => {
  const source = "import { readFile, writeFile } from 'node:fs/promises';\nimport { createReadStream } from 'node:fs';\nimport touchstone from 'touchstone';\nawait writeFile('out.csv', await readFile('in.csv'));\nfor await (const _ of createReadStream('b.csv')) ;\ntouchstone.log({ loss: 1 }, 0);\n";
  const tracked = await run("train.mjs", source, { "in.csv": "1\n", "b.csv": "2\n" });
  assert.equal(tracked.stderr, "");
  assert.deepEqual(files(tracked, "input").map((file) => (Array.isArray(file) ? file[0] : null)), [tracked.at("in.csv"), tracked.at("b.csv")]);
  assert.deepEqual(files(tracked, "output").map((file) => (Array.isArray(file) ? file[0] : null)), [tracked.at("out.csv")]);
  assert.equal(tracked.events.filter((e) => e["k"] === "metric").length, 1);
});

test("outside of a tracked run nothing is captured and nothing breaks", async () => {
  const tracked = await run("a.cjs", "console.log(require('fs').readFileSync('in.csv', 'utf8'));\n", { "in.csv": "1" }, { TOUCHSTONE_EVENTS: "" });
  assert.deepEqual([tracked.stdout, tracked.stderr, tracked.events.length], ["1\n", "", 0]);
});
