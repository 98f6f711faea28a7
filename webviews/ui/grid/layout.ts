import { MIN_WIDTH, type GridColumn, type GridLayout, type GridRow } from "./column.ts";

/** A column in its place, in pixels from the left of the grid's content. */
export interface PlacedColumn<Row extends GridRow> {
  readonly column: GridColumn<Row>;
  readonly index: number;
  readonly left: number;
  readonly width: number;
  readonly pinned: boolean;
  /** The first of its group: gets the hairline and the group's name. */
  readonly first: boolean;
  /** Total width of the neighbouring columns of its group; 0 unless `first`. */
  readonly groupWidth: number;
}

/** Pinned columns first, then the person's order, then the rest; hidden ones left out. */
export function placeColumns<Row extends GridRow>(columns: readonly GridColumn<Row>[], layout: GridLayout): PlacedColumn<Row>[] {
  const rank = (id: string): number => {
    const place = layout.order.indexOf(id);
    return place === -1 ? layout.order.length : place;
  };
  const shown = columns
    .filter((column) => !layout.hidden.includes(column.id))
    .map((column, place) => ({ column, pinned: layout.pinned.includes(column.id), place }))
    .sort((a, b) => Number(b.pinned) - Number(a.pinned) || rank(a.column.id) - rank(b.column.id) || a.place - b.place);
  let left = 0;
  const placed = shown.map(({ column, pinned }, index) => {
    const width = Math.max(MIN_WIDTH, layout.widths[column.id] ?? column.width);
    const before = shown[index - 1];
    const first = before === undefined || before.column.group !== column.group || before.pinned !== pinned;
    const at = { column, index, left, width, pinned, first };
    left += width;
    return at;
  });
  return placed.map((at, index) => {
    if (!at.first) return { ...at, groupWidth: 0 };
    let end = index + 1;
    while (placed[end]?.first === false) end += 1;
    return { ...at, groupWidth: placed.slice(index, end).reduce((sum, { width }) => sum + width, 0) };
  });
}

/** The columns that a viewport needs: pinned ones, those in sight, and the one that holds the focus. */
export function columnsInSight<Row extends GridRow>(placed: readonly PlacedColumn<Row>[], scrollLeft: number, viewport: number, active: number): PlacedColumn<Row>[] {
  const pinnedWidth = placed.reduce((sum, at) => sum + (at.pinned ? at.width : 0), 0);
  return placed.filter((at) => at.pinned || at.index === active || (at.left + at.width > scrollLeft + pinnedWidth && at.left < scrollLeft + viewport));
}

/** The scroll position that brings a column fully into sight, as little as possible. */
export function scrollToColumn<Row extends GridRow>(placed: readonly PlacedColumn<Row>[], index: number, scrollLeft: number, viewport: number): number {
  const at = placed[index];
  if (at === undefined || at.pinned) return scrollLeft;
  const pinnedWidth = placed.reduce((sum, other) => sum + (other.pinned ? other.width : 0), 0);
  if (at.left < scrollLeft + pinnedWidth) return at.left - pinnedWidth;
  if (at.left + at.width > scrollLeft + viewport) return at.left + at.width - viewport;
  return scrollLeft;
}

/** The order of ids after `id` was dropped before or after `target`. */
export function moveColumn(order: readonly string[], id: string, target: string, after: boolean): string[] {
  if (id === target) return [...order];
  const rest = order.filter((other) => other !== id);
  rest.splice(rest.indexOf(target) + (after ? 1 : 0), 0, id);
  return rest;
}

/** The style rules that put cells (`.c3`) and group names (`.g3`) in their place. */
export function columnRules<Row extends GridRow>(placed: readonly PlacedColumn<Row>[]): string {
  const rule = (name: string, left: number, width: number): string => `.${name}{left:${left}px;width:${width}px}`;
  return placed.map(({ index, left, width, groupWidth }) => rule(`c${index}`, left, width) + (groupWidth > 0 ? rule(`g${index}`, left, groupWidth) : "")).join("");
}
