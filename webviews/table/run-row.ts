import type { GroupCell, GroupLine, RunGroup } from "../../engine/api/groups.ts";
import type { Cell, ColumnId, RunHead, RunsWindow } from "../../engine/api/runs.ts";
import type { GridRow } from "../ui/grid/column.ts";

/** A run in the table, or several as one row. */
export interface RunRow extends GridRow {
  /** Of a group its newest run. */
  readonly head: RunHead;
  /** What the row stands for, where that is more than a run. */
  readonly group: RunGroup | null;
  readonly groupCells: Readonly<Record<ColumnId, GroupCell>>;
  readonly cells: Readonly<Record<ColumnId, Cell>>;
  /** 0 for a run of its own, 1 for a child that was unfolded. */
  readonly depth: number;
  readonly open: boolean;
}

/** A window of columns as rows. */
export function rowsOf(window: RunsWindow, depth: number, open: ReadonlySet<string>): RunRow[] {
  const columns = Object.entries(window.columns);
  return window.heads.map((head, index) => ({
    id: head.runId,
    head,
    group: null,
    groupCells: {},
    ...(depth > 0 ? { level: 2 } : head.children > 0 ? { level: 1, expanded: open.has(head.runId) } : {}),
    cells: Object.fromEntries(columns.map(([id, cells]) => [id, cells[index] ?? null])),
    depth,
    open: open.has(head.runId),
  }));
}

/** The lines of a grouped table as rows. */
export function groupRows(lines: readonly GroupLine[]): RunRow[] {
  return lines.flatMap((line): RunRow[] => {
    if (line.kind === "run") return [{ id: line.head.runId, head: { ...line.head, children: 0 }, group: null, groupCells: {}, cells: line.cells, depth: line.level - 1, level: line.level, open: false }];
    const { group, cells } = line;
    const [head] = group.heads;
    return head === undefined ? [] : [{ id: group.id, head, group, groupCells: cells, cells: Object.fromEntries(Object.entries(cells).map(([id, { value }]) => [id, value])), depth: 0, level: 1, expanded: group.open, open: group.open }];
  });
}

/** An unfolded run: where it stands among the runs of their own, and its children. */
export interface Unfolded {
  readonly place: number;
  readonly children: readonly RunRow[];
}

/** A stretch of the table: runs of their own by their range, or children that are here already. */
export type Stretch = { readonly from: number; readonly to: number } | { readonly rows: readonly RunRow[] };

/** Where the rows [from, to) of the table come from, when children stand below their parents. `unfolded` is sorted by place. */
export function stretches(from: number, to: number, count: number, unfolded: readonly Unfolded[]): Stretch[] {
  const parts: Stretch[] = [];
  let row = 0;
  let place = 0;
  const own = (until: number): void => {
    const start = Math.max(from, row);
    const end = Math.min(to, row + until - place);
    if (end > start) parts.push({ from: place + start - row, to: place + end - row });
    row += until - place;
    place = until;
  };
  for (const { place: parent, children } of unfolded) {
    own(Math.min(count, parent + 1));
    const start = Math.max(from, row);
    const end = Math.min(to, row + children.length);
    if (end > start) parts.push({ rows: children.slice(start - row, end - row) });
    row += children.length;
  }
  own(count);
  return parts;
}
