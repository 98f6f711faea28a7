// Golden values: SciPy 1.17.1 and statsmodels 0.15.0 through test/python/evaluation_golden.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { argsort, midranks } from "./argsort.ts";
import { benjaminiHochberg } from "./benjaminiHochberg.ts";
import { binomialSample } from "./binomial.ts";
import { chiSquareUpper, fUpper, normalCdf, tQuantile, tTwoSided } from "./distributions.ts";
import { fisherExact } from "./fisher.ts";
import { lowess } from "./lowess.ts";
import { meanInterval, moments } from "./mean.ts";
import { bootstrapCells } from "./multinomial.ts";
import { twoProportions } from "./proportions.ts";
import { quantileOfSorted } from "./quantiles.ts";
import { createRandom } from "./random.ts";
import { welch, welchInterval } from "./welch.ts";
import { wilson } from "./wilson.ts";

type Rows = readonly (readonly number[])[];
interface Golden {
  readonly normal_cdf: Rows;
  readonly t_two_sided: Rows;
  readonly t_quantile: Rows;
  readonly chi2_upper: Rows;
  readonly f_upper: Rows;
  readonly wilson: Rows;
  readonly fisher: readonly (readonly [Rows, number])[];
  readonly two_proportions: readonly number[];
  readonly welch: { readonly a: readonly number[]; readonly b: readonly number[]; readonly p: number };
  readonly bh: { readonly p: readonly number[]; readonly q: readonly number[] };
  readonly mean: { readonly values: readonly number[]; readonly interval: readonly number[] };
  readonly lowess: { readonly x: number[]; readonly y: number[]; readonly smooth: number[]; readonly smooth_delta: number[] };
  readonly quantiles: { readonly values: readonly number[]; readonly q: Rows };
}

// SAFETY: the file is written by the script named above, in this shape.
const golden = (JSON.parse(readFileSync(new URL("../../test/fixtures/evaluation/golden.json", import.meta.url), "utf8")) as { tests: Golden }).tests;

function close(actual: number, expected: number, relative = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.max(Math.abs(expected), 1e-300), `${actual} is not ${expected}`);
}

test("tails of the distributions agree with SciPy, far out too", () => {
  for (const [z, p] of golden.normal_cdf) close(normalCdf(z!), p!);
  for (const [t, df, p] of golden.t_two_sided) close(tTwoSided(t!, df!), p!);
  for (const [p, df, t] of golden.t_quantile) close(tQuantile(p!, df!), t!);
  for (const [x, df, p] of golden.chi2_upper) close(chiSquareUpper(x!, df!), p!);
  for (const [x, d1, d2, p] of golden.f_upper) close(fUpper(x!, d1!, d2!), p!);
});

test("Wilson's interval, also at 0 of 12 and 12 of 12; 0 of 0 is undefined with its reason", () => {
  for (const [k, n, low, high] of golden.wilson) {
    const result = wilson(k!, n!, "");
    assert.ok(result.value !== null);
    assert.ok(Math.abs(result.low - low!) < 1e-12 && Math.abs(result.high - high!) < 1e-12, `${k}/${n}`);
  }
  assert.deepEqual(wilson(0, 0, "nothing was predicted positive"), { value: null, reason: "nothing was predicted positive", n: 0 });
});

test("two groups: Fisher, pooled z, Welch", () => {
  for (const [[[a, b], [c, d]], p] of golden.fisher as readonly [[[number, number], [number, number]], number][]) close(fisherExact(a, b, c, d), p, 1e-7);
  const [k1, n1, k2, n2, p] = golden.two_proportions;
  close(twoProportions(k1!, n1!, k2!, n2!), p!);
  close(twoProportions(3, 4, 1, 4), fisherExact(3, 1, 1, 3));
  const [a, b] = [moments(Float64Array.from(golden.welch.a)), moments(Float64Array.from(golden.welch.b))];
  close(welch(a, b), golden.welch.p);
  // scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(), SciPy 1.17.1, of the same values.
  const interval = welchInterval(a, b);
  close(interval?.low ?? 0, -1.0201782485657769);
  close(interval?.high ?? 0, 0.5605391132672678);
  assert.equal(welchInterval(a, moments(Float64Array.of(1))), null, "one value has no spread");
  assert.equal(welchInterval(moments(Float64Array.of(1, 1)), moments(Float64Array.of(2, 2))), null, "nothing varies");
});

