import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewEnough } from "./desktop.ts";

test("VS Code counts from the version that the manifest accepts", () => {
  assert.deepEqual(["1.101.0", "1.139.2", "2.0.0", "1.101.0-insider"].map(isNewEnough), [true, true, true, true]);
  assert.deepEqual(["1.100.9", "0.200.0", "", "code: not found"].map(isNewEnough), [false, false, false, false]);
});
