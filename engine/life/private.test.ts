import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PrivateFolder } from "./private.ts";

const root = mkdtempSync(join(tmpdir(), "touchstone-private-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("a secret stays the same; one of a wrong length is made anew, never used", () => {
  process.env["TOUCHSTONE_RUNTIME_DIR"] = join(root, "run");
  const folder = join(root, "project");
  mkdirSync(folder);
  const own = new PrivateFolder(folder);
  const file = join(own.path, "secret");
  const first = Buffer.from(own.secret());
  assert.equal(first.length, 32);
  assert.ok(first.equals(new PrivateFolder(folder).secret()));
  for (const content of ["", "short", "x".repeat(33)]) {
    writeFileSync(file, content);
    const made = Buffer.from(own.secret());
    assert.equal(made.length, 32);
    assert.ok(!made.equals(first));
    assert.ok(made.equals(readFileSync(file)));
  }
  assert.deepEqual(readdirSync(own.path), ["secret"]);
});
