import type { Cell, ColumnId, RunHead, RunQuery } from "./runs.ts";
import { request, type WireNumber } from "./tokens.ts";

/**
 * What stands together in one row: runs with the same values of these params, tags or attributes; or `seeds`: runs of one
 * configuration (same script, experiment, commit, number of changed lines and params), which differ in nothing but a seed.
 */
export type GroupBy = "seeds" | readonly ColumnId[];

/**
 * Where a difference to the baseline stands: `better` and `worse` lie outside of chance (the 95 % interval of Welch's t test
 * leaves out 0), `chance` inside, `unknown` where a side has fewer than two runs, nothing varies, or no direction is known.
 */
export type Verdict = "better" | "worse" | "chance" | "unknown";

/** A group's cell. */
export interface GroupCell {
  /**
   * Metrics, durations and differences: the mean over the finished runs that have a number. `start` and `end`: the newest.
   * Everything else: what all runs agree on, null where they differ.
   */
  readonly value: Cell;
  /** Runs that the mean is over; where there is no mean, all runs of the group. */
  readonly n: number;
  /** Standard error of the mean: sample standard deviation ÷ √n; null below two runs. */
  readonly se: number | null;
  /** The runs do not agree. */
  readonly mixed: boolean;
  /** Columns `delta.<metric>` only. */
  readonly change: { readonly low: WireNumber | null; readonly high: WireNumber | null; readonly verdict: Verdict } | null;
}

export interface RunGroup {
  /** Stable as long as one of its runs is: keeps what is unfolded. */
  readonly id: string;
  /** `model gbm · depth 8`; for a configuration the params that tell it apart. */
  readonly title: string;
  readonly runs: number;
  readonly finished: number;
  readonly running: number;
  /** Different seeds, where all runs are of one configuration and have one; else null. */
  readonly seeds: number | null;
  /** When the newest began. */
  readonly start: number;
  /** Sum over the runs that have ended, milliseconds. */
  readonly took: number;
  /** Of the newest run. */
  readonly color: number;
  readonly starred: boolean;
  /** The baseline run is among them. */
  readonly baseline: boolean;
  readonly open: boolean;
  /** The newest runs, at most twenty. */
  readonly heads: readonly RunHead[];
}

export type GroupLine =
  | { readonly kind: "group"; readonly group: RunGroup; readonly cells: Readonly<Record<ColumnId, GroupCell>> }
  /** `level` 1: a configuration with one run stands for itself; 2: a run of the unfolded group above it. */
  | { readonly kind: "run"; readonly head: RunHead; readonly level: 1 | 2; readonly cells: Readonly<Record<ColumnId, Cell>> };

export interface GroupsWindow {
  /** Runs in the scope before the filter. */
  readonly total: number;
  /** Runs after the filter. */
  readonly matched: number;
  readonly groups: number;
  /** Lines in all: groups, and the runs of the unfolded ones. */
  readonly lines: number;
  readonly from: number;
  readonly rows: readonly GroupLine[];
}

/**
 * A window of the grouped table. Runs that only hold other runs (parents of nested runs) are left out. Groups are sorted by
 * their own values as `GroupCell.value` has them, runs within a group as without groups.
 */
export const runsGroups = request<{ query: RunQuery; group: GroupBy; columns: readonly ColumnId[]; open: readonly string[]; from: number; to: number }, GroupsWindow>("runs/groups");
/** The runs of groups, in the query's order, at most a thousand. */
export const runsMembers = request<{ query: RunQuery; group: GroupBy; ids: readonly string[] }, { runIds: readonly string[] }>("runs/members");
/** Writes the baseline into `touchstone.yaml`; null takes it out. */
export const runsSetBaseline = request<{ runId: string | null }, null>("runs/setBaseline");
