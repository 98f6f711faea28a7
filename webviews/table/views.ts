import { configGet, type DeclaredView } from "../../engine/api/config.ts";
import { hostInput } from "../../engine/api/host.ts";
import { viewsDelete, viewsRename, viewsSave } from "../../engine/api/views.ts";
import { rpc } from "../ui/host.ts";
import type { MenuItem } from "../ui/menu.ts";
import type { TableState } from "./state.ts";
import { stateOfView, viewOf } from "./view-state.ts";

/** The named views of `touchstone.yaml`. */
export async function namedViews(): Promise<readonly DeclaredView[]> {
  return (await rpc.request(configGet, null)).config.views;
}

/** The menu of views; what is chosen goes to `viewAction`. */
export function viewMenu(views: readonly DeclaredView[], { named, view }: TableState): MenuItem[] {
  const known = views.some(({ name }) => name === named);
  return [
    { id: "view:", label: "default", checked: !known },
    ...views.map(({ name }) => ({ id: `view:${name}`, label: name, checked: name === named })),
    { id: "saveAs", label: "Save as…", icon: "save-as", separator: true },
    ...(known ? [{ id: "save", label: `Save ${named}`, icon: "save" }, { id: "rename", label: `Rename ${named}…`, icon: "edit" }, { id: "delete", label: `Delete ${named}`, icon: "trash" }] : []),
    { id: "archive", label: "Archived runs", checked: view === "deleted", separator: true },
  ];
}

/** Does what was chosen; answers what changes in the table's state, or null. */
export async function viewAction(chosen: string, views: readonly DeclaredView[], state: TableState, columns: readonly string[]): Promise<Partial<TableState> | null> {
  if (chosen.startsWith("view:")) return stateOfView(views.find(({ name }) => name === chosen.slice("view:".length)) ?? null, state);
  if (chosen === "archive") return { view: state.view === "deleted" ? "active" : "deleted" };
  const { named } = state;
  if (chosen === "saveAs") {
    const { text } = await ask("Name of the view", "");
    const name = text?.trim() ?? "";
    if (name === "") return null;
    await rpc.request(viewsSave, { view: viewOf(name, state, columns) });
    return { named: name };
  }
  if (named === null) return null;
  if (chosen === "save") await rpc.request(viewsSave, { view: viewOf(named, state, columns) });
  if (chosen === "delete") {
    await rpc.request(viewsDelete, { name: named });
    return { named: null };
  }
  if (chosen === "rename") {
    const { text } = await ask("New name of the view", named);
    const name = text?.trim() ?? "";
    if (name === "" || name === named) return null;
    await rpc.request(viewsRename, { from: named, to: name });
    return { named: name };
  }
  return null;
}

function ask(title: string, value: string): Promise<{ text: string | null }> {
  return rpc.request(hostInput, { title, value }, { timeoutMs: Number.POSITIVE_INFINITY });
}
