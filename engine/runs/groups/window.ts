import type { GroupBy, GroupCell, GroupLine, GroupsWindow, RunGroup } from "../../api/groups.ts";
import type { Cell, ColumnId, RunQuery } from "../../api/runs.ts";
import { runHead, tableColumn } from "../cells.ts";
import type { RunTable } from "../columns/runTable.ts";
import { sortRows } from "../columns/sort.ts";
import { runQuery, scopeRows } from "../query.ts";
import { isSeed, lastPart } from "../seeds.ts";
import { atOnce, type Steps } from "../turns.ts";
import { configurations, configurationSteps } from "./configurations.ts";
import { type GroupScope, groupColumn } from "./columns.ts";
import { type Partition, partition } from "./partition.ts";

/** Runs of a group that are sent with it: for their curves. */
const HEADS = 20;

export type GroupedScope = Omit<GroupScope, "titleOf">;

/** A grouped table: groups in the query's order. */
export interface Grouped {
  readonly total: number;
  readonly matched: number;
  readonly groups: Partition;
  /** Groups from the first to the last. */
  readonly order: Uint32Array;
  readonly by: GroupBy;
  readonly scope: GroupScope;
}

/** Groups the query's runs; parents of nested runs are left out, since their children are the runs that were trained. */
export function groupRuns(scope: GroupedScope, query: RunQuery, by: GroupBy): Grouped {
  return atOnce(groupSteps(scope, query, by));
}

/** The same in steps. */
export function* groupSteps(scope: GroupedScope, query: RunQuery, by: GroupBy): Steps<Grouped> {
  const { table, baseline } = scope;
  const { sort, ...unsorted } = query;
  const { topLevel: _, ...everyLevel } = sort === undefined ? unsorted : { ...unsorted, sort };
  if (by === "seeds") yield* configurationSteps(table);
  const isLeaf = (row: number): boolean => table.children(row) === 0;
  const { rows } = runQuery(table, everyLevel, baseline?.row ?? null);
  yield;
  const leaves = rows.filter(isLeaf);
  const total = query.filter === undefined ? leaves.length : scopeRows(table, everyLevel).filter(isLeaf).length;
  yield;
  const groups = partition(table, leaves, by);
  const named: GroupScope = { ...scope, titleOf: (members) => groupTitle(table, members, by) };
  const order = Uint32Array.from({ length: groups.count }, (__, group) => group);
  // Groups stand in order of their first run, which settles what the asked columns leave open.
  for (const { column, descending } of [...(sort ?? [])].reverse()) {
    yield;
    sortRows(order, groupColumn(named, column).sortKey(groups), descending);
  }
  return { total, matched: leaves.length, groups, order, by, scope: named };
}

/** The lines [from, to) of a grouped table. */
export function groupWindow(grouped: Grouped, columns: readonly ColumnId[], open: readonly string[], from: number, to: number): GroupsWindow {
  return atOnce(windowSteps(grouped, columns, open, from, to));
}

/** The same with a step for each cell: a group may be all runs. */
export function* windowSteps(grouped: Grouped, columns: readonly ColumnId[], open: readonly string[], from: number, to: number): Steps<GroupsWindow> {
  const { groups, order, scope } = grouped;
  const { table, baseline } = scope;
  const opened = openGroups(grouped, open);
  const cells = columns.map((id) => [id, groupColumn(scope, id), tableColumn(table, id, baseline?.row ?? null)] as const);
  const line = (row: number, level: 1 | 2): GroupLine => ({ kind: "run", head: runHead(table, row), level, cells: Object.fromEntries(cells.map(([id, of, { cell }]): [ColumnId, Cell] => [id, of.run === undefined ? cell(row) : of.run(row)])) });
  const rows: GroupLine[] = [];
  let at = 0;
  for (const group of order) {
    const size = groups.size(group);
    const alone = standsAlone(grouped, size);
    const length = opened.has(group) && !alone ? size + 1 : 1;
    if (at < to && at + length > from) {
      const members = groups.rows(group);
      if (at >= from && alone) rows.push(line(members[0] ?? 0, 1));
      else if (at >= from) {
        const own: Record<ColumnId, GroupCell> = {};
        for (const [id, { cell }] of cells) {
          yield;
          own[id] = cell(members);
        }
        rows.push({ kind: "group", group: describe(grouped, members, opened.has(group)), cells: own });
      }
      if (length > 1) for (const row of members.subarray(Math.max(0, from - at - 1), Math.max(0, to - at - 1))) rows.push(line(row, 2));
    }
    at += length;
  }
  return { total: grouped.total, matched: grouped.matched, groups: groups.count, lines: at, from: Math.max(0, Math.min(from, at)), rows };
}

