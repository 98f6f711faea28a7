import { test } from "node:test";
import assert from "node:assert/strict";
import { slug } from "./annotator.ts";
import { assignKeys } from "./keys.ts";

test("classes get 1 to 9, then letters that no action uses, then those too, and the actions move to Shift", () => {
  const eleven = assignKeys(Array.from({ length: 11 }, () => null));
  assert.deepEqual(eleven.classes, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b"]);
  assert.deepEqual(eleven.actions, { skip: "Tab", outOfScope: "x", unsure: "u", note: "n", undo: "z", guidelines: "g" });
  const many = assignKeys(Array.from({ length: 36 }, () => null));
  assert.equal(new Set(many.classes.filter((key) => key !== "")).size, 35);
  assert.equal(many.classes[35], "");
  assert.deepEqual(many.actions, { skip: "Tab", outOfScope: "X", unsure: "U", note: "N", undo: "Z", guidelines: "G" });
});

test("a class that wants a letter gets it; of two that want the same the first does", () => {
  const { classes, actions } = assignKeys(["n", null, "N", "+", "7"]);
  assert.deepEqual(classes, ["n", "1", "2", "3", "7"]);
  assert.equal(actions.note, "N");
  assert.equal(actions.undo, "z");
});

test("an annotator's name is a folder's name and never a mail address", () => {
  assert.equal(slug("Zoë  Müller-Lüdenscheidt"), "zoe-muller-ludenscheidt");
  assert.equal(slug("李 梅"), "李-梅");
  assert.equal(slug("../../etc"), "etc");
  assert.equal(slug("NUL"), "nul-1");
  assert.equal(slug("mei@example.org"), "");
  assert.equal(slug("***"), "");
});
