// Golden values: SciPy and statsmodels through test/python/paired_golden.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tTwoSided } from "./distributions.ts";
import { meanInterval, moments } from "./mean.ts";
import { independentProportions, mcnemarExact, pairedProportions } from "./paired.ts";

interface Golden {
  readonly mcnemar: readonly (readonly [number, number, number])[];
  readonly newcombe: readonly (readonly [number, number, number, number, number, number])[];
  readonly bonett_price: readonly (readonly [number, number, number, number, number])[];
  readonly paired_t: { readonly a: readonly number[]; readonly b: readonly number[]; readonly p: number; readonly interval: readonly [number, number] };
}

// SAFETY: the file is written by the script named above, in this shape.
const golden = JSON.parse(readFileSync(new URL("../../test/fixtures/evaluation/paired.json", import.meta.url), "utf8")) as Golden;

const close = (actual: number, expected: number, what: string): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual} is not ${expected}`);

test("McNemar's exact test, also with nothing to tell two models apart", () => {
  for (const [b, c, p] of golden.mcnemar) close(mcnemarExact(b, c), p, `${b} ${c}`);
});

test("differences of proportions: of the same items, of different items", () => {
  for (const [b, c, n, low, high] of golden.bonett_price) {
    const found = pairedProportions(b, c, n);
    assert.ok(found.value !== null);
    close(found.value, (b - c) / n, "difference");
    close(found.low, low, `low of ${b} ${c} ${n}`);
    close(found.high, high, `high of ${b} ${c} ${n}`);
  }
  for (const [k1, n1, k2, n2, low, high] of golden.newcombe) {
    const found = independentProportions(k1, n1, k2, n2);
    assert.ok(found.value !== null);
    close(found.low, low, `low of ${k1}/${n1} ${k2}/${n2}`);
    close(found.high, high, `high of ${k1}/${n1} ${k2}/${n2}`);
  }
});

test("the mean of paired differences is the paired t test", () => {
  const { a, b, p, interval } = golden.paired_t;
  const found = moments(Float64Array.from(b, (value, i) => value - (a[i] ?? 0)));
  const estimate = meanInterval(found);
  assert.ok(estimate.value !== null);
  close(estimate.low, interval[0], "low");
  close(estimate.high, interval[1], "high");
  close(tTwoSided(found.mean / Math.sqrt(found.variance / found.n), found.n - 1), p, "p");
});
