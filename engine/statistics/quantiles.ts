/** The p-quantile of ascending values, linearly interpolated (type 7 of Hyndman and Fan: NumPy's and R's default). NaN when empty. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const position = p * (n - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, n - 1)] ?? Number.NaN;
  return low + (position - below) * (high - low);
}

/** The value with this rank (0 is the smallest), without sorting all (Hoare 1961): reorders the values, which hold no NaN. */
export function selectRank(values: Float64Array, rank: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank] ?? Number.NaN;
}

/**
 * Inner edges that cut the finite values into about `bins` parts of equal mass. Edges that coincide are merged, so
 * fewer come back where one value is frequent. `sorted` is ascending and without NaN.
 */
export function equalMassEdges(sorted: { readonly length: number; at(rank: number): number | undefined }, bins: number): number[] {
  const edges: number[] = [];
  const first = sorted.at(0) ?? Number.NaN;
  for (let b = 1; b < bins; b++) {
    const edge = sorted.at(Math.min(sorted.length - 1, Math.floor((b * sorted.length) / bins))) ?? Number.NaN;
    if (edge > first && edge !== edges.at(-1)) edges.push(edge);
  }
  return edges;
}
