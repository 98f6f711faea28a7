import assert from "node:assert/strict";
import { test } from "node:test";
import { launchToken, storeToken, verifyToken } from "./tokens.ts";

const secret = new Uint8Array(32).fill(7);

test("a token says whose it is to who knows the secret, and nothing to anybody else", () => {
  assert.deepEqual(verifyToken(secret, launchToken(secret, "l1")), { kind: "launch", launchId: "l1" });
  assert.deepEqual(verifyToken(secret, storeToken(secret)), { kind: "store" });
  const [, signature] = launchToken(secret, "l1").split(".");
  for (const forged of [`l2.${signature}`, `store.${signature}`, `l1.${"0".repeat(64)}`, "l1.", ".x", "", "l1", launchToken(new Uint8Array(32), "l1")]) {
    assert.equal(verifyToken(secret, forged), null, forged);
  }
});
