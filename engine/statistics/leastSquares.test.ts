// Golden values: statsmodels 0.15.0, OLS with a constant, through test/python/evaluation_golden.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { leastSquares } from "./leastSquares.ts";

interface Fit {
  readonly y: number[];
  readonly x: number[][];
  readonly predicted: number[];
  readonly max_leverage: number;
}
// SAFETY: the file is written by the script named above, in this shape.
const golden = JSON.parse(readFileSync(new URL("../../test/fixtures/evaluation/golden.json", import.meta.url), "utf8")) as { longley: Fit; stackloss: Fit };

for (const name of ["longley", "stackloss"] as const) {
  test(`least squares of ${name} agree with statsmodels`, () => {
    const { y, x, predicted, max_leverage } = golden[name];
    const fit = leastSquares(Float64Array.from(y), x.map((column) => Float64Array.from(column)));
    fit.residuals().forEach((residual, i) => assert.ok(Math.abs(y[i]! - residual - predicted[i]!) < 1e-7 * Math.abs(y[i]!)));
    assert.ok(Math.abs(Math.max(...fit.leverage()) - max_leverage) < 1e-8);
    assert.equal(fit.rank, x.length + 1);
  });
}

test("a column that others explain, and a constant one, are left out and lower the rank", () => {
  const a = Float64Array.of(1, 2, 3, 4, 7);
  const fit = leastSquares(Float64Array.of(1, 2, 2, 5, 6), [a, a.map((v) => 3 - 2 * v), new Float64Array(5).fill(4)]);
  assert.equal(fit.rank, 2);
});
