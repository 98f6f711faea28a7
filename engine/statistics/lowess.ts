/**
 * LOWESS (Cleveland 1979): locally weighted straight lines with tricube weights over the nearest `fraction` of the
 * points and bisquare robustness passes. Fits stand at points at least `delta` apart and are interpolated between,
 * as in statsmodels and R.
 * @param x ascending
 * @returns the smoothed value at every x
 */
export function lowess(x: Float64Array, y: Float64Array, fraction = 2 / 3, passes = 3, delta = 0): Float64Array {
  const n = x.length;
  const fitted = new Float64Array(n);
  if (n < 3) return y.slice();
  const window = Math.min(n, Math.max(2, Math.floor(fraction * n + 1e-10)));
  const robust = new Float64Array(n).fill(1);
  for (let pass = 0; pass <= passes; pass++) {
    fitAll(x, y, robust, fitted, window, delta);
    if (pass < passes) reweigh(y, fitted, robust);
  }
  return fitted;
}

function fitAll(x: Float64Array, y: Float64Array, robust: Float64Array, fitted: Float64Array, window: number, delta: number): void {
  const n = x.length;
  let left = 0;
  let last = -1;
  for (let i = 0; i < n; ) {
    while (left + window < n && x[i]! > (x[left]! + x[left + window]!) / 2) left++;
    fitted[i] = fitAt(x, y, robust, x[i]!, left, window);
    for (let k = last + 1; last >= 0 && k < i; k++) {
      const share = (x[k]! - x[last]!) / (x[i]! - x[last]!);
      fitted[k] = (1 - share) * fitted[last]! + share * fitted[i]!;
    }
    last = i;
    let next = i + 1;
    while (next < n && x[next] === x[i]) fitted[(last = next++)] = fitted[i]!;
    const reach = x[i]! + delta;
    let far = next;
    while (far < n - 1 && x[far]! <= reach) far++;
    i = Math.max(far - 1, next);
  }
}

function fitAt(x: Float64Array, y: Float64Array, robust: Float64Array, at: number, left: number, window: number): number {
  const right = left + window - 1;
  const radius = Math.max(at - x[left]!, x[right]! - at);
  let sum = 0;
  let sumX = 0;
  let sumY = 0;
  const weights = new Float64Array(window);
  for (let j = left; j <= right; j++) {
    const distance = Math.abs(x[j]! - at);
    const share = distance / radius;
    const rest = 1 - share * share * share;
    const near = distance < radius ? rest * rest * rest : 0;
    const weight = near * robust[j]!;
    weights[j - left] = weight;
    sum += weight;
    sumX += weight * x[j]!;
    sumY += weight * y[j]!;
  }
  if (!(sum > 0)) return y[Math.min(right, Math.max(left, left + Math.floor(window / 2)))]!;
  const centreX = sumX / sum;
  const centreY = sumY / sum;
  let spread = 0;
  let slope = 0;
  for (let j = left; j <= right; j++) {
    const weight = weights[j - left]!;
    const dx = x[j]! - centreX;
    spread += weight * dx * dx;
    slope += weight * dx * (y[j]! - centreY);
  }
  // Where all weight stands on one x there is no line, only a level.
  const range = x[x.length - 1]! - x[0]!;
  return spread / sum < (0.001 * range) ** 2 ? centreY : centreY + (slope / spread) * (at - centreX);
}

function reweigh(y: Float64Array, fitted: Float64Array, robust: Float64Array): void {
  const distances = y.map((value, i) => Math.abs(value - fitted[i]!));
  const sorted = distances.slice().sort();
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 0 ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[half]!;
  if (median === 0) return;
  for (let i = 0; i < robust.length; i++) {
    const u = distances[i]! / (6 * median);
    robust[i] = u < 1 ? (1 - u * u) ** 2 : 0;
  }
}
