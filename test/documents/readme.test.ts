import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readManifest, readReadme, readmeWithCommands } from "./commands.ts";

test("the README lists the commands that the manifest has", () => {
  const readme = readReadme();
  assert.equal(readme, readmeWithCommands(readme, readManifest()), "run `node test/documents/commands.ts`");
});

test("every file that the README shows or links to is there", () => {
  const root = join(import.meta.dirname, "../..");
  const targets = [...readReadme().matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? "");
  assert.deepEqual(targets.filter((target) => !existsSync(join(root, target))), []);
});
