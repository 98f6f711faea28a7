import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { after, test } from "node:test";
import { Interpreters } from "./packages.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-packages-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("only an interpreter with an absolute path is run", async () => {
  const canary = join(folder, "canary");
  const answer = JSON.stringify({ version: "3.11.0", folders: [], packages: { numpy: "2" } });
  writeFileSync(join(folder, "planted"), `#!/bin/sh\ntouch '${canary}'\necho '${answer}'\n`, { mode: 0o755 });
  const path = process.env["PATH"] ?? "";
  process.env["PATH"] = `${folder}${delimiter}${path}`;
  try {
    const interpreters = new Interpreters();
    assert.equal(await interpreters.describe("planted"), null);
    assert.equal(await interpreters.describe(relative(process.cwd(), join(folder, "planted"))), null);
    assert.equal(existsSync(canary), false);
    assert.deepEqual((await interpreters.describe(join(folder, "planted")))?.packages, [{ name: "numpy", version: "2" }]);
  } finally {
    process.env["PATH"] = path;
  }
});
