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

/** A tick of the vertical axis, with the decimals that tell it from its neighbours. On a log axis only 1, 2 and 5 of each power of ten are written. */
export function valueTick(log: boolean, value: number, ticks: readonly number[]): string {
  if (log) {
    const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
    return [1, 2, 5].includes(Math.round(lead * 1e6) / 1e6) ? formatNumber(value, Math.max(0, -Math.floor(Math.log10(value) + 1e-9))) : "";
  }
  const [first = 0, second = first + 1] = ticks;
  const step = Math.abs(second - first);
  return formatNumber(value, Math.min(8, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (Number.isInteger(Math.round((step / 10 ** Math.floor(Math.log10(step) + 1e-9)) * 1e6) / 1e6) ? 0 : 1))));
}
