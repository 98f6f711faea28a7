import { formatCount, formatDuration, formatNumber, formatTime } from "../format.ts";
import type { AxisKind } from "./series.ts";

/** A place on the horizontal axis in words: `215`, `3m 12s`, a local time. */
export function axisText(kind: AxisKind, x: number): string {
  if (kind === "relative") return formatDuration(x);
  if (kind === "time") return formatTime(x);
  return Number.isInteger(x) ? formatCount(x) : formatNumber(x);
}

/** A tick of the horizontal axis: as `axisText`, a time without its date. */
export function tickText(kind: AxisKind, x: number): string {
  return kind === "time" ? formatTime(x).slice(11, 16) : axisText(kind, x);
}

/** A tick of the vertical axis. On a log axis only powers of ten and their doubles and fives are written. */
export function valueTick(log: boolean, value: number): string {
  if (!log) return formatNumber(value);
  const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].includes(Math.round(lead * 1e6) / 1e6) ? formatNumber(value) : "";
}
