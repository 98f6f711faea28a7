import type { MetricRow } from "../api/evaluation.ts";
import type { Estimated } from "../api/tokens.ts";
import { normalQuantile } from "../statistics/distributions.ts";
import { estimate, LEVEL, unknown } from "../statistics/estimate.ts";
import { meanInterval, momentsOf } from "../statistics/mean.ts";
import { quantileOfSorted } from "../statistics/quantiles.ts";
import { argsort } from "../statistics/argsort.ts";
import { meanBy, weightedMean } from "../statistics/weighted.ts";
import type { NumberReader } from "../tables/columns.ts";
import { residualOf, type Regressed } from "./prepared.ts";

/** Metrics of a regression with their intervals, beside those of always answering the mean of the labels. */
export function measureNumbers(answers: Regressed): readonly MetricRow[] {
  if (answers.weight) return measureWeighted(answers, answers.weight);
  const rmse = rmseOf(answers);
  const { actual } = answers;
  const residual = residualOf(answers);
  const n = actual.length;
  const labels = momentsOf(n, (i) => actual.at(i));
  const fromMean = (i: number) => actual.at(i) - labels.mean;
  const absolute = (i: number) => Math.abs(residual.at(i));
  const squared = (i: number) => residual.at(i) ** 2;
  let zeros = 0;
  for (let i = 0; i < n; i++) if (actual.at(i) === 0) zeros++;
  const relative = zeros > 0 ? unknown(`${zeros} labels are 0`, n) : meanInterval(momentsOf(n, (i) => absolute(i) / Math.abs(actual.at(i))));
  return [
    rmse,
    { key: "mae", label: "MAE", direction: "down", estimate: meanInterval(momentsOf(n, absolute)), baseline: meanOf(n, (i) => Math.abs(fromMean(i))), note: null },
    { key: "r2", label: "R²", direction: "up", estimate: rSquared(n, fromMean, squared), baseline: 0, note: null },
    { key: "median_ae", label: "median absolute error", direction: "down", estimate: medianInterval(sortedOf(n, absolute)), baseline: quantileOfSorted(sortedOf(n, (i) => Math.abs(fromMean(i))), 0.5), note: null },
    { key: "mape", label: "MAPE", direction: "down", estimate: relative, baseline: zeros > 0 ? null : meanOf(n, (i) => Math.abs(fromMean(i) / actual.at(i))), note: "mean of |error| / |label|" },
    { key: "bias", label: "bias", direction: "zero", estimate: meanInterval(momentsOf(n, (i) => residual.at(i))), baseline: 0, note: "mean of label − prediction" },
  ];
}

/** The root mean squared error, every row counted once, beside the labels' own spread. */
export function rmseOf(answers: Regressed): MetricRow {
  const { actual } = answers;
  const residual = residualOf(answers);
  const n = actual.length;
  const { mean } = momentsOf(n, (i) => actual.at(i));
  const mse = meanInterval(momentsOf(n, (i) => residual.at(i) ** 2));
  const rmse: Estimated = mse.value === null ? mse : estimate(Math.sqrt(mse.value), Math.sqrt(Math.max(0, mse.low)), Math.sqrt(mse.high), n, "t of the squared error, root taken");
  return { key: "rmse", label: "RMSE", direction: "down", estimate: rmse, baseline: Math.sqrt(meanOf(n, (i) => (actual.at(i) - mean) ** 2)), note: null };
}

