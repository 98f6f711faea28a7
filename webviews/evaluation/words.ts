import type { Condition, Predicate, Selection } from "../../engine/api/evaluation.ts";
import { tickLabel } from "./scale.ts";

/** The predicates as chips say them: the value alone where it cannot be mistaken, feature and value otherwise. */
export function chipTexts(predicates: readonly Predicate[]): readonly string[] {
  return predicates.map(({ feature, op, value }) => {
    if (op === "missing") return `${feature} missing`;
    if (typeof value === "string" || value === null) return value !== null && /\p{L}{3}/u.test(value) ? value : `${feature} = ${String(value)}`;
    const [low, high] = value;
    if (low === null) return `${feature} < ${tickLabel(high ?? 0)}`;
    if (high === null) return `${feature} ≥ ${tickLabel(low)}`;
    return Number.isInteger(low) && high === low + 1 ? `${feature} = ${tickLabel(low)}` : `${feature} ${tickLabel(low)} – ${tickLabel(high)}`;
  });
}

/** What a plot gives narrows the same way, whichever plot it came from. */
function groupOf({ kind }: Condition): string {
  return kind === "hexagon" || kind === "values" ? "range" : kind;
}

/** The same condition again takes it away; a condition of the same kind takes its place; others stay beside it. */
export function withCondition(selection: Selection, added: Condition): Selection {
  const text = JSON.stringify(added);
  if (selection.some((condition) => JSON.stringify(condition) === text)) return selection.filter((condition) => JSON.stringify(condition) !== text);
  return [...selection.filter((condition) => groupOf(condition) !== groupOf(added)), added];
}

const TASKS = { binary: "two classes", multiclass: "classes", regression: "regression" } as const;

export function taskText(task: keyof typeof TASKS, classes: number): string {
  return task === "multiclass" ? `${classes} classes` : TASKS[task];
}

/** A file as people know it: an artifact of a run by its name in the run, everything else by its path. */
export function shownPath(path: string): { readonly name: string; readonly artifact: boolean } {
  const artifact = /^(?:.*\/)?\.touchstone\/artifacts\/[^/]+\/[^/]+\/artifacts\/(.+)$/.exec(path.replaceAll("\\", "/"))?.[1];
  return { name: artifact ?? path, artifact: artifact !== undefined };
}
