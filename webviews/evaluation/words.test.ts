import assert from "node:assert/strict";
import { test } from "node:test";
import { chipTexts, shownPath, withCondition } from "./words.ts";

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

test("an artifact is called as its run calls it, a file by its path", () => {
  assert.deepEqual(shownPath(".touchstone/artifacts/1/9f2c/artifacts/tables/predictions.csv"), { name: "tables/predictions.csv", artifact: true });
  assert.deepEqual(shownPath("C:\\work\\.touchstone\\artifacts\\1\\9f2c\\artifacts\\p.csv"), { name: "p.csv", artifact: true });
  assert.deepEqual(shownPath("out/artifacts/p.csv"), { name: "out/artifacts/p.csv", artifact: false });
});

test("what one plot gives takes the place of what another one gave", () => {
  const range = { kind: "range", column: "@residual", low: 0, high: 1 } as const;
  const hexagon = { kind: "hexagon", column: "@prediction", categories: null, origin: [0, 0], cell: [1, 1], at: [2, 3] } as const;
  const cell = { kind: "cell", label: "a", prediction: "b" } as const;
  assert.deepEqual(withCondition([cell, range, { ...range, column: "@prediction" }], hexagon), [cell, hexagon]);
});
