import assert from "node:assert/strict";
import { test } from "node:test";
import { meantId } from "./named.ts";

test("an id is meant by itself or by six characters of it, never by what several begin with", () => {
  const ids = ["0123456789ab", "0123456789cd"];
  assert.equal(meantId("0123456789ab", ids), "0123456789ab");
  assert.equal(meantId("012345", ["0123456789ab", "0123456789ab"]), "0123456789ab");
  assert.throws(() => meantId("0123456789", ids), { message: "Two runs begin with 0123456789: 0123456789ab, 0123456789cd." });
  assert.throws(() => meantId("01234", ["0123456789ab"]), { message: "01234 is too short for a run's id." });
  assert.throws(() => meantId("fedcba", []), { message: "There is no run fedcba." });
  // Ids of other trackers may be shorter.
  assert.equal(meantId("a1", ["a1"]), "a1");
});