/** The same where rows have weights, as scikit-learn's sample_weight defines them. */
function measureWeighted(answers: Regressed, weight: NumberReader): readonly MetricRow[] {
  const { actual } = answers;
  const residual = residualOf(answers);
  const n = actual.length;
  const weightAt = (i: number) => weight.at(i);
  const mean = (valueAt: (i: number) => number) => weightedMean(n, valueAt, weightAt);
  const plain = (valueAt: (i: number) => number) => meanBy(n, valueAt, weightAt).mean;
  const label = plain((i) => actual.at(i));
  const fromMean = (i: number) => actual.at(i) - label;
  const absolute = (i: number) => Math.abs(residual.at(i));
  const squared = (i: number) => residual.at(i) ** 2;
  const mse = mean(squared);
  const rmse: Estimated = mse.value === null ? mse : estimate(Math.sqrt(mse.value), Math.sqrt(Math.max(0, mse.low)), Math.sqrt(mse.high), n, "t of the weighted squared error, root taken");
  let zeros = 0;
  for (let i = 0; i < n; i++) if (actual.at(i) === 0) zeros++;
  return [
    { key: "rmse", label: "RMSE", direction: "down", estimate: rmse, baseline: Math.sqrt(plain((i) => fromMean(i) ** 2)), note: null },
    { key: "mae", label: "MAE", direction: "down", estimate: mean(absolute), baseline: plain((i) => Math.abs(fromMean(i))), note: null },
    { key: "r2", label: "R²", direction: "up", estimate: rSquared(n, fromMean, squared, weightAt), baseline: 0, note: null },
    { key: "median_ae", label: "median absolute error", direction: "down", estimate: weightedMedian(n, absolute, weightAt), baseline: weightedMedian(n, (i) => Math.abs(fromMean(i)), weightAt).value, note: null },
    { key: "mape", label: "MAPE", direction: "down", estimate: zeros > 0 ? unknown(`${zeros} labels are 0`, n) : mean((i) => absolute(i) / Math.abs(actual.at(i))), baseline: zeros > 0 ? null : plain((i) => Math.abs(fromMean(i) / actual.at(i))), note: "mean of |error| / |label|" },
    { key: "bias", label: "bias", direction: "zero", estimate: mean((i) => residual.at(i)), baseline: 0, note: "mean of label − prediction" },
  ];
}

/** The value below and above which half of the weight lies (the mean of both where one value divides it exactly), with the order-statistic interval of as many equal rows (Kish 1965). */
function weightedMedian(n: number, valueAt: (i: number) => number, weightAt: (i: number) => number): Estimated {
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = valueAt(i);
  const order = argsort(values).filter((row) => weightAt(row) > 0);
  let total = 0;
  let squares = 0;
  for (const row of order) {
    total += weightAt(row);
    squares += weightAt(row) ** 2;
  }
  if (order.length < 2) return unknown("one row has no spread to build an interval from", n);
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(squares)) / total / 2;
  const found = [0.5 - half, 0.5, 0.5 + half].map((share) => {
    let below = 0;
    for (let i = 0; i < order.length; i++) {
      below += weightAt(order[i]!);
      // Half of the weight to within rounding: the next value divides it as well.
      if (Math.abs(below - share * total) <= 1e-12 * total && i + 1 < order.length) return (values[order[i]!]! + values[order[i + 1]!]!) / 2;
      if (below > share * total) return values[order[i]!]!;
    }
    return values[order.at(-1)!]!;
  });
  return estimate(found[1]!, found[0]!, found[2]!, n, "order statistics, weighted");
}

/** 1 − MSE/Var(y), with the delta method's normal interval. */
function rSquared(n: number, fromMean: (i: number) => number, squared: (i: number) => number, weightAt: (i: number) => number = () => 1): Estimated {
  const { mean: total, total: weight } = meanBy(n, (i) => fromMean(i) ** 2, weightAt);
  if (!(total > 0)) return unknown("all labels are equal", n);
  const { mean: mse } = meanBy(n, squared, weightAt);
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const influence = weightAt(i) * (-(squared(i) - mse) / total + (mse * (fromMean(i) ** 2 - total)) / (total * total));
    variance += influence * influence;
  }
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(variance)) / weight;
  const value = 1 - mse / total;
  return estimate(value, value - half, Math.min(1, value + half), n, "delta");
}

/** The median with the order-statistic interval (normal approximation of the binomial ranks). */
function medianInterval(sorted: Float64Array): Estimated {
  const n = sorted.length;
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(n)) / 2;
  const low = Math.max(0, Math.floor(n / 2 - half) - 1);
  const high = Math.min(n - 1, Math.ceil(n / 2 + half));
  return estimate(quantileOfSorted(sorted, 0.5), sorted[low]!, sorted[high]!, n, "order statistics");
}

function sortedOf(n: number, valueAt: (i: number) => number): Float64Array {
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = valueAt(i);
  return values.sort();
}

function meanOf(n: number, valueAt: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += valueAt(i);
  return sum / n;
}
