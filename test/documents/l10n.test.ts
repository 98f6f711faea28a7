import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../run/entry.mjs";
import { bundleFile, bundleText } from "../run/l10n.ts";

test("every text of extension and webviews is in the bundle that translations start from", () => {
  assert.equal(readFileSync(join(root, bundleFile), "utf8"), bundleText(), "npm run l10n writes it anew");
});
