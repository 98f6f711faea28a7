import { test } from "node:test";
import assert from "node:assert/strict";
import { bytesKey, contentKey, idKey, idValues, itemShard, itemText, rowKeys } from "./key.ts";

test("an id key is the same from CSV text, a JSON number and a Parquet bigint", () => {
  assert.equal(idKey(["4711"]), "r:4711");
  assert.equal(idKey([4711]), "r:4711");
  assert.equal(idKey([4711n]), "r:4711");
  assert.notEqual(idKey(["007"]), idKey(["7"]));
});

test("an id key splits back into its values, whatever they hold", () => {
  const values = ["a,b", "50%", "%2C", "line\nbreak", "Zoë 🦊", ""];
  assert.equal(idKey(["a,b", "c"]), "r:a%2Cb,c");
  assert.deepEqual(idValues(idKey(values)), values);
  assert.notEqual(idKey(["a,b"]), idKey(["a", "b"]));
  assert.equal(idValues("c:0011"), null);
});

test("a content key does not depend on the order in which the columns were declared", () => {
  assert.equal(contentKey([["text", "good"], ["stars", 5]]), contentKey([["stars", "5"], ["text", "good"]]));
  // sha256("5:stars=1:5;4:text=4:good;") computed with Python's hashlib
  assert.equal(contentKey([["text", "good"], ["stars", 5]]), "c:1ad2a8a6595fa238df679e84dd147e55");
});

test("content that moves across a border between cells is another item", () => {
  assert.notEqual(contentKey([["a", "xy"], ["b", "z"]]), contentKey([["a", "x"], ["b", "yz"]]));
  assert.notEqual(contentKey([["a", "1"]]), contentKey([["b", "1"]]));
});

test("missing and empty cells are one, times are UTC, minus zero is zero, NaN is a value", () => {
  assert.equal(contentKey([["a", null]]), contentKey([["a", ""]]));
  assert.equal(contentKey([["a", undefined]]), contentKey([["a", ""]]));
  assert.equal(itemText(new Date(0)), "1970-01-01T00:00:00.000Z");
  assert.equal(itemText(-0), "0");
  assert.equal(itemText(Number.NaN), "NaN");
  assert.equal(itemText(true), "true");
});

test("a file is named by its bytes", () => {
  const digest = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
  assert.equal(bytesKey(`sha256:${digest}`), "c:e3b0c44298fc1c149afbf4c8996fb924");
  assert.equal(bytesKey(digest), bytesKey(`sha256:${digest.toLowerCase()}`));
});

test("the rule of a table gives each row its key and names a column that is missing", () => {
  const columns = ["id", "text", "site"];
  const byId = rowKeys({ kind: "id", columns: ["site", "id"] }, columns);
  assert.equal(byId([17, "fine", "de"]), "r:de,17");
  const byContent = rowKeys({ kind: "content", columns: ["text"] }, columns);
  assert.equal(byContent([17, "fine", "de"]), contentKey([["text", "fine"]]));
  assert.throws(() => rowKeys({ kind: "id", columns: ["uid"] }, columns), /"uid".*id, text, site/);
  assert.throws(() => rowKeys({ kind: "id", columns: [] }, columns), /no column/);
});

test("the shard is the head of the SHA-256 of the key", () => {
  // hashlib.sha256(b"r:4711").hexdigest()[:2]
  assert.equal(itemShard("r:4711"), "ae");
});
