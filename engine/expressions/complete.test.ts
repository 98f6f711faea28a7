import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "./complete.ts";
import { type KnownName, scopeOf } from "./scope.ts";

const known: readonly KnownName[] = [
  { entity: "metrics", key: "val_f1", kind: "number" },
  { entity: "metrics", key: "val_loss", kind: "number" },
  { entity: "metrics", key: "system/cpu", kind: "number" },
  { entity: "params", key: "model", kind: "text", values: ["gbm", "it's"] },
  { entity: "params", key: "depth", kind: "text", values: ["6", "8"] },
  { entity: null, key: "status", kind: "string", values: ["finished", "running"] },
];
const scope = scopeOf(known, false);

/** The text after each offer is taken; `|` is the cursor. */
function offers(marked: string): string[] {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  return complete(text, cursor, scope).map((item) => text.slice(0, item.offset) + item.insert + text.slice(item.offset + item.length));
}

test("names complete after a prefix, anywhere in the text, quoted where they must be", () => {
  assert.deepEqual(offers("metrics.val|"), ["metrics.val_f1", "metrics.val_loss"]);
  assert.deepEqual(offers("stat|"), ["status"]);
  assert.deepEqual(offers("params.model = 'gbm' and metrics.sys|"), ["params.model = 'gbm' and metrics.`system/cpu`"]);
  assert.deepEqual(offers("loss|"), ["metrics.val_loss"], "a part of a name finds it");
  assert.deepEqual(offers("metrics.v|al > 1"), ["metrics.val_f1 > 1", "metrics.val_loss > 1"], "the word is replaced, also behind the cursor");
  assert.ok(offers("|").includes("metrics.") && offers("(|").includes("(status"));
});

test("values of the column on the left, written as they must be", () => {
  assert.deepEqual(offers("params.model = |").slice(0, 2), ["params.model = 'gbm'", "params.model = 'it''s'"]);
  assert.deepEqual(offers("params.model = 'g|"), ["params.model = 'gbm'"]);
  assert.deepEqual(offers("status in ('finished', |"), ["status in ('finished', 'finished'", "status in ('finished', 'running'"]);
  assert.deepEqual(offers("(status = 'running' or params.depth = |").slice(0, 2), ["(status = 'running' or params.depth = 6", "(status = 'running' or params.depth = 8"]);
});

test("operators fit the kind of what stands before", () => {
  assert.deepEqual(offers("metrics.val_f1 |")[0], "metrics.val_f1 >");
  assert.deepEqual(offers("status |")[0], "status =");
  assert.deepEqual(offers("metrics.val_f1 > 1 a|"), ["metrics.val_f1 > 1 and"]);
  assert.deepEqual(offers("abs(metrics.val_f1) |").includes("abs(metrics.val_f1) between"), true);
});
