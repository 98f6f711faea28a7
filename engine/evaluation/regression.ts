import type { MetricRow } from "../api/evaluation.ts";
import type { Estimated } from "../api/tokens.ts";
import { normalQuantile } from "../statistics/distributions.ts";
import { estimate, LEVEL, unknown } from "../statistics/estimate.ts";
import { meanInterval, moments } from "../statistics/mean.ts";
import { quantileOfSorted } from "../statistics/quantiles.ts";
import type { Regressed } from "./prepared.ts";

/** Metrics of a regression with their intervals, beside those of always answering the mean of the labels. */
export function measureNumbers({ actual, residual }: Regressed): readonly MetricRow[] {
  const n = actual.length;
  const labels = moments(actual);
  const fromMean = actual.map((value) => value - labels.mean);
  const squares = residual.map((e) => e * e);
  const mse = meanInterval(moments(squares));
  const rmse: Estimated = mse.value === null ? mse : estimate(Math.sqrt(mse.value), Math.sqrt(Math.max(0, mse.low)), Math.sqrt(mse.high), n, "t of the squared error, root taken");
  const absolute = residual.map(Math.abs);
  const zeros = actual.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);
  const relative = zeros > 0 ? unknown(`${zeros} labels are 0`, n) : meanInterval(moments(absolute.map((e, i) => e / Math.abs(actual[i]!))));
  const spread = Math.sqrt(mean(fromMean.map((d) => d * d)));
  return [
    { key: "rmse", label: "RMSE", direction: "down", estimate: rmse, baseline: spread, note: null },
    { key: "mae", label: "MAE", direction: "down", estimate: meanInterval(moments(absolute)), baseline: mean(fromMean.map(Math.abs)), note: null },
    { key: "r2", label: "R²", direction: "up", estimate: rSquared(actual, squares, labels.mean), baseline: 0, note: null },
    { key: "median_ae", label: "median absolute error", direction: "down", estimate: medianInterval(absolute), baseline: medianOf(fromMean.map(Math.abs)), note: null },
    { key: "mape", label: "MAPE", direction: "down", estimate: relative, baseline: zeros > 0 ? null : mean(fromMean.map((d, i) => Math.abs(d / actual[i]!))), note: "mean of |error| / |label|" },
    { key: "bias", label: "bias", direction: "zero", estimate: meanInterval(moments(residual)), baseline: 0, note: "mean of label − prediction" },
  ];
}

/** 1 − MSE/Var(y), with the delta method's normal interval. */
function rSquared(actual: Float64Array, squares: Float64Array, meanLabel: number): Estimated {
  const n = actual.length;
  const total = mean(actual.map((value) => (value - meanLabel) ** 2));
  if (!(total > 0)) return unknown("all labels are equal", n);
  const mse = mean(squares);
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const influence = -(squares[i]! - mse) / total + (mse * ((actual[i]! - meanLabel) ** 2 - total)) / (total * total);
    variance += influence * influence;
  }
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(variance)) / n;
  const value = 1 - mse / total;
  return estimate(value, value - half, Math.min(1, value + half), n, "delta");
}

/** The median with the order-statistic interval (normal approximation of the binomial ranks). */
function medianInterval(values: Float64Array): Estimated {
  const sorted = values.slice().sort();
  const n = sorted.length;
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(n)) / 2;
  const low = Math.max(0, Math.floor(n / 2 - half) - 1);
  const high = Math.min(n - 1, Math.ceil(n / 2 + half));
  return estimate(quantileOfSorted(sorted, 0.5), sorted[low]!, sorted[high]!, n, "order statistics");
}

function medianOf(values: Float64Array): number {
  return quantileOfSorted(values.sort(), 0.5);
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
