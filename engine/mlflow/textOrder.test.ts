import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../expressions/random.fixture.ts";
import { atOnce } from "../runs/turns.ts";
import { inTextOrder } from "./textOrder.ts";

test("texts are ordered as their UTF-8 bytes are, in steps", () => {
  const random = seeded(5);
  const letters = ["a", "B", "é", "\uffee", "😀", "9", "10", " "];
  const texts = [...new Set(Array.from({ length: 10_000 }, () => Array.from({ length: 4 }, () => letters[Math.floor(random() * letters.length)]).join("")))];
  const many = [...texts, ...Array.from({ length: 9_000 }, (_, i) => `run ${i}`)];
  const bytes = (text: string): Buffer => Buffer.from(text);
  assert.deepEqual(atOnce(inTextOrder(many)), many.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))));
  assert.deepEqual(atOnce(inTextOrder([])), []);
  assert.ok([...inTextOrder(many)].length > 3);
});
