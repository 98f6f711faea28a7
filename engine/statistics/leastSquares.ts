/** A fitted linear model with a constant; predictors are kept in the order given. */
export interface LeastSquares {
  residuals(): Float64Array;
  /** Residual sum of squares. */
  readonly rss: number;
  /** Sum of squares that the columns explain: exact where it is small, as `tss − rss` is where it is large. */
  readonly explained: number;
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
  const raw = products(y, columns);
  const lengths = columns.map((_, j) => Math.sqrt(raw.gram[j * columns.length + j]!));
  // A column that does not vary is as good as the constant.
  const kept = [...columns.keys()].filter((j) => lengths[j]! > 0 && lengths[j]! > 1e-12 * Math.abs(raw.means[j]!) * Math.sqrt(n));
  const usable = () => kept.map((j) => columns[j]!.map((value) => (value - raw.means[j]!) / lengths[j]!));
  const p = kept.length;
  const gram = new Float64Array(p * p);
  const right = new Float64Array(p);
  kept.forEach((j, a) => {
    kept.forEach((k, b) => (gram[a * p + b] = raw.gram[j * columns.length + k]! / (lengths[j]! * lengths[k]!)));
    right[a] = raw.right[j]! / lengths[j]!;
  });
  const { factor, pivots, rank } = pivotedCholesky(gram, p);
  const basis = () => {
    const all = usable();
    return pivots.slice(0, rank).map((pivot) => all[pivot]!);
  };
  const beta = solve(factor, rank, pivots.slice(0, rank).map((pivot) => right[pivot]!));
  let tss = 0;
  for (let i = 0; i < n; i++) {
    const deviation = y[i]! - meanY;
    tss += deviation * deviation;
  }
  let explained = 0;
  for (let j = 0; j < rank; j++) explained += beta[j]! * right[pivots[j]!]!;
  const residuals = () => {
    const left = y.map((value) => value - meanY);
    const fitted = basis();
    for (let j = 0; j < rank; j++) {
      const [b, column] = [beta[j]!, fitted[j]!];
      for (let i = 0; i < n; i++) left[i]! -= b * column[i]!;
    }
    return left;
  };
  const leverage = () => {
    const h = new Float64Array(n);
    const fitted = basis();
    for (let i = 0; i < n; i++) {
      const z = forward(factor, rank, fitted.map((column) => column[i]!));
      h[i] = z.reduce((sum, value) => sum + value * value, 1 / n);
    }
    return h;
  };
  return {
    residuals,
    get rss() {
      const left = residuals();
      return dot(left, left);
    },
    explained,
    tss,
    rank: rank + 1,
    leverage,
  };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function dot(a: Float64Array, b: Float64Array, count = a.length): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Rows that are centred at once: few enough that all columns stay in the processor's cache. */
const BLOCK = 2048;

/** Products of the centred columns with each other (p × p) and with y, a block of rows at a time. */
function products(y: Float64Array, columns: readonly Float64Array[]): { means: readonly number[]; gram: Float64Array; right: Float64Array } {
  const p = columns.length;
  const means = columns.map(mean);
  const gram = new Float64Array(p * p);
  const right = new Float64Array(p);
  const block = columns.map(() => new Float64Array(BLOCK));
  for (let start = 0; start < y.length; start += BLOCK) {
    const rows = Math.min(BLOCK, y.length - start);
    for (let j = 0; j < p; j++) {
      const [from, into, centre] = [columns[j]!, block[j]!, means[j]!];
      let sum = 0;
      for (let i = 0; i < rows; i++) {
        const value = from[start + i]! - centre;
        into[i] = value;
        sum += value * y[start + i]!;
      }
      right[j]! += sum;
      for (let k = 0; k <= j; k++) gram[j * p + k]! += dot(into, block[k]!, rows);
    }
  }
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) gram[k * p + j] = gram[j * p + k]!;
  return { means, gram, right };
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
