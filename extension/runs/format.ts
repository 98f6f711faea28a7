import type { Cell, RunHead } from "../../engine/api/runs.ts";
import { hostOf } from "./servers.ts";

const THIN = "\u202f";

/** 4 significant digits, thin spaces between thousands; what is missing is a dash (UX 2). */
export function formatCell(value: Cell | undefined): string {
  if (value === null || value === undefined) return "—";
  if (value === "Infinity") return "∞";
  if (value === "-Infinity") return "−∞";
  if (typeof value !== "number") return String(value);
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e9 || magnitude < 1e-4) return value.toExponential(3).replace("-", "−");
  const text = Number.isInteger(value) ? String(magnitude) : String(Number(magnitude.toPrecision(4)));
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  return `${value < 0 ? "−" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** `3m 12s`, `1h 05m`, `0.4s`; milliseconds in. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.floor(seconds % 60)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** `734 B`, `12.3 kB`, `1.4 MB`: powers of 1000. */
export function formatSize(bytes: number): string {
  const units = ["kB", "MB", "GB", "TB"];
  if (bytes < 1000) return `${bytes} B`;
  // 999.95 would be printed as 1000.0, so it belongs to the next unit.
  const power = Math.min(units.length, Math.floor(Math.log10(bytes * (1000 / 999.95)) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `now`, `5 min`, `2 h`, `3 d`: how long ago, in the one unit that matters. */
export function formatAge(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} d`;
}

/** What is known of a run that counts as running and whose process may be gone. */
export function silence(since: number, now: number): string {
  const then = new Date(since);
  const day = then.toDateString() === new Date(now).toDateString() ? "" : `${then.getFullYear()}-${pad(then.getMonth() + 1)}-${pad(then.getDate())} `;
  return `no sign of life since ${day}${pad(then.getHours())}:${pad(then.getMinutes())}`;
}

function pad(part: number): string {
  return String(part).padStart(2, "0");
}

/** The plain line behind a run's title in the tree: what a live run does now, else its key metric and age; and the server that it is of. */
export function describeRun(head: RunHead, metric: { readonly key: string; readonly value: Cell } | null, now: number): string {
  const value = metric === null || metric.value === null ? null : `${metric.key} ${formatCell(metric.value)}`;
  const parts: (string | null)[] = [];
  if (head.silentSince !== undefined) parts.push(silence(head.silentSince, now), value);
  else if (head.status === "running") parts.push(head.progress === null ? formatDuration(now - head.start) : `step ${head.progress}`, value);
  else if (head.status === "finished") parts.push(value, formatAge(head.start, now));
  else parts.push(head.error ?? head.status, formatAge(head.start, now));
  if (head.server !== undefined) parts.push(hostOf(head.server));
  return [head.starred ? "★" : null, ...parts].filter((part) => part !== null && part !== "").join("  ");
}
