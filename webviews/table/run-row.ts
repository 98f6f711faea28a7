import type { Cell, ColumnId, RunHead, RunsWindow } from "../../engine/api/runs.ts";
import type { GridRow } from "../ui/grid/column.ts";

/** A run in the table. */
export interface RunRow extends GridRow {
  readonly head: RunHead;
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
    cells: Object.fromEntries(columns.map(([id, cells]) => [id, cells[index] ?? null])),
    depth,
    open: open.has(head.runId),
  }));
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
