import { html, type TemplateResult } from "lit";
import { hostExportRuns } from "../../engine/api/host.ts";
import type { ColumnId } from "../../engine/api/runs.ts";
import { formatCount, plural } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { menuBelow } from "../ui/menu.ts";
import "./filter-box.ts";
import { filterEngine } from "./filter-engine.ts";
import { groupBy, groupLabel, groupMenu } from "./grouping.ts";
import type { TableState } from "./state.ts";
import type { TableData } from "./table-data.ts";
import { namedViews, viewAction, viewMenu } from "./views.ts";

/** What the line above the table shows, and what it may do to the table. */
export interface ToolbarState {
  readonly data: TableData;
  readonly state: TableState;
  readonly choosing: boolean;
  /** The shown columns in the order of the screen. */
  readonly columns: () => ColumnId[];
  readonly set: (part: Partial<TableState>) => void;
  readonly regroup: (column: string) => void;
  readonly unselect: () => void;
  readonly choose: () => void;
  /** Says on top of the panel what went wrong. */
  readonly act: (action: () => Promise<unknown>) => Promise<void>;
  /** The filter lets the focus go. */
  readonly leave: () => void;
}

/** Filter, grouping, view, columns, export. */
export function tableToolbar(bar: ToolbarState): TemplateResult {
  const { data, state } = bar;
  const { filter, group, named, view } = state;
  const { source, keys } = data;
  const count = source === undefined ? "" : data.filter === "" ? plural(source.total, "run") : `${formatCount(source.matched)} of ${plural(source.total, "run")}`;
  const onFilter = (event: CustomEvent<string>): void => {
    // The same text again is asked again where it was refused: what it names may exist by now.
    if (event.detail !== filter || data.refused !== null) bar.set({ filter: event.detail });
  };
  return html`<div class="top" @filter-change=${onFilter} @filter-leave=${bar.leave}>
    <filter-box .value=${filter} .count=${count} .engine=${filterEngine(keys)} .refused=${data.refused}></filter-box>
    <button class="button secondary pick" aria-haspopup="menu" aria-label="Group: ${groupLabel(group)}" @click=${(event: Event) => void pickGroup(event, bar)}><span class="wide">group:</span><span class="cut">${groupLabel(group)}</span>${icon("chevron-down")}</button>
    <button class="button secondary pick" aria-haspopup="menu" aria-label="View: ${named ?? "default"}" @click=${(event: Event) => void pickView(event, bar)}><span class="wide">view:</span><span class="cut">${view === "deleted" ? "archived" : (named ?? "default")}</span>${icon("chevron-down")}</button>
    <button class="button secondary" aria-label="Columns" title="Columns" aria-expanded=${bar.choosing} @click=${bar.choose}>${icon("list-selection")}</button>
    <button class="button secondary" aria-haspopup="menu" aria-label="Export" title="Export the table" @click=${(event: Event) => void pickExport(event, bar)}>${icon("desktop-download")}</button>
  </div>`;
}

async function pickGroup(event: Event, { data, state, regroup }: ToolbarState): Promise<void> {
  const chosen = await menuBelow(event, groupMenu(data.keys, state.group));
  if (chosen !== null) regroup(chosen);
}

async function pickView({ currentTarget }: Event, { state, columns, unselect, set, act }: ToolbarState): Promise<void> {
  await act(async () => {
    const views = await namedViews();
    const chosen = await menuBelow({ currentTarget }, viewMenu(views, state));
    const part = chosen === null ? null : await viewAction(chosen, views, state, columns());
    if (part === null) return;
    // Rows of another view would be acted on without being seen.
    if (part.view !== undefined || part.group !== undefined) unselect();
    set(part);
  });
}

async function pickExport(event: Event, { data, state, columns, act }: ToolbarState): Promise<void> {
  const format = await menuBelow(event, [{ id: "csv", label: "CSV…", icon: "table" }, { id: "jsonl", label: "JSON lines…", icon: "json" }]);
  if (format !== "csv" && format !== "jsonl") return;
  const by = groupBy(state.group);
  await act(() => rpc.request(hostExportRuns, { query: data.query, ...(by === undefined ? {} : { group: by }), columns: columns(), format }, { timeoutMs: Number.POSITIVE_INFINITY }));
}
