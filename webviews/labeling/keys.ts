import type { LabelSetView } from "../../engine/api/labeling.ts";

/** What a key asks for. */
export type KeyAction =
  | { readonly kind: "class"; readonly classId: string }
  | { readonly kind: "skip" | "outOfScope" | "unsure" | "note" | "undo" | "guidelines" | "accept" | "help" };

interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * The action of a key press, null for none. Space accepts the suggestion; Ctrl-Z is undo as everywhere; other chords
 * are the editor's. Shift-Tab leaves the item for the buttons, so the keyboard is never trapped.
 */
export function actionOf(event: Key, view: LabelSetView): KeyAction | null {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "z" && !event.shiftKey ? { kind: "undo" } : null;
  if (event.key === "Tab") return event.shiftKey ? null : { kind: "skip" };
  if (event.key === " ") return { kind: "accept" };
  if (event.key === "?") return { kind: "help" };
  // Caps Lock alone must not turn a class into an action that moved to Shift.
  const letter = event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
  const chosen = view.classes.find((one) => one.key !== "" && one.key === letter);
  if (chosen) return { kind: "class", classId: chosen.id };
  for (const kind of ["outOfScope", "unsure", "note", "undo", "guidelines"] as const) {
    if (view.keys[kind] === letter) return { kind };
  }
  return null;
}

/** How a key is written on its cap. */
export function keyCap(key: string): string {
  return /^[A-Z]$/.test(key) ? `⇧${key.toLowerCase()}` : key;
}
