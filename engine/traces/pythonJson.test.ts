import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonDumps, pythonLoads, pythonLoadsOr } from "./pythonJson.ts";

test("what Python wrote is read and written again, letter by letter", () => {
  // Each is what json.dumps(…, ensure_ascii=False) of CPython 3.11 gives.
  const texts = [
    '{"a": 1, "b": [1.0, 2.5, NaN, -Infinity, "NaN \\"Infinity\\" 1.0"], "c": {"d": null, "e": true}, "": {}}',
    "[1e+16, 1000000000000000.0, 1.2345678901234568e+17, 0.0001, 1e-05, 1.5e-07, 0.1, -0.0, 1e+22, 1.7976931348623157e+308, 5e-324, 100.0]",
    "[1795282292297087468, -9007199254740993, 0]",
    '"ü \\u0001 \\\\ \\n \u2028"',
  ];
  for (const text of texts) assert.equal(pythonDumps(pythonLoads(text)), text);
});

test("integers and doubles are told apart", () => {
  assert.deepEqual(pythonLoads("[1, 1.0, 1e0]"), [1n, 1, 1]);
  assert.deepEqual(pythonLoads('{"a": {"b": NaN}}'), new Map([["a", new Map([["b", Number.NaN]])]]));
});

test("letters beyond ASCII are escaped where Python does so", () => {
  assert.equal(pythonDumps(new Map([["ü", "😀"]]), true), '{"\\u00fc": "\\ud83d\\ude00"}');
});

test("what is no JSON stands for itself", () => {
  assert.equal(pythonLoadsOr("plain"), "plain");
  assert.equal(pythonLoadsOr("{'a': 1}"), "{'a': 1}");
});
