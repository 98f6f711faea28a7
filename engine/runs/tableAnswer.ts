import type { ColumnId } from "../api/runs.ts";
import { brief } from "./answer.ts";
import type { RunTable } from "./columns/runTable.ts";
import { type DeclaredMetric, directionOf, keyMetrics } from "./keyMetrics.ts";

interface Place {
  readonly row: number;
  readonly value: number;
}

/** The two best finished runs by a metric; fewer where fewer have a value. Null where better is unknown. */
function bestTwo(table: RunTable, rows: Uint32Array, key: string, declared: readonly DeclaredMetric[]): Place[] | null {
  const { direction } = directionOf(key, declared);
  const values = table.metrics.get(key);
  if (direction === "unknown" || values === undefined) return null;
  const sign = direction === "up" ? 1 : -1;
  const best: Place[] = [];
  for (const row of rows) {
    const value = values.get(row);
    if (value === null || Number.isNaN(value) || table.run(row).status !== "finished") continue;
    const place = best.findIndex((other) => sign * (value - other.value) > 0);
    best.splice(place === -1 ? best.length : place, 0, { row, value });
    best.length = Math.min(best.length, 2);
  }
  return best;
}

/** The best run of each metric column among at least two; a column without a known direction has none. */
export function bestOfColumns(table: RunTable, rows: Uint32Array, columns: readonly ColumnId[], declared: readonly DeclaredMetric[]): Record<ColumnId, string> {
  const found = columns
    .filter((id) => id.startsWith("metrics."))
    .flatMap((id): [ColumnId, string][] => {
      const [first, second] = bestTwo(table, rows, id.slice("metrics.".length), declared) ?? [];
      return first === undefined || second === undefined ? [] : [[id, table.run(first.row).runId]];
    });
  return Object.fromEntries(found);
}

/** The sentence above the runs table (UX rule 2): which run is best by the key metric, or what is missing to say so. */
export function tableAnswer(table: RunTable, rows: Uint32Array, declared: readonly DeclaredMetric[]): string {
  if (rows.length === 0) return "";
  const states = Array.from(rows, (row) => table.run(row).status);
  const finished = states.filter((status) => status === "finished").length;
  const running = states.filter((status) => status === "running").length;
  const live = running === 0 ? "" : ` ${running === 1 ? "1 run is" : `${running} runs are`} under way.`;
  if (finished === 0) return running > 0 ? `No run has finished yet.${live}` : "No run has finished: their states and logs say why.";
  const present = [...table.metrics].filter(([, values]) => rows.some((row) => values.get(row) !== null)).map(([key]) => key);
  const [key] = keyMetrics(present, declared);
  if (key === undefined) return present.length === 0 ? `${count(finished)} finished, and none logged a metric.${live}` : `${count(finished)} finished. No metric is named as held-out (val, test) or declared in touchstone.yaml, so none is the best.${live}`;
  const best = bestTwo(table, rows, key, declared);
  if (best === null) return `${count(finished)} finished. Whether ${key} should rise or fall is not known: declare it in touchstone.yaml.${live}`;
  const [first, second] = best;
  if (first === undefined) return `${count(finished)} finished, none with a value of ${key}.${live}`;
  const title = table.title(first.row);
  if (second === undefined) return `**${title}** is the only finished run with ${key}: **${brief(first.value)}**. A second run makes a comparison.${live}`;
  if (first.value === second.value) return `**${title}** and **${table.title(second.row)}** are level on ${key}: **${brief(first.value)}** (${count(finished)} finished).${live}`;
  return `**${title}** is best on ${key}: **${brief(first.value)}**, ${brief(Math.abs(first.value - second.value))} ahead of ${table.title(second.row)} (${count(finished)} finished; one run each does not rule out chance).${live}`;
}

function count(runs: number): string {
  return runs === 1 ? "1 run" : `${runs} runs`;
}
