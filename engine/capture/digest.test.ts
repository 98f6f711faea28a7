import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testFolder, testPython } from "../../test/fixtures/python.ts";
import { Digests } from "./digest.ts";
import { Interpreters } from "./packages.ts";
import { describeHost } from "./environment.ts";

const sha = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

test("digests of files, large files and directories; a file that kept size, time and inode is not read again", async () => {
  const { path, dispose } = testFolder({ "a.csv": "1,2\n", "d/x": "abc", "d/e/y": "", "big": "0123456789" });
  try {
    const digests = new Digests(8);
    const a = join(path, "a.csv");
    utimesSync(a, 1000, 1000);
    assert.deepEqual(await digests.measure(a), { bytes: 4, digest: sha("1,2\n") });
    writeFileSync(a, "9,9\n");
    utimesSync(a, 1000, 1000);
    assert.equal((await digests.measure(a))?.digest, sha("1,2\n"), "same size and time: from memory");
    writeFileSync(a, "9,9,9\n");
    assert.deepEqual(await digests.measure(a), { bytes: 6, digest: sha("9,9,9\n") });
    assert.deepEqual(await digests.measure(join(path, "d")), { bytes: 3, digest: `sampled-${sha("e/y\t0\nx\t3\n")}` });
    const big = await digests.measure(join(path, "big"));
    assert.match(big?.digest ?? "", /^sampled-sha256:/);
    writeFileSync(join(path, "big"), "012345678X");
    assert.notEqual((await digests.measure(join(path, "big")))?.digest, big?.digest);
    assert.equal(await digests.measure(join(path, "none")), null);
  } finally {
    dispose();
  }
});

test("a Python's version and packages; a program that is none", async () => {
  const interpreters = new Interpreters();
  const found = await interpreters.describe(testPython());
  assert.match(found?.version ?? "", /^3\.\d+\.\d+$/);
  assert.ok(found?.packages.some(({ name, version }) => name === "pip" && /^\d/.test(version)));
  assert.equal(await interpreters.describe(testPython()), found, "asked once");
  assert.equal(await interpreters.describe(process.execPath), null);
});

test("the host: processors and memory", async () => {
  const host = await describeHost();
  assert.ok(Number(host["cores"]) >= 1 && Number(host["memory"]) > 1e8);
});
