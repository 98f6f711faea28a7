import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonNumber, dumpPython, parsePython } from "./pythonJson.ts";

/** Printed by Python 3.11: `[json.dumps(json.loads(t)) for t in texts]`. */
const printed: readonly (readonly [string, string])[] = [
  ["1", "1"],
  ["1.0", "1.0"],
  ["2.50", "2.5"],
  ["1e5", "100000.0"],
  ["1E16", "1e+16"],
  ["123456789012345680.0", "1.2345678901234568e+17"],
  ["9007199254740993.0", "9007199254740992.0"],
  ["12345678901234567890123", "12345678901234567890123"],
  ["0.0001", "0.0001"],
  ["0.00012345", "0.00012345"],
  ["0.00001", "1e-05"],
  ["-1.5e-7", "-1.5e-07"],
  ["5e-324", "5e-324"],
  ["1e400", "Infinity"],
  ["-0", "0"],
  ["-0.0", "-0.0"],
  ["0.1", "0.1"],
  ["123456.789", "123456.789"],
  ["NaN", "NaN"],
  ["-Infinity", "-Infinity"],
  [' [ 1 , "a" , { "b" : null , "a":true } , [ ] , { } ] ', '[1, "a", {"b": null, "a": true}, [], {}]'],
  ['"\\u00e9é\\n\\"/\\u007f😀"', '"\\u00e9\\u00e9\\n\\"/\\u007f\\ud83d\\ude00"'],
  ['{"a":1,"a":2}', '{"a": 2}'],
];

test("reads and writes as Python's json does", () => {
  assert.deepEqual(printed.map(([given]) => dumpPython(parsePython(given))), printed.map(([, wanted]) => wanted));
  assert.equal(dumpPython(parsePython('{"b":{"z":1,"y":[{"d":1,"c":2}]},"a":0}'), true), '{"a": 0, "b": {"y": [{"c": 2, "d": 1}], "z": 1}}');
});

test("tells an integer from a float", () => {
  assert.deepEqual(["1", "1.0", "1e2", "NaN"].map((text) => new PythonNumber(text).isFloat), [false, true, true, true]);
});

test("what is no JSON is refused with its place, and nesting is bounded", () => {
  for (const bad of ["", "{", "[1,]", "[1 2]", '{"a" 1}', '{"a":1,}', "{1:2}", "01", "1.", "tru", '"a', '"\n"', "'a'", "[1]x", "nan"]) {
    assert.throws(() => parsePython(bad), /The JSON text is not valid at character \d+/, bad);
  }
  assert.throws(() => parsePython("[".repeat(100_000)), /nested deeper than 200 levels/);
  assert.equal(dumpPython(parsePython(`${"[".repeat(200)}${"]".repeat(200)}`)).length, 400);
});
