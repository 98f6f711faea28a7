import type { ActionKeys } from "../api/labeling.ts";

const actions = { skip: "Tab", outOfScope: "x", unsure: "u", note: "n", undo: "z", guidelines: "g" } as const satisfies ActionKeys;

/**
 * Gives every class its key: what it wants, else `1` … `9`, then letters that no action uses, then those too. An
 * action whose letter a class has moves to Shift. More than 35 classes: the rest has no key (empty text).
 */
export function assignKeys(wanted: readonly (string | null)[]): { readonly classes: readonly string[]; readonly actions: ActionKeys } {
  const taken = new Set<string>();
  const classes = wanted.map((key) => {
    const own = key?.toLowerCase() ?? "";
    if (!/^[1-9a-z]$/.test(own) || taken.has(own)) return "";
    taken.add(own);
    return own;
  });
  const usedByActions = new Set<string>(Object.values(actions));
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const free = [..."123456789", ...letters.filter((key) => !usedByActions.has(key)), ...letters.filter((key) => usedByActions.has(key))].filter((key) => !taken.has(key));
  const assigned = classes.map((key) => key || (free.shift() ?? ""));
  const inUse = new Set(assigned);
  const move = (key: string) => (inUse.has(key) ? key.toUpperCase() : key);
  return {
    classes: assigned,
    actions: {
      skip: actions.skip,
      outOfScope: move(actions.outOfScope),
      unsure: move(actions.unsure),
      note: move(actions.note),
      undo: move(actions.undo),
      guidelines: move(actions.guidelines),
    },
  };
}
