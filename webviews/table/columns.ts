import { html, nothing } from "lit";
import type { Cell, ColumnId, RunKeys } from "../../engine/api/runs.ts";
import { exact, formatTime } from "../ui/format.ts";
import type { GridColumn } from "../ui/grid/column.ts";
import { sparkline } from "../ui/grid/sparkline.ts";
import type { MenuItem } from "../ui/menu.ts";
import { deltaCell, deltaText, meanCell, meanText, metricCell, plainCell, rowStateText, stateCell, titleCell } from "./cells.ts";
import type { RunRow } from "./run-row.ts";
import type { Sparks } from "./sparks.ts";

/** What the cells need beside the row. */
export interface ColumnContext {
  readonly keys: RunKeys;
  /** The chosen columns. */
  readonly columns: readonly ColumnId[];
  /** Decimals of each metric column. */
  readonly decimals: ReadonlyMap<ColumnId, number>;
  /** The best run of each metric column. */
  readonly best: Readonly<Record<ColumnId, string>>;
  readonly sparks: Sparks;
  /** A half-width editor: narrower columns, no small curves. */
  readonly narrow: boolean;
  /** Rows stand for groups: metrics are means. */
  readonly grouped: boolean;
  /** The run that others are compared with, and the runs of its configuration. */
  readonly baseline: { readonly runId: string; readonly title: string; readonly runs: number } | null;
  readonly open: (row: RunRow) => void;
  readonly fold: (row: RunRow) => void;
}

/** Columns that belong to the run itself, with their names and groups in the chooser. */
export const ATTRIBUTES: Readonly<Record<string, { readonly title: string; readonly group: string; readonly width: number; readonly right?: boolean }>> = {
  start: { title: "started", group: "run", width: 80 },
  end: { title: "ended", group: "run", width: 80 },
  duration: { title: "duration", group: "run", width: 80, right: true },
  script: { title: "script", group: "run", width: 140 },
  experiment: { title: "experiment", group: "run", width: 140 },
  user: { title: "user", group: "run", width: 100 },
  server: { title: "server", group: "run", width: 160 },
  error: { title: "error", group: "run", width: 240 },
  commit: { title: "commit", group: "code", width: 84 },
  changes: { title: "changes", group: "code", width: 120 },
};

/** The columns of a new table: what the engine proposes, then the code's changes while there is room for them. */
export function defaultColumns(keys: RunKeys): ColumnId[] {
  return keys.defaults.length < 8 ? [...keys.defaults, "changes"] : [...keys.defaults];
}

/** Run and state, then the chosen columns by group. */
export function tableColumns(ids: readonly ColumnId[], context: ColumnContext): GridColumn<RunRow>[] {
  const sparked = context.narrow || context.grouped ? [] : context.sparks.columns(ids);
  return [
    {
      id: "run", title: "run", group: "", width: context.narrow ? 218 : 248, align: "left", sortable: true, hint: "run: the name that a person gave it, else what tells it apart",
      cell: (row) => titleCell(row, { open: context.open, fold: context.fold, baseline: context.baseline?.runId ?? null }),
      text: ({ head, group }) => group?.title ?? head.title,
    },
    { id: "status", title: "state", group: "", width: context.narrow ? 92 : 148, align: "left", sortable: true, hint: "state, age and duration", cell: (row, now) => stateCell(row, now, !context.narrow), text: rowStateText },
    ...ids.filter((id) => id !== "run" && id !== "status").map((id) => (id.startsWith("metrics.") ? metricColumn(id, context, sparked.includes(id)) : id.startsWith("delta.") ? deltaColumn(id, context) : plainColumn(id, context))),
  ];
}

