import type { Cell } from "../api/runs.ts";
import type { Estimated, WireNumber } from "../api/tokens.ts";
import { brief } from "../runs/answer.ts";

/** A value as an answer shows it: four digits of a number, an id's beginning stays the reader's business. */
export function valueText(value: Cell | WireNumber): string {
  if (value === null) return "—";
  return typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity" ? brief(Number(value)) : String(value);
}

/** `0.858 [0.854 – 0.862] (n 32561)`; why there is none. */
export function estimateText(estimate: Estimated): string {
  if (estimate.value === null) return `not defined: ${estimate.reason} (n ${estimate.n})`;
  const { value, low, high, n, level } = estimate;
  return `${brief(value)} [${brief(low)} – ${brief(high)}]${level === 0.95 ? "" : ` at ${level * 100} %`} (n ${n})`;
}

/** The first eight characters, which tools take for the whole. */
export function shortId(runId: string): string {
  return runId.slice(0, 8);
}

/** At most `most` lines, and how many there are beyond. */
export function few(lines: readonly string[], most: number, where: string): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more: ${where}`];
}
