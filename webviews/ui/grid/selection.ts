/** Selected ids and the row from which Shift extends. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly anchor: number | null;
}

export const NO_SELECTION: Selection = { ids: new Set(), anchor: null };

/** Adds or takes away one row and makes it the anchor. */
export function toggle(selection: Selection, id: string, row: number): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: row };
}

/** The rows between the anchor and `row`, both included, as [from, to). */
export function extent(selection: Selection, row: number): readonly [number, number] {
  const anchor = selection.anchor ?? row;
  return [Math.min(anchor, row), Math.max(anchor, row) + 1];
}

/** Adds a range; the anchor stays, so that a second Shift starts from the same row. */
export function extend(selection: Selection, ids: readonly string[], row: number): Selection {
  return { ids: new Set([...selection.ids, ...ids]), anchor: selection.anchor ?? row };
}

/** What is left of a selection after rows went away. */
export function without(selection: Selection, gone: readonly string[]): Selection {
  const ids = new Set(selection.ids);
  for (const id of gone) ids.delete(id);
  return { ids, anchor: selection.anchor };
}
