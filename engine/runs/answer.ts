import type { MetricSummary } from "../api/runs.ts";
import type { RunTable } from "./columns/runTable.ts";

/** A number as sentences show it: four significant digits. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(3).replace(/\.?0+e/, "e").replaceAll("-", "−");
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

/** A length of time: `3m 12s`. */
export function briefDuration(ms: number): string {
  const s = ms / 1000;
  if (s < 60) return `${Number(s.toPrecision(s < 10 ? 2 : 3))} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}m ${Math.round(s % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** The run page's first sentence: how it went, and where it stands among the runs of its experiment. */
export function runAnswer(table: RunTable, row: number, metrics: readonly MetricSummary[]): string {
  const run = table.run(row);
  const title = table.title(row);
  const silentSince = table.signs.silentSince(run);
  const took = run.end === null ? "" : ` after ${briefDuration(run.end - run.start)}`;
  const state =
    run.status === "finished" ? `${title} finished${took}`
    : silentSince !== undefined ? `${title} has given no sign of life for ${briefDuration(Date.now() - silentSince)}: its process may have ended without a word`
    : run.status === "running" ? `${title} is running${run.progress === null ? "" : ` (${run.progress})`}`
    : run.status === "scheduled" ? `${title} has not started yet`
    : run.status === "killed" ? `${title} was stopped${took}`
    : run.status === "lost" ? `${title} is lost: nobody saw how it ended`
    : `${title} failed${took}${run.error === null ? "" : `: ${run.error}`}`;
  const key = metrics.find(({ isKey }) => isKey);
  if (!key) return metrics.length === 0 ? `${state}. It logged no metric.` : `${state}. No metric is declared as key metric.`;
  const value = `${key.key} is ${brief(Number(key.last))}`;
  const rank = rankAmong(table, row, key);
  return `${state}; ${value}${rank}.`;
}

/** The place of the value among the runs of its experiment, where better and worse are known. */
function rankAmong(table: RunTable, row: number, key: MetricSummary): string {
  const values = table.metrics.get(key.key);
  const own = values?.get(row) ?? null;
  if (!values || own === null || Number.isNaN(own) || key.direction === "unknown") return "";
  const sign = key.direction === "up" ? 1 : -1;
  let others = 0;
  let better = 0;
  let best: { row: number; value: number } | null = null;
  for (let other = 0; other < table.count; other++) {
    const value = values.get(other);
    if (other === row || value === null || Number.isNaN(value) || table.run(other).deleted !== null || table.run(other).experimentId !== table.run(row).experimentId) continue;
    others++;
    if (sign * (value - own) > 0) better++;
    if (!best || sign * (value - best.value) > 0) best = { row: other, value };
  }
  if (!best) return "; there is no other run to compare it with";
  if (better === 0) return `, the best of ${others + 1} runs (next: ${brief(best.value)})`;
  return `, place ${better + 1} of ${others + 1} runs; the best is ${table.title(best.row)} with ${brief(best.value)}`;
}
