import { LEVEL } from "./estimate.ts";
import { normalQuantile } from "./distributions.ts";

/**
 * An interval for a quantity in (0, 1) from its standard error, built on the logit scale so that it stays inside.
 * At 0 and 1 the logit does not exist: there the plain interval is taken and clipped.
 */
export function logitInterval(value: number, standardError: number): { readonly low: number; readonly high: number } {
  const z = normalQuantile((1 + LEVEL) / 2);
  if (value <= 0 || value >= 1) return { low: Math.max(0, value - z * standardError), high: Math.min(1, value + z * standardError) };
  const centre = Math.log(value / (1 - value));
  const half = (z * standardError) / (value * (1 - value));
  return { low: 1 / (1 + Math.exp(half - centre)), high: 1 / (1 + Math.exp(-half - centre)) };
}
