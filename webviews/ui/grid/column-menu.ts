import type { MenuItem } from "../menu.ts";
import type { GridLayout, GridRow, GridSort } from "./column.ts";
import type { PlacedColumn } from "./layout.ts";

/** The lines of a column's menu: sort, the column's own, pin, hide. */
export function columnMenu<Row extends GridRow>(at: PlacedColumn<Row>, sort: readonly GridSort[]): MenuItem[] {
  const by = sort.find(({ column }) => column === at.column.id);
  const sorting: MenuItem[] = at.column.sortable
    ? [
        { id: "ascending", label: "Sort ascending", checked: by?.descending === false },
        { id: "descending", label: "Sort descending", checked: by?.descending === true },
      ]
    : [];
  return [
    ...sorting,
    ...(at.column.menu ?? []).map((item, index) => (index === 0 ? { ...item, separator: sorting.length > 0 } : item)),
    { id: "pin", label: at.pinned ? "Unpin" : "Pin", key: "p", separator: true, disabled: at.index === 0 },
    { id: "hide", label: "Hide", key: "h", disabled: at.index === 0 },
  ];
}

/** The layout after `pin` or `hide`. */
export function changeLayout(layout: GridLayout, change: "pin" | "hide", id: string): GridLayout {
  if (change === "hide") return { ...layout, hidden: [...layout.hidden, id] };
  const pinned = layout.pinned.includes(id) ? layout.pinned.filter((other) => other !== id) : [...layout.pinned, id];
  return { ...layout, pinned };
}
