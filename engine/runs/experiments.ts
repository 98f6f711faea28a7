import type { ExperimentSummary } from "../api/runs.ts";
import { wireNumber } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { type DeclaredMetric, directionOf, keyMetrics } from "./keyMetrics.ts";

/** Experiments with their runs counted, the one with the newest run first. `Default` is left out while it is empty. */
export function listExperiments(table: RunTable, view: "active" | "deleted" | "all", declared: readonly DeclaredMetric[]): ExperimentSummary[] {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < table.count; row++) {
    const run = table.run(row);
    if (run.deleted !== null && view === "active") continue;
    const group = rows.get(run.experimentId);
    if (group) group.push(row);
    else rows.set(run.experimentId, [row]);
  }
  return [...table.experiments.values()]
    .filter(({ deleted }) => view === "all" || (deleted === null) === (view === "active"))
    .map(({ experimentId, id, name, script }): ExperimentSummary => {
      const own = rows.get(experimentId) ?? [];
      const server = serverOf(table, own);
      return {
        experimentId: id,
        name,
        script,
        runs: own.length,
        running: own.filter((row) => table.run(row).status === "running").length,
        latest: own.reduce<number | null>((latest, row) => Math.max(latest ?? 0, table.run(row).start), null),
        best: bestRun(table, own, declared),
        ...(server === undefined ? {} : { server }),
      };
    })
    .filter(({ experimentId, runs }) => experimentId !== "0" || runs > 0)
    .sort((a, b) => (b.latest ?? 0) - (a.latest ?? 0) || Number(b.experimentId) - Number(a.experimentId));
}

/** The server that all of these runs are of. */
function serverOf(table: RunTable, [first, ...others]: readonly number[]): string | undefined {
  const server = first === undefined ? undefined : table.server(first);
  return server !== undefined && others.every((row) => table.server(row) === server) ? server : undefined;
}

/** The best of the first key metric whose direction is known; NaN is never best. */
export function bestRun(table: RunTable, rows: readonly number[], declared: readonly DeclaredMetric[]): ExperimentSummary["best"] {
  const present = [...table.metrics].filter(([, values]) => rows.some((row) => values.get(row) !== null)).map(([key]) => key);
  for (const key of keyMetrics(present, declared)) {
    const { direction } = directionOf(key, declared);
    const values = table.metrics.get(key);
    if (direction === "unknown" || !values) continue;
    let best: { row: number; value: number } | null = null;
    for (const row of rows) {
      const value = values.get(row);
      if (value === null || Number.isNaN(value)) continue;
      if (!best || (direction === "up" ? value > best.value : value < best.value)) best = { row, value };
    }
    if (best) return { runId: table.run(best.row).runId, key, value: wireNumber(best.value) };
  }
  return null;
}
