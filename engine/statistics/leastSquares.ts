/** A fitted linear model with a constant; predictors are kept in the order given. */
export interface LeastSquares {
  readonly residuals: Float64Array;
  /** Residual sum of squares. */
  readonly rss: number;
  /** Total sum of squares about the mean. */
  readonly tss: number;
  /** Columns that are linearly independent, the constant included. */
  readonly rank: number;
  /** Diagonal of the hat matrix. */
  leverage(): Float64Array;
}

/**
 * Ordinary least squares of y on a constant and the columns. The columns are centred and scaled before the normal
 * equations are solved by a pivoted Cholesky factorisation: one pass over a million rows, and as exact as QR for data
 * like Longley's. A column that the others explain (tolerance 1e-10 of its variance) is left out.
 */
export function leastSquares(y: Float64Array, columns: readonly Float64Array[]): LeastSquares {
  const n = y.length;
  const meanY = mean(y);
  const centred = columns.map((column) => standardise(column));
  const usable = centred.filter((column) => column !== null);
  const p = usable.length;
  const gram = new Float64Array(p * p);
  const right = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    const a = usable[j]!;
    for (let k = 0; k <= j; k++) gram[j * p + k] = gram[k * p + j] = dot(a, usable[k]!);
    for (let i = 0; i < n; i++) right[j]! += a[i]! * (y[i]! - meanY);
  }
  const { factor, pivots, rank } = pivotedCholesky(gram, p);
  const basis = pivots.slice(0, rank).map((pivot) => usable[pivot]!);
  const beta = solve(factor, rank, pivots.slice(0, rank).map((pivot) => right[pivot]!));
  const residuals = new Float64Array(n);
  let rss = 0;
  let tss = 0;
  for (let i = 0; i < n; i++) {
    let fit = 0;
    for (let j = 0; j < rank; j++) fit += beta[j]! * basis[j]![i]!;
    const deviation = y[i]! - meanY;
    residuals[i] = deviation - fit;
    rss += residuals[i]! ** 2;
    tss += deviation * deviation;
  }
  const leverage = () => {
    const h = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const z = forward(factor, rank, basis.map((column) => column[i]!));
      h[i] = z.reduce((sum, value) => sum + value * value, 1 / n);
    }
    return h;
  };
  return { residuals, rss, tss, rank: rank + 1, leverage };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Centred and of unit length; null for a constant. */
function standardise(column: Float64Array): Float64Array | null {
  const centre = mean(column);
  const result = column.map((value) => value - centre);
  const length = Math.sqrt(dot(result, result));
  if (!(length > 1e-12 * Math.abs(centre) * Math.sqrt(column.length)) || length === 0) return null;
  for (let i = 0; i < result.length; i++) result[i]! /= length;
  return result;
}

function pivotedCholesky(gram: Float64Array, p: number): { factor: number[][]; pivots: number[]; rank: number } {
  const left = Array.from({ length: p }, (_, j) => gram[j * p + j]!);
  const pivots = Array.from({ length: p }, (_, j) => j);
  const factor: number[][] = [];
  for (let step = 0; step < p; step++) {
    let best = step;
    for (let j = step + 1; j < p; j++) if (left[pivots[j]!]! > left[pivots[best]!]!) best = j;
    if (left[pivots[best]!]! < 1e-10) return { factor: rowsOf(factor, step), pivots, rank: step };
    [pivots[step], pivots[best]] = [pivots[best]!, pivots[step]!];
    const pivot = pivots[step]!;
    const diagonal = Math.sqrt(left[pivot]!);
    (factor[pivot] ??= [])[step] = diagonal;
    for (let j = step + 1; j < p; j++) {
      const row = (factor[pivots[j]!] ??= []);
      let value = gram[pivots[j]! * p + pivot]!;
      for (let k = 0; k < step; k++) value -= row[k]! * factor[pivot][k]!;
      row[step] = value / diagonal;
      left[pivots[j]!]! -= row[step]! ** 2;
    }
  }
  return { factor: rowsOf(factor, p), pivots, rank: p };

  function rowsOf(rows: number[][], rank: number): number[][] {
    return pivots.slice(0, rank).map((pivot) => rows[pivot]!);
  }
}

function forward(factor: number[][], rank: number, right: readonly number[]): number[] {
  const z: number[] = [];
  for (let j = 0; j < rank; j++) {
    let value = right[j]!;
    for (let k = 0; k < j; k++) value -= factor[j]![k]! * z[k]!;
    z[j] = value / factor[j]![j]!;
  }
  return z;
}

function solve(factor: number[][], rank: number, right: readonly number[]): number[] {
  const z = forward(factor, rank, right);
  for (let j = rank - 1; j >= 0; j--) {
    for (let k = j + 1; k < rank; k++) z[j]! -= factor[k]![j]! * z[k]!;
    z[j]! /= factor[j]![j]!;
  }
  return z;
}
