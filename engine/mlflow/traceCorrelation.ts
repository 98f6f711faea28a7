/** Jeffreys' prior, which is added to each of the four counts. */
const PRIOR = 0.5;

/**
 * How much two filters find the same traces: normalised pointwise mutual information, −1 for never, 0 for by chance, 1 for always
 * (mlflow/store/analytics/trace_correlation.py). Without a figure where a filter finds nothing.
 */
export function correlation(one: ReadonlySet<number>, other: ReadonlySet<number>, total: number): object {
  const joint = [...one].filter((key) => other.has(key)).length;
  const [a, b, c, d] = [joint, one.size - joint, other.size - joint, total - one.size - other.size + joint];
  const defined = total > 0 && one.size > 0 && other.size > 0 && Math.min(a, b, c, d) >= 0;
  return {
    ...(defined ? { npmi: joint === 0 ? -1 : npmi([a, b, c, d], 0), npmi_smoothed: npmi([a, b, c, d], PRIOR) } : {}),
    filter1_count: one.size,
    filter2_count: other.size,
    joint_count: joint,
    total_count: total,
  };
}

function npmi([a, b, c, d]: readonly [number, number, number, number], prior: number): number {
  if (b === 0 && c === 0 && d === 0) return 1;
  const [both, total, n1, n2] = [a + prior, a + b + c + d + 4 * prior, a + b + 2 * prior, a + c + 2 * prior];
  const pmi = Math.log(both) + Math.log(total) - (Math.log(n1) + Math.log(n2));
  return Math.max(-1, Math.min(1, pmi / -(Math.log(both) - Math.log(total))));
}
