import type { DeclaredView } from "../../engine/api/config.ts";
import type { TableState } from "./state.ts";

/** What the table shows, as a view of this name. `columns` are in the order of the screen. */
export function viewOf(name: string, { sort, filter, group }: TableState, columns: readonly string[]): DeclaredView {
  return { name, columns, sort: sort.map(({ column, descending }) => `${descending ? "-" : ""}${column}`), filter: filter === "" ? null : filter, group };
}

/** The part of a table's state that a view sets; null is the default view. */
export function stateOfView(view: DeclaredView | null, state: TableState): Partial<TableState> {
  const layout = { ...state.layout, order: [], hidden: [] };
  if (view === null) return { named: null, columns: null, sort: [], filter: "", group: [], open: [], quick: {}, layout };
  return {
    named: view.name,
    columns: view.columns.length === 0 ? null : view.columns,
    sort: view.sort.map((by) => (by.startsWith("-") ? { column: by.slice(1), descending: true } : { column: by, descending: false })),
    filter: view.filter ?? "",
    group: view.group,
    open: [],
    quick: {},
    layout,
  };
}