function metricColumn(id: ColumnId, { keys, decimals, best, sparks, grouped, columns, baseline }: ColumnContext, sparked: boolean): GridColumn<RunRow> {
  const key = keyOf(id);
  const metric = keys.metrics.find((known) => known.key === key);
  const direction = metric?.direction ?? "unknown";
  const why = direction === "unknown" ? "no known direction: nothing is best" : `${direction === "up" ? "higher" : "lower"} is better (${metric?.directionFrom === "declared" ? "touchstone.yaml" : "by its name"})`;
  const arrow = direction === "unknown" ? "" : direction === "up" ? "↑" : "↓";
  const mark = grouped ? `${arrow} ± se`.trim() : arrow;
  const differs = columns.includes(`delta.${key}`);
  return {
    id, title: key, group: "metrics", width: sparked ? 168 : grouped ? 128 : 96, align: "right", sortable: true, descendingFirst: direction !== "down",
    hint: grouped ? `${key}: mean ± standard error over the finished runs; ${why}` : `${key}: last value; ${why}`,
    ...(mark === "" ? {} : { mark }),
    ...(arrow === "" ? {} : { markAction: direction === "up" ? { id: "down", label: `${mark} ${key}: higher is better. Say that lower is` } : { id: "up", label: `${mark} ${key}: lower is better. Say that higher is` } }),
    menu: [
      { id: "up", label: "Higher is better", checked: direction === "up" },
      { id: "down", label: "Lower is better", checked: direction === "down" },
      { id: "quick", label: "Quick filter…", icon: "filter" },
      { id: "delta", label: "As difference to baseline", checked: differs, ...(baseline === null ? { key: "set one with b" } : {}) },
      { id: "site", label: "Go to the line that logs it", icon: "code" },
      { id: "curve", label: "Show its curves", icon: "graph-line" },
    ],
    cell: (row) => {
      if (row.group !== null) return meanCell(row, id, decimals.get(id) ?? 4, best[id] === row.id);
      const value = metricCell(row.cells[id] ?? null, decimals.get(id) ?? 4, best[id] === row.id);
      if (!sparked) return value;
      const curve = sparks.of(row.id, key);
      return html`<span class="sparked"><span class="sparkbox r${row.head.color % 10}">${curve === undefined ? nothing : sparkline(curve.y, curve.low, curve.high)}</span><span class="grow">${value}</span></span>`;
    },
    text: (row) => (row.group === null ? cellText(row.cells[id] ?? null) : meanText(row, id)),
  };
}

function deltaColumn(id: ColumnId, { decimals, baseline, grouped }: ColumnContext): GridColumn<RunRow> {
  const key = keyOf(id);
  const from = baseline === null ? "no baseline is set: press b on a run" : grouped && baseline.runs > 1 ? `the mean of the ${baseline.runs} runs of ${baseline.title}` : baseline.title;
  return {
    id, title: "Δ baseline", group: "metrics", width: 104, align: "right", sortable: true, descendingFirst: true,
    hint: `${key} minus ${baseline === null ? "the baseline's" : "that of the baseline"} (${from}). Colour means more than chance: outside the 95 % interval`,
    menu: [{ id: "delta", label: "As difference to baseline", checked: true }],
    cell: (row) => deltaCell(row, id, decimals.get(`metrics.${key}`) ?? 4),
    text: (row) => deltaText(row, id),
  };
}

/** Columns that runs can be grouped by. */
const GROUPED_BY = /^(params|tags)\.|^(status|script|experiment|user|server|commit|changes)$/;

function plainColumn(id: ColumnId, { keys }: ColumnContext): GridColumn<RunRow> {
  const attribute = ATTRIBUTES[id];
  const known = id.startsWith("params.") ? keys.params.find(({ key }) => key === keyOf(id)) : keys.tags.find(({ key }) => key === keyOf(id));
  const menu: MenuItem[] = [{ id: "quick", label: "Quick filter…", icon: "filter" }, ...(GROUPED_BY.test(id) ? [{ id: "group", label: "Group by this", icon: "group-by-ref-type" }] : [])];
  const title = attribute?.title ?? keyOf(id);
  return {
    id, title, group: attribute?.group ?? (id.startsWith("params.") ? "params" : "tags"),
    width: attribute?.width ?? Math.min(160, Math.max(64, 24 + title.length * 7)),
    align: attribute === undefined ? (known?.numeric === true ? "right" : "left") : attribute.right === true ? "right" : "left",
    sortable: true,
    hint: known === undefined ? title : `${title}: ${known.distinct} different in ${known.runs} runs`,
    menu,
    cell: (row, now) => (row.groupCells[id]?.mixed === true && (row.cells[id] ?? null) === null ? html`<span class="two">differ</span>` : plainCell(id, row.cells[id] ?? null, now)),
    text: (row) => row.groupCells[id]?.mixed === true && (row.cells[id] ?? null) === null ? `the ${row.group?.runs ?? 0} runs differ` : (id === "start" || id === "end") && typeof row.cells[id] === "number" ? formatTime(row.cells[id]) : cellText(row.cells[id] ?? null),
  };
}

/** The key behind `metrics.`, `params.` or `tags.`. */
export function keyOf(id: ColumnId): string {
  return id.slice(id.indexOf(".") + 1);
}

function cellText(value: Cell): string {
  return exact(value);
}
