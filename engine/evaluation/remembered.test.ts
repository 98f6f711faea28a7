import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mapping } from "../api/evaluation.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { declaredFor, rememberingEdits, withDeclared } from "./remembered.ts";

const declared = (files: string, columns: Mapping["columns"] = []) => ({ files, task: null, positive: null, columns });

test("the file's own path counts before the first pattern that fits; * stays within a folder, ** does not", () => {
  const mappings = [declared("**/preds.csv"), declared("out/*.csv"), declared("out/a.csv")];
  const found = (path: string) => declaredFor(mappings, path)?.files ?? null;
  assert.deepEqual(["out/a.csv", "out/b.csv", "out/x/b.csv", "preds.csv", "x/y/preds.csv", "out/axcsv"].map(found), ["out/a.csv", "out/*.csv", null, "**/preds.csv", "**/preds.csv", null]);
});

test("a pattern with many stars is told apart from a long path in steps, not in tries", () => {
  const pattern = `${"*a".repeat(8)}*b`;
  const path = "a".repeat(80);
  assert.equal(declaredFor([declared(pattern)], path), null);
  assert.equal(declaredFor([declared(pattern)], `${path}b`)?.files, pattern);
  assert.equal(declaredFor([declared(`${"**/*".repeat(8)}.csv`)], `${"a/".repeat(60)}x`), null);
});

test("patterns fit what the same regular expression fits", () => {
  const random = seeded(3);
  const pick = (texts: readonly string[]): string => texts[Math.floor(random() * texts.length)]!;
  let fitting = 0;
  for (let round = 0; round < 20_000; round++) {
    const pattern = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(["a", "b", ".", "/", "*", "**", "**/", "?"])).join("");
    const path = Array.from({ length: Math.floor(random() * 7) }, () => pick(["a", "b", ".", "/"])).join("");
    const expression = pattern.replace(/\*\*\/|\*\*|\*|\?|\./g, (part) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]", ".": "\\." })[part] ?? part);
    const fits = new RegExp(`^${expression}$`).test(path);
    assert.equal(declaredFor([declared(pattern)], path) !== null, fits || path === pattern, `${pattern} ${path}`);
    if (fits) fitting++;
  }
  assert.ok(fitting > 1_000);
});

const guess: Mapping = { task: "binary", positive: "1", columns: [{ column: "y", role: "label" }, { column: "z", role: "prediction" }, { column: "p", role: "feature" }] };

test("what is declared takes the guess's place; columns that the file lacks mean another file", () => {
  const part = withDeclared(guess, { files: "a.csv", task: null, positive: "0", columns: [{ column: "p", role: "label" }] });
  assert.deepEqual(part, { task: "binary", positive: "0", columns: [{ column: "y", role: "feature" }, { column: "z", role: "prediction" }, { column: "p", role: "label" }] });
  assert.equal(withDeclared(guess, declared("a.csv", [{ column: "w", role: "weight" }])), null);
});

test("a guess that was confirmed needs no line; a probability is written with its class", () => {
  assert.deepEqual(rememberingEdits("a.csv", guess, guess, null), []);
  const mapping: Mapping = { ...guess, columns: [guess.columns[0]!, guess.columns[1]!, { column: "p", role: "probability", classes: ["1"] }] };
  assert.deepEqual(rememberingEdits("a.csv", mapping, guess, declared("*.csv")), [
    { path: ["mappings", "a.csv"], value: { task: "binary", positive: "1", columns: { y: "label", z: "prediction", p: { role: "probability", classes: ["1"] } } } },
  ]);
});
