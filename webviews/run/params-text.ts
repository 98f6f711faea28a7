import type { ValueKey } from "../../engine/api/runs.ts";
import type { Varying } from "./run-data.ts";

/** What is said of all params; nothing of other runs before it is known what varies among them. */
export function paramsCaption(varying: Varying | null, differing: number): string {
  return varying === null ? "" : differing > 0 ? "those that differ between runs first" : "the same in all runs";
}

/** Of the params that are folded away. */
export function moreText(varying: Varying | null, more: number): string {
  return `${more} more${varying === null ? "" : ", the same in all runs"}`;
}

/** What a param is in the runs that this one stands among: `0.02 … 10`, `gbm, linear`, `same in all`. */
export function spreadText(param: ValueKey | undefined): string {
  if (param === undefined) return "same in all";
  const values = param.values.map(({ value }) => value);
  if (param.distinct > values.length) return `${param.distinct} different values`;
  if (!param.numeric || values.length <= 3) return param.numeric ? values.toSorted((a, b) => Number(a) - Number(b)).join(", ") : values.join(", ");
  const sorted = values.toSorted((a, b) => Number(a) - Number(b));
  return `${sorted[0] ?? ""} … ${sorted.at(-1) ?? ""}`;
}
