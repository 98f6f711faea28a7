import assert from "node:assert/strict";
import { test } from "node:test";
import { joinArguments, splitArguments } from "./commandLine.ts";

test("arguments split like a shell splits them", () => {
  assert.deepEqual(splitArguments(`--lr 0.1  --name "a b" --note 'it "is"' --empty ""`), ["--lr", "0.1", "--name", "a b", "--note", 'it "is"', "--empty", ""]);
  assert.deepEqual(splitArguments("   "), []);
});

test("a path of Windows keeps its backslashes outside quotes", () => {
  assert.deepEqual(splitArguments(String.raw`--data C:\data\adult.csv`), ["--data", String.raw`C:\data\adult.csv`]);
});

test("what is joined splits into the same words", () => {
  for (const words of [["--lr", "0.1"], ["a b", 'say "hi"', "it's", "", "\\", 'both " and \'']]) {
    assert.deepEqual(splitArguments(joinArguments(words)), words);
  }
});

test("an open quote is said, not guessed", () => {
  assert.throws(() => splitArguments('--name "a'), /not closed/);
});
