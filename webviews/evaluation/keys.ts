import type { KeyHelp } from "../ui/keys-help.ts";

/** Every key of the evaluation, as `?` lists them. */
export const EVALUATION_KEYS: readonly KeyHelp[] = [
  { key: "1, 2, 3 …", does: "the tabs, from the left" },
  { key: "Esc", does: "back one level: chosen rows, then the cohort" },
  { key: "l", does: "label the chosen rows, else those of the cohort" },
  { key: "t", does: "keep the chosen rows or the cohort as a tag" },
  { key: "n", does: "a new cohort of the chosen rows" },
  { key: "o", does: "open the chosen row in its file" },
  { key: "v", does: "the plot in focus as a table, and back" },
  { key: "r", does: "evaluate the file again" },
  { key: "↑ ↓ ← →", does: "in rows: move; in a plot of residuals: from point to point" },
  { key: "Space", does: "in rows: choose the row; Shift extends" },
  { key: ".", does: "in rows: what can be done with the row" },
  { key: "Enter", does: "in rows: open the row in its file; on a point, bar or cell: its rows" },
  { key: "?", does: "these keys" },
];