test("Benjamini–Hochberg; tests that were not computed count, and NaN is left alone", () => {
  const q = benjaminiHochberg(Float64Array.from(golden.bh.p));
  golden.bh.q.forEach((expected, i) => close(q[i]!, expected));
  close(benjaminiHochberg(Float64Array.of(0.001), 50)[0]!, 0.05);
  const withNaN = benjaminiHochberg(Float64Array.of(0.02, Number.NaN, 0.5));
  close(withNaN[0]!, 0.04);
  assert.ok(Number.isNaN(withNaN[1]!));
});

test("mean with its t interval, quantiles of type 7", () => {
  const result = meanInterval(moments(Float64Array.from(golden.mean.values)));
  assert.ok(result.value !== null);
  close(result.low, golden.mean.interval[0]!);
  close(result.high, golden.mean.interval[1]!);
  const sorted = Float64Array.from(golden.quantiles.values).sort();
  for (const [p, value] of golden.quantiles.q) close(quantileOfSorted(sorted, p!), value!);
});

test("LOWESS agrees with statsmodels, with and without skipped points", () => {
  const x = Float64Array.from(golden.lowess.x);
  const y = Float64Array.from(golden.lowess.y);
  lowess(x, y).forEach((value, i) => close(value, golden.lowess.smooth[i]!, 1e-6));
  lowess(x, y, 0.4, 3, 0.5).forEach((value, i) => close(value, golden.lowess.smooth_delta[i]!, 1e-6));
});

test("argsort is stable, puts NaN last, treats −0 as 0; ties share their rank", () => {
  const values = Float64Array.of(3, Number.NaN, -1, 0, -0, Number.POSITIVE_INFINITY, -1e-300, 3);
  assert.deepEqual([...argsort(values)], [2, 6, 3, 4, 0, 7, 5, 1]);
  const ranked = Float64Array.of(5, 1, 5, 2);
  assert.deepEqual([...midranks(ranked, argsort(ranked))], [3.5, 1, 3.5, 2]);
  const random = createRandom(3);
  const many = Float64Array.from({ length: 5000 }, () => (random() - 0.5) * 10 ** Math.floor(random() * 12));
  assert.deepEqual([...argsort(many)].map((i) => many[i]), [...many].sort((a, b) => a - b));
});

test("binomial draws have the mean and the variance of their law, in both algorithms", () => {
  const random = createRandom(11);
  for (const [n, p] of [[20, 0.1], [500, 0.3], [100000, 0.97]] as const) {
    const draws = moments(Float64Array.from({ length: 20000 }, () => binomialSample(n, p, random)));
    const variance = n * p * (1 - p);
    assert.ok(Math.abs(draws.mean - n * p) < 5 * Math.sqrt(variance / draws.n), `mean of ${n}, ${p}`);
    assert.ok(Math.abs(draws.variance / variance - 1) < 0.06, `variance of ${n}, ${p}`);
  }
});

test("resampled cells: the interval of an accuracy is that of the binomial, and the seed decides it", () => {
  const accuracy = (cells: Float64Array) => [(cells[0]! + cells[3]!) / (cells[0]! + cells[1]! + cells[2]! + cells[3]!)];
  const [interval] = bootstrapCells([227, 31, 50, 192], accuracy, 4000);
  assert.ok(interval);
  const half = 1.96 * Math.sqrt((0.838 * 0.162) / 500);
  assert.ok(Math.abs(interval.low - (0.838 - half)) < 0.005 && Math.abs(interval.high - (0.838 + half)) < 0.005);
  assert.deepEqual(bootstrapCells([227, 31, 50, 192], accuracy, 200, 5), bootstrapCells([227, 31, 50, 192], accuracy, 200, 5));
});
