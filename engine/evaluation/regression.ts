import type { MetricRow } from "../api/evaluation.ts";
import type { Estimated } from "../api/tokens.ts";
import { normalQuantile } from "../statistics/distributions.ts";
import { estimate, LEVEL, unknown } from "../statistics/estimate.ts";
import { meanInterval, momentsOf } from "../statistics/mean.ts";
import { quantileOfSorted } from "../statistics/quantiles.ts";
import { residualOf, type Regressed } from "./prepared.ts";

/** Metrics of a regression with their intervals, beside those of always answering the mean of the labels. */
export function measureNumbers(answers: Regressed): readonly MetricRow[] {
  const { actual } = answers;
  const residual = residualOf(answers);
  const n = actual.length;
  const labels = momentsOf(n, (i) => actual.at(i));
  const fromMean = (i: number) => actual.at(i) - labels.mean;
  const absolute = (i: number) => Math.abs(residual.at(i));
  const squared = (i: number) => residual.at(i) ** 2;
  const mse = meanInterval(momentsOf(n, squared));
  const rmse: Estimated = mse.value === null ? mse : estimate(Math.sqrt(mse.value), Math.sqrt(Math.max(0, mse.low)), Math.sqrt(mse.high), n, "t of the squared error, root taken");
  let zeros = 0;
  for (let i = 0; i < n; i++) if (actual.at(i) === 0) zeros++;
  const relative = zeros > 0 ? unknown(`${zeros} labels are 0`, n) : meanInterval(momentsOf(n, (i) => absolute(i) / Math.abs(actual.at(i))));
  const spread = Math.sqrt(meanOf(n, (i) => fromMean(i) ** 2));
  return [
    { key: "rmse", label: "RMSE", direction: "down", estimate: rmse, baseline: spread, note: null },
    { key: "mae", label: "MAE", direction: "down", estimate: meanInterval(momentsOf(n, absolute)), baseline: meanOf(n, (i) => Math.abs(fromMean(i))), note: null },
    { key: "r2", label: "R²", direction: "up", estimate: rSquared(n, fromMean, squared), baseline: 0, note: null },
    { key: "median_ae", label: "median absolute error", direction: "down", estimate: medianInterval(sortedOf(n, absolute)), baseline: quantileOfSorted(sortedOf(n, (i) => Math.abs(fromMean(i))), 0.5), note: null },
    { key: "mape", label: "MAPE", direction: "down", estimate: relative, baseline: zeros > 0 ? null : meanOf(n, (i) => Math.abs(fromMean(i) / actual.at(i))), note: "mean of |error| / |label|" },
    { key: "bias", label: "bias", direction: "zero", estimate: meanInterval(momentsOf(n, (i) => residual.at(i))), baseline: 0, note: "mean of label − prediction" },
  ];
}

/** 1 − MSE/Var(y), with the delta method's normal interval. */
function rSquared(n: number, fromMean: (i: number) => number, squared: (i: number) => number): Estimated {
  const total = meanOf(n, (i) => fromMean(i) ** 2);
  if (!(total > 0)) return unknown("all labels are equal", n);
  const mse = meanOf(n, squared);
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const influence = -(squared(i) - mse) / total + (mse * (fromMean(i) ** 2 - total)) / (total * total);
    variance += influence * influence;
  }
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(variance)) / n;
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
