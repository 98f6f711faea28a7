import type { CurveRun } from "../ui/charts/curve-panel.ts";
import type { RunRow } from "./run-row.ts";

/** Rows whose curves stand behind the selected ones. */
const MOST_BEHIND = 8;
/** Curves that stand for a group. */
const MOST_OF_GROUP = 5;

/** The selected runs in front; those in sight behind them, or alone. A group stands for its newest runs, in its colour. */
export function curveRuns(selected: readonly string[], seen: ReadonlyMap<string, RunRow>, inSight: readonly RunRow[]): CurveRun[] {
  const lines = (row: RunRow, front: boolean): CurveRun[] =>
    row.group === null
      ? [{ runId: row.head.runId, label: row.head.title, color: row.head.color, front }]
      : row.group.heads.slice(0, MOST_OF_GROUP).map(({ runId }) => ({ runId, label: row.group?.title ?? "", color: row.head.color, front }));
  const chosen = new Set(selected);
  const front = selected.flatMap((id) => seen.get(id) ?? []).flatMap((row) => lines(row, true));
  const behind = inSight.filter(({ id }) => !chosen.has(id)).slice(0, front.length > 0 ? MOST_BEHIND : MOST_BEHIND + 2);
  const all = [...front, ...behind.flatMap((row) => lines(row, false))];
  return all.filter(({ runId }, index) => all.findIndex((other) => other.runId === runId) === index);
}

/** Which runs the curves are of. */
export function curveNote(selected: number, runs: readonly CurveRun[]): string {
  const front = runs.filter((run) => run.front).length;
  return selected > 0 ? `${front} selected in front, ${runs.length - front} behind` : `the first ${runs.length} in sight; select runs to bring them to the front`;
}
