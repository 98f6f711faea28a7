import type { WireNumber } from "../../engine/api/tokens.ts";

// A thin space may not end a line inside a number, so it stands between two word joiners.
const THOUSANDS = "\u2060\u2009\u2060";
const MINUS = "\u2212";
const NARROW = "\u202f";
/** Stands for what is missing. */
export const MISSING = "—";

/** A number from its wire form; missing becomes NaN, so ask for null first. */
export function toNumber(value: WireNumber): number {
  return typeof value === "number" ? value : Number(value);
}

/** Decimals after the point that give a column of these values `digits` significant digits at its median magnitude; 0 for whole numbers. */
export function columnDecimals(values: Iterable<WireNumber | null>, digits = 4): number {
  const magnitudes: number[] = [];
  let whole = true;
  for (const value of values) {
    if (value === null) continue;
    const number = toNumber(value);
    if (!Number.isFinite(number)) continue;
    if (!Number.isInteger(number)) whole = false;
    if (number !== 0) magnitudes.push(Math.abs(number));
  }
  if (whole || magnitudes.length === 0) return 0;
  magnitudes.sort((a, b) => a - b);
  const median = magnitudes[magnitudes.length >> 1] ?? 1;
  return Math.min(8, Math.max(0, digits - 1 - Math.floor(Math.log10(median))));
}

/** `1 234.50` with thin spaces, `NaN`, `∞`, `—`; scientific where the decimals would hide or flood the value. */
export function formatNumber(value: WireNumber | null, decimals = columnDecimals([value])): string {
  if (value === null) return MISSING;
  const number = toNumber(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(number);
  if (size >= 1e12 || (number !== 0 && size < 0.5 * 10 ** -decimals)) return scientific(number);
  const [whole = "", fraction] = size.toFixed(decimals).split(".");
  return (number < 0 && Number(size.toFixed(decimals)) !== 0 ? MINUS : "") + group(whole) + (fraction === undefined ? "" : `.${fraction}`);
}

/** As `formatNumber` with `+` before what is not negative; zero has no sign. */
export function formatSigned(value: WireNumber | null, decimals?: number): string {
  const text = formatNumber(value, decimals);
  return value !== null && toNumber(value) > 0 ? `+${text}` : text;
}

/** The uncertainty beside a value: `±.0055` (the zero before the point is left out to keep the cell narrow). */
export function formatError(error: number, decimals: number): string {
  return `±${formatNumber(error, decimals).replace(/^0\./, ".")}`;
}

/** A whole number with thin spaces. */
export function formatCount(count: number): string {
  return (count < 0 ? MINUS : "") + group(String(Math.abs(Math.round(count))));
}

/** `1 run`, `2 runs`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A share of 1 as `14.2 %`. */
export function formatPercent(share: WireNumber | null, decimals = 1): string {
  if (share === null) return MISSING;
  const number = toNumber(share);
  return Number.isFinite(number) ? `${formatNumber(number * 100, decimals)}${NARROW}%` : formatNumber(share);
}

/** Milliseconds as `320 ms`, `14s`, `3m 12s`, `2h 05m`, `3d 4h`. */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return MISSING;
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${ms < 9950 ? (ms / 1000).toFixed(1) : seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  return `${formatCount(Math.floor(minutes / 1440))}d ${Math.floor((minutes % 1440) / 60)}h`;
}

/** How long ago: `now`, `40 s`, `5 min`, `2 h`, `3 d`, `4 mo`, `2 y`. */
export function formatAge(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  if (days < 60) return `${days} d`;
  return days < 730 ? `${Math.floor(days / 30)} mo` : `${Math.floor(days / 365)} y`;
}

/** Local date and time, to the second. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** Decimal units: `640 B`, `46 kB`, `1.4 MB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return MISSING;
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 would be printed as 1000.0, so it belongs to the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Full precision, for hover and copy: plain ASCII that other programs read. */
export function exact(value: WireNumber | string | boolean | null): string {
  return value === null ? "" : String(value);
}

/** `abc1234` of a commit or digest. */
export function shortId(id: string, length = 7): string {
  return id.replace(/^(sampled-)?sha256:/, "").slice(0, length);
}

function group(whole: string): string {
  return whole.length < 4 ? whole : whole.replace(/\B(?=(\d{3})+(?!\d))/g, THOUSANDS);
}

function scientific(number: number): string {
  const [mantissa = "", exponent = ""] = number.toExponential(2).split("e");
  return `${mantissa.replace("-", MINUS)}e${exponent.replace("+", "").replace("-", MINUS)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
