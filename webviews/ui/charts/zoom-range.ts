import type { AxisRange } from "./series.ts";

/** The range after zooming by `factor` (below 1 is closer) around `at`; null when it would show the whole axis. */
export function zoomed(now: AxisRange, whole: AxisRange, at: number, factor: number): AxisRange | null {
  const from = Math.max(whole.from, at - (at - now.from) * factor);
  const to = Math.min(whole.to, at + (now.to - at) * factor);
  return from <= whole.from && to >= whole.to ? null : { from, to };
}
