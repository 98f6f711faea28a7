/**
 * Exponential moving average with the start's bias taken out, as TensorBoard draws it (Kingma and Ba 2015, section 3):
 * s_t = w s_(t-1) + (1 - w) y_t, shown as s_t / (1 - w^t). Values that are not finite are passed over and stay as they are.
 */
export function smooth(y: ArrayLike<number>, weight: number): Float64Array {
  const result = Float64Array.from(y);
  if (weight <= 0) return result;
  let average = 0;
  let seen = 0;
  for (let index = 0; index < result.length; index += 1) {
    const value = result[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    seen += 1;
    average = weight * average + (1 - weight) * value;
    result[index] = average / (1 - weight ** seen);
  }
  return result;
}
