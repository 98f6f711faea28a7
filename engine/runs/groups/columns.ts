import type { GroupCell } from "../../api/groups.ts";
import type { Cell, ColumnId } from "../../api/runs.ts";
import type { Moments } from "../../statistics/mean.ts";
import type { Baseline } from "../baseline.ts";
import { tableColumn, wireNumber } from "../cells.ts";
import type { RunTable } from "../columns/runTable.ts";
import type { SortKey } from "../columns/sort.ts";
import { type DeclaredMetric, directionOf } from "../keyMetrics.ts";
import type { Partition } from "./partition.ts";
import { difference, finishedMoments, type RowValue, standardError } from "./spread.ts";

/** A column of the grouped table: what a group shows and where it stands. */
export interface GroupColumn {
  cell(rows: Uint32Array): GroupCell;
  /** What one of its runs shows below it; absent: what it shows by itself. */
  run?(row: number): Cell;
  /** For each group what it sorts by. */
  sortKey(groups: Partition): SortKey;
}

/** What columns of groups are about. */
export interface GroupScope {
  readonly table: RunTable;
  readonly baseline: Baseline | null;
  readonly declared: readonly DeclaredMetric[];
  titleOf(rows: Uint32Array): string;
}

/** Finds a column. Throws `UNKNOWN_COLUMN`. */
export function groupColumn(scope: GroupScope, id: ColumnId): GroupColumn {
  const { table } = scope;
  const key = id.slice(id.indexOf(".") + 1);
  if (id.startsWith("metrics.")) {
    const values = table.metrics.get(key);
    return meanColumn(table, values === undefined ? () => null : (row) => values.get(row));
  }
  if (id.startsWith("delta.")) return deltaColumn(scope, key);
  if (id === "run") return titleColumn(scope);
  if (id === "duration") {
    const { sortKey } = tableColumn(table, id);
    return meanColumn(table, sortKey());
  }
  if (id === "start" || id === "end") return newestColumn(table, id);
  return sharedColumn(table, id);
}

/** Mean and standard error over the finished runs. */
function meanColumn(table: RunTable, value: RowValue): GroupColumn {
  return {
    cell(rows) {
      const found = finishedMoments(table, rows, value);
      return { value: found.n === 0 ? null : wireNumber(found.mean), n: found.n, se: standardError(found), mixed: false, change: null };
    },
    sortKey: (groups) => means(table, groups, value),
  };
}

/** The mean of each group, found once for a sort, by the steps of `finishedMoments`: what is shown is what is sorted by. */
function means(table: RunTable, groups: Partition, value: RowValue): SortKey {
  return orMissing(meansOf(table, groups, value));
}

/** NaN where no finished run has a finite number. */
export function meansOf(table: RunTable, groups: Partition, value: RowValue): Float64Array {
  return groups.map((members, from, to) => {
    let n = 0;
    let mean = 0;
    for (let at = from; at < to; at++) {
      const row = members[at] ?? 0;
      const one = value(row);
      if (one !== null && Number.isFinite(one) && table.facts.finished(row)) mean += (one - mean) / ++n;
    }
    return n === 0 ? Number.NaN : mean;
  });
}

function orMissing(found: Float64Array): SortKey {
  return (group) => (Number.isNaN(found[group]) ? null : (found[group] ?? null));
}

/** The mean's difference from the mean of the baseline's configuration. */
function deltaColumn({ table, baseline, declared }: GroupScope, key: string): GroupColumn {
  const values = table.metrics.get(key);
  const value: RowValue = (row) => values?.get(row) ?? null;
  const { direction } = directionOf(key, declared);
  const base: Moments = finishedMoments(table, baseline?.rows ?? [], value);
  return {
    cell(rows) {
      const own = finishedMoments(table, rows, value);
      const found = difference(own, base, direction);
      if (found === null) return { value: null, n: own.n, se: null, mixed: false, change: null };
      // The baseline's own configuration differs from itself by nothing, which is no finding; in another order its mean is rounded otherwise.
      const same = baseline !== null && rows.includes(baseline.row);
      const itself = same && rows.length === baseline.rows.length && rows.every((row) => baseline.rows.includes(row));
      const { low, high } = found.interval ?? { low: null, high: null };
      const change = same ? { low: null, high: null, verdict: "unknown" as const } : { low: low === null ? null : wireNumber(low), high: high === null ? null : wireNumber(high), verdict: found.verdict };
      return { value: itself ? 0 : wireNumber(found.value), n: own.n, se: null, mixed: false, change };
    },
    // Below a group its runs are compared with what the group is compared with.
    run(row) {
      const one = value(row);
      return one === null || base.n === 0 ? null : wireNumber(one - base.mean);
    },
    sortKey(groups) {
      const mean = means(table, groups, value);
      return (group) => (base.n === 0 ? null : mean(group));
    },
  };
}

function titleColumn({ titleOf }: GroupScope): GroupColumn {
  return {
    cell: (rows) => ({ value: titleOf(rows), n: rows.length, se: null, mixed: false, change: null }),
    sortKey(groups) {
      const titles = Array.from({ length: groups.count }, (_, group) => titleOf(groups.rows(group)));
      const places = new Map([...new Set(titles)].sort(new Intl.Collator("en", { numeric: true }).compare).map((title, place) => [title, place]));
      return (group) => places.get(titles[group] ?? "") ?? null;
    },
  };
}

function newestColumn(table: RunTable, id: "start" | "end"): GroupColumn {
  const value = (row: number): number | null => table.run(row)[id];
  const newest = (members: Uint32Array, from: number, to: number): number => {
    let last = Number.NaN;
    for (let at = from; at < to; at++) {
      const time = value(members[at] ?? 0);
      if (time !== null && !(time <= last)) last = time;
    }
    return last;
  };
  return {
    cell(rows) {
      const last = newest(rows, 0, rows.length);
      return { value: Number.isNaN(last) ? null : last, n: rows.length, se: null, mixed: rows.some((row) => value(row) !== last), change: null };
    },
    sortKey: (groups) => orMissing(groups.map(newest)),
  };
}

/** What all runs agree on. */
function sharedColumn(table: RunTable, id: ColumnId): GroupColumn {
  const { cell, sortKey } = tableColumn(table, id);
  const mixed = (members: Uint32Array, from: number, to: number): boolean => {
    const first = cell(members[from] ?? 0);
    for (let at = from + 1; at < to; at++) if (cell(members[at] ?? 0) !== first) return true;
    return false;
  };
  return {
    cell(rows) {
      const differ = mixed(rows, 0, rows.length);
      return { value: differ ? null : cell(rows[0] ?? 0), n: rows.length, se: null, mixed: differ, change: null };
    },
    sortKey(groups) {
      const key = sortKey();
      return orMissing(groups.map((members, from, to) => (mixed(members, from, to) ? Number.NaN : (key(members[from] ?? 0) ?? Number.NaN))));
    },
  };
}
