import type { ConfigEdit, DeclaredView } from "../api/config.ts";
import { TouchstoneError } from "../api/tokens.ts";

/** Edits of `touchstone.yaml` that keep a view: field by field where it is there, so that comments beside them stay. */
export function saveView(views: readonly DeclaredView[], { name, columns, sort, filter, group }: DeclaredView): ConfigEdit[] {
  if (name.trim() === "") throw new TouchstoneError({ code: "VIEW_NAME", message: "A view needs a name." });
  const fields: Record<string, unknown> = {
    ...(columns.length === 0 ? {} : { columns }),
    ...(sort.length === 0 ? {} : { sort }),
    ...(filter === null || filter === "" ? {} : { filter }),
    ...(group.length === 0 ? {} : { group: group.length === 1 ? group[0] : group }),
  };
  const before = views.find((view) => view.name === name);
  if (before === undefined) return [{ path: ["views", name], value: fields }];
  const had: Readonly<Record<string, boolean>> = { columns: before.columns.length > 0, sort: before.sort.length > 0, filter: before.filter !== null, group: before.group.length > 0 };
  return Object.entries(had).flatMap(([field, is]) => (fields[field] !== undefined ? [{ path: ["views", name, field], value: fields[field] }] : is ? [{ path: ["views", name, field] }] : []));
}

/** Throws `VIEW_UNKNOWN`, `VIEW_EXISTS`. */
export function renameView(views: readonly DeclaredView[], from: string, to: string): ConfigEdit[] {
  known(views, from);
  if (to.trim() === "") throw new TouchstoneError({ code: "VIEW_NAME", message: "A view needs a name." });
  if (from === to) return [];
  if (views.some((view) => view.name === to)) throw new TouchstoneError({ code: "VIEW_EXISTS", message: `There is a view ${to} already.`, hint: "Delete it first, or choose another name." });
  return [{ path: ["views", from], rename: to }];
}

/** Throws `VIEW_UNKNOWN`. */
export function deleteView(views: readonly DeclaredView[], name: string): ConfigEdit[] {
  known(views, name);
  return [{ path: views.length === 1 ? ["views"] : ["views", name] }];
}

function known(views: readonly DeclaredView[], name: string): void {
  if (!views.some((view) => view.name === name)) throw new TouchstoneError({ code: "VIEW_UNKNOWN", message: `There is no view ${name} in touchstone.yaml.` });
}
