import type { GridSort } from "./column.ts";

/**
 * The order after a click on a header: first direction, the other one, none. With `additive` (Shift) the column joins the
 * order as the least significant instead of replacing it.
 */
export function nextSort(sort: readonly GridSort[], column: string, descendingFirst: boolean, additive: boolean): readonly GridSort[] {
  const now = sort.find((by) => by.column === column);
  const next = now === undefined ? { column, descending: descendingFirst } : now.descending === descendingFirst ? { column, descending: !descendingFirst } : null;
  if (!additive) return next === null ? [] : [next];
  if (now === undefined) return next === null ? sort : [...sort, next];
  return sort.flatMap((by) => (by.column === column ? (next === null ? [] : [next]) : [by]));
}
