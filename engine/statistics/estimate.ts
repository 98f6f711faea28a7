import type { Estimate, Undefined } from "../api/tokens.ts";

/** The coverage of every interval that Touchstone shows. */
export const LEVEL = 0.95;

/** An estimate at the usual level. */
export function estimate(value: number, low: number, high: number, n: number, method: string): Estimate {
  return { value, low, high, n, method, level: LEVEL };
}

/** What the data cannot answer, with the reason in words: shown as "—" with its n, never as 0. */
export function unknown(reason: string, n: number): Undefined {
  return { value: null, reason, n };
}
