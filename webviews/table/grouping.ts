import type { GroupBy } from "../../engine/api/groups.ts";
import type { RunKeys } from "../../engine/api/runs.ts";
import type { MenuItem } from "../ui/menu.ts";

/** Columns of one kind that the menu offers; the header's menu groups by any other. */
const OFFERED = 8;
/** A param with more values than this makes no groups worth looking at. */
const MANY = 50;

/** What the engine is asked with; undefined where runs stand for themselves. */
export function groupBy(group: readonly string[]): GroupBy | undefined {
  return group.length === 0 ? undefined : group.includes("seeds") ? "seeds" : group;
}

/** What the button says. */
export function groupLabel(group: readonly string[]): string {
  return group.length === 0 ? "none" : group.map((id) => id.slice(id.indexOf(".") + 1)).join(", ");
}

/** None, seeds, and the params, tags and attributes that make few groups; several can be chosen one after the other. */
export function groupMenu(keys: RunKeys, group: readonly string[]): MenuItem[] {
  const few = (kind: "params" | "tags"): MenuItem[] =>
    keys[kind]
      .filter(({ key, distinct }) => (distinct > 1 && distinct <= MANY && !key.startsWith("mlflow.")) || group.includes(`${kind}.${key}`))
      .slice(0, OFFERED)
      .map(({ key, distinct }, index) => ({ id: `${kind}.${key}`, label: key, key: kind === "tags" ? `tag, ${distinct} values` : `${distinct} values`, checked: group.includes(`${kind}.${key}`), separator: index === 0 }));
  return [
    { id: "none", label: "none", checked: group.length === 0 },
    { id: "seeds", label: "seeds", key: "runs that differ in a seed alone", checked: group.includes("seeds") },
    ...few("params"),
    ...few("tags"),
    ...["script", "status"].map((id, index) => ({ id, label: id, checked: group.includes(id), separator: index === 0 })),
  ];
}

/** The grouping after one more choice: `none` and `seeds` stand alone, a column joins or leaves. */
export function chooseGroup(group: readonly string[], chosen: string): readonly string[] {
  if (chosen === "none") return [];
  if (chosen === "seeds") return group.includes("seeds") ? [] : ["seeds"];
  const columns = group.filter((id) => id !== "seeds");
  return columns.includes(chosen) ? columns.filter((id) => id !== chosen) : [...columns, chosen];
}