/** The runs of some groups in the order of the table. */
export function groupMembers(grouped: Grouped, ids: readonly string[]): number[] {
  const wanted = openGroups(grouped, ids);
  return [...grouped.order].flatMap((group) => (wanted.has(group) ? [...grouped.groups.rows(group)] : []));
}

/** A configuration with one run is that run. */
export function standsAlone({ by }: Grouped, runs: number): boolean {
  return by === "seeds" && runs === 1;
}

/** The id of a group is that of its first run, by when it came into the store: it stays when runs are added or sorted. */
export function groupId(table: RunTable, members: Iterable<number>): string {
  let first = Number.POSITIVE_INFINITY;
  for (const row of members) if (row < first) first = row;
  return `group:${table.run(first).runId}`;
}

function openGroups({ groups, scope: { table } }: Grouped, ids: readonly string[]): Set<number> {
  if (ids.length === 0) return new Set();
  const wanted = new Set(ids.flatMap((id) => table.row(id.replace(/^group:/, "")) ?? []));
  const firsts = groups.map((members, from, to) => {
    let first = members[from] ?? 0;
    for (let at = from + 1; at < to; at++) first = Math.min(first, members[at] ?? first);
    return first;
  });
  return new Set(Array.from(firsts, (first, group) => (wanted.has(first) ? group : -1)).filter((group) => group !== -1));
}

function describe({ by, scope }: Grouped, members: Uint32Array, open: boolean): RunGroup {
  const { table, baseline } = scope;
  const { facts } = table;
  const newest: number[] = [];
  let oldest = Number.NEGATIVE_INFINITY;
  let finished = 0;
  let running = 0;
  let took = 0;
  let starred = false;
  for (let at = 0; at < members.length; at++) {
    const row = members[at] ?? 0;
    if (facts.finished(row)) finished++;
    else if (facts.live(row)) running++;
    took += facts.took(row);
    starred ||= facts.starred(row);
    const began = facts.start(row);
    if (began < oldest) continue;
    const place = newest.findIndex((other) => began > facts.start(other) || (began === facts.start(other) && row > other));
    newest.splice(place === -1 ? newest.length : place, 0, row);
    if (newest.length > HEADS) newest.pop();
    if (newest.length === HEADS) oldest = facts.start(newest[HEADS - 1] ?? 0);
  }
  const { start, color } = table.run(newest[0] ?? 0);
  return {
    id: groupId(table, members),
    title: groupTitle(table, members, by),
    runs: members.length,
    finished,
    running,
    seeds: seedsOf(table, members),
    start,
    took,
    color,
    starred,
    baseline: baseline !== null && members.includes(baseline.row),
    open,
    heads: newest.map((row) => runHead(table, row)),
  };
}

/** Different seeds of the runs of one configuration; null where they are of several, or where none has a seed. */
export function seedsOf(table: RunTable, members: ArrayLike<number>): number | null {
  const { of } = configurations(table);
  const first = members[0] ?? 0;
  const columns = [...table.params].filter(([key]) => isSeed(key)).map(([, values]) => values);
  const seen = new Set<string>();
  for (let i = 0; i < members.length; i++) {
    const row = members[i] ?? 0;
    if (of[row] !== of[first]) return null;
    const seeds = columns.map((values) => values.code(row));
    if (seeds.some((code) => code >= 0)) seen.add(seeds.join(" "));
  }
  return seen.size === 0 ? null : seen.size;
}

/** The values that put the runs together; of a configuration the params that tell it apart. */
export function groupTitle(table: RunTable, members: Uint32Array, by: GroupBy): string {
  const row = members[0] ?? 0;
  if (by === "seeds") return members.length === 1 ? table.title(row) : table.configurationTitle(row);
  const part = (id: ColumnId): string => {
    const value = tableColumn(table, id).cell(row);
    const key = id.includes(".") ? lastPart(id.slice(id.indexOf(".") + 1)) : id;
    return value === null || value === "" ? `no ${key}` : /^(status|script|experiment|user)$/.test(id) ? String(value) : id === "commit" ? String(value).slice(0, 7) : `${key} ${String(value)}`;
  };
  return by.map(part).join(" · ");
}
