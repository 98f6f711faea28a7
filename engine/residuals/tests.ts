import { chiSquareUpper, fUpper, normalTwoSided } from "../statistics/distributions.ts";
import { leastSquares } from "../statistics/leastSquares.ts";

export interface TestValue {
  readonly statistic: number;
  readonly p: number;
}

/**
 * Σ(e_t − e_{t−1})² / Σe_t² (Durbin and Watson 1950): 2 without first-order correlation. The p-value is two-sided
 * from the normal approximation with mean 2 and variance 4/n, which the residuals of a black box allow.
 */
export function durbinWatson(e: Float64Array): TestValue {
  let steps = 0;
  let squares = 0;
  for (let t = 0; t < e.length; t++) {
    squares += e[t]! ** 2;
    if (t > 0) steps += (e[t]! - e[t - 1]!) ** 2;
  }
  const statistic = steps / squares;
  return { statistic, p: normalTwoSided((statistic - 2) / Math.sqrt(4 / e.length)) };
}

/** Autocorrelations of lags 1 … k about the mean, all over Σ(e − ē)². */
export function autocorrelations(e: Float64Array, lags: number): Float64Array {
  let mean = 0;
  for (let t = 0; t < e.length; t++) mean += e[t]!;
  mean /= e.length;
  const d = new Float64Array(e.length);
  let total = 0;
  for (let t = 0; t < e.length; t++) {
    d[t] = e[t]! - mean;
    total += d[t]! * d[t]!;
  }
  const result = new Float64Array(lags);
  for (let lag = 1; lag <= lags; lag++) {
    let sum = 0;
    for (let t = lag; t < d.length; t++) sum += d[t]! * d[t - lag]!;
    result[lag - 1] = sum / total;
  }
  return result;
}

/** n(n+2) Σ ρ_k²/(n−k) of centred values against χ² with one degree per lag (Ljung and Box 1978). */
export function ljungBox(e: Float64Array, lags: number): TestValue {
  const n = e.length;
  let sum = 0;
  autocorrelations(e, lags).forEach((rho, i) => (sum += (rho * rho) / (n - i - 1)));
  const statistic = n * (n + 2) * sum;
  return { statistic, p: chiSquareUpper(statistic, lags) };
}

/** Koenker's studentised form: n·R² of e² on the regressors, χ² with their number of degrees (Breusch and Pagan 1979; Koenker 1981). */
export function breuschPagan(e: Float64Array, regressors: readonly Float64Array[]): TestValue {
  const fit = leastSquares(squared(e), regressors);
  const statistic = (e.length * fit.explained) / fit.tss;
  return { statistic, p: chiSquareUpper(statistic, fit.rank - 1) };
}

/** White 1980: n·R² of e² on the regressors, their squares and products; degrees are the rank of those less one. */
export function white(e: Float64Array, regressors: readonly Float64Array[]): TestValue {
  const terms = [...regressors];
  regressors.forEach((x, i) => {
    for (let j = i; j < regressors.length; j++) {
      const [other, product] = [regressors[j]!, new Float64Array(x.length)];
      for (let row = 0; row < product.length; row++) product[row] = x[row]! * other[row]!;
      terms.push(product);
    }
  });
  return breuschPagan(e, terms);
}

/** n/6 · (S² + (K−3)²/4) with the moments about the mean (Jarque and Bera 1980), and skewness and kurtosis themselves. */
export function jarqueBera(e: Float64Array): TestValue & { readonly skewness: number; readonly kurtosis: number } {
  const n = e.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += e[i]!;
  mean /= n;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = 0; i < n; i++) {
    const d = e[i]! - mean;
    const square = d * d;
    second += square;
    third += square * d;
    fourth += square * square;
  }
  second /= n;
  third /= n;
  fourth /= n;
  const skewness = third / second ** 1.5;
  const kurtosis = fourth / (second * second);
  const statistic = (n / 6) * (skewness ** 2 + (kurtosis - 3) ** 2 / 4);
  return { statistic, p: chiSquareUpper(statistic, 2), skewness, kurtosis };
}

/** Ramsey's RESET on residuals: F of the squared and cubed prediction in a regression of e on [1, prediction, its powers]. */
export function reset(e: Float64Array, prediction: Float64Array): TestValue {
  const n = e.length;
  const straight = leastSquares(e, [prediction]);
  // Powers of the centred and scaled prediction span the same space without overflow.
  let mean = 0;
  for (let i = 0; i < n; i++) mean += prediction[i]!;
  mean /= n;
  let scale = Number.MIN_VALUE;
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(prediction[i]! - mean));
  const [z, z2, z3] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const v = (prediction[i]! - mean) / scale;
    z[i] = v;
    z2[i] = v * v;
    z3[i] = v * v * v;
  }
  const bent = leastSquares(e, [z, z2, z3]);
  const added = bent.rank - straight.rank;
  if (added < 1) return { statistic: Number.NaN, p: Number.NaN };
  const statistic = (bent.explained - straight.explained) / added / ((bent.tss - bent.explained) / (n - bent.rank));
  return { statistic, p: fUpper(statistic, added, n - bent.rank) };
}

function squared(e: Float64Array): Float64Array {
  const squares = new Float64Array(e.length);
  for (let i = 0; i < e.length; i++) squares[i] = e[i]! * e[i]!;
  return squares;
}
