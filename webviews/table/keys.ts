import type { KeyHelp } from "../ui/keys-help.ts";

/** What `?` shows. */
export const TABLE_KEYS: readonly KeyHelp[] = [
  { key: "↑ ↓ ← →", does: "move; Home, End, PageUp, PageDown, Ctrl+Home, Ctrl+End" },
  { key: "Space", does: "select the run; Shift extends" },
  { key: "Enter", does: "open the run; on a header: sort" },
  { key: "/", does: "filter" },
  { key: ".", does: "menu of the run or column" },
  { key: "c", does: "compare the selected runs" },
  { key: "d", does: "what changed between two runs" },
  { key: "b", does: "make the run the baseline, or take that back" },
  { key: "← →", does: "on a run or group that holds others: fold, unfold" },
  { key: "h", does: "hide the column" },
  { key: "p", does: "pin the column" },
  { key: "Alt+← →", does: "on a header: move the column; Shift resizes it" },
  { key: "l, s", does: "in the curves: log axis, smoothing; ← → walk the points" },
  { key: "Esc", does: "go back one level" },
];
