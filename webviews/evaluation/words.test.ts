import assert from "node:assert/strict";
import { test } from "node:test";
import { chipTexts, withCondition } from "./words.ts";

test("chips say the value alone where it is unmistakable", () => {
  assert.deepEqual(
    chipTexts([
      { feature: "education", op: "=", value: "Bachelors" },
      { feature: "rooms", op: "=", value: "3" },
      { feature: "age", op: "in", value: [30, 40] },
      { feature: "age", op: "in", value: [0, 1] },
      { feature: "age", op: "in", value: [null, 22] },
      { feature: "country", op: "missing", value: null },
    ]),
    ["Bachelors", "rooms = 3", "age 30 – 40", "age = 0", "age < 22", "country missing"],
  );
});

test("a click on what is chosen takes it away, another of its kind replaces it, other kinds narrow", () => {
  const wrong = { kind: "wrong" } as const;
  const cell = { kind: "cell", label: "a", prediction: "b" } as const;
  assert.deepEqual(withCondition([wrong], wrong), []);
  assert.deepEqual(withCondition([wrong], cell), [wrong, cell]);
  assert.deepEqual(withCondition([cell], { ...cell, prediction: null }), [{ ...cell, prediction: null }]);
});
