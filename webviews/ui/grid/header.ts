import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icon.ts";
import type { GridRow, GridSort } from "./column.ts";
import type { PlacedColumn } from "./layout.ts";

/** What the two header rows need of the grid. */
export interface HeaderState<Row extends GridRow> {
  readonly placed: readonly PlacedColumn<Row>[];
  readonly inSight: readonly PlacedColumn<Row>[];
  readonly sight: { readonly from: number; readonly to: number };
  readonly sort: readonly GridSort[];
  /** The column that holds the focus, or -1 when a row does. */
  readonly active: number;
  readonly selected: "none" | "some" | "all";
  readonly drop: { readonly id: string; readonly after: boolean } | null;
  readonly onGrip: (event: PointerEvent, at: PlacedColumn<Row>) => void;
  readonly onGrab: (event: PointerEvent, at: PlacedColumn<Row>) => void;
  readonly onMenu: (event: Event, at: PlacedColumn<Row>) => void;
  readonly onMark: (event: Event, at: PlacedColumn<Row>) => void;
  readonly onSelectAll: (event: Event) => void;
}

/** The sticky header: a row of group names, a row of column titles. */
export function gridHeader<Row extends GridRow>(state: HeaderState<Row>): TemplateResult {
  const groups = state.placed.filter((at) => at.first && (at.pinned || (at.left < state.sight.to && at.left + at.groupWidth > state.sight.from)));
  return html`<div class="head" role="rowgroup">
    <div class="line groups" role="row" aria-rowindex="1">
      ${groups.map(
        (at) => html`<div class="h g${at.index} ${edge(at)}" role="columnheader" aria-colindex=${at.index + 1} aria-colspan=${spanOf(state.placed, at)}>${at.column.group}</div>`,
      )}
    </div>
    <div class="line titles" role="row" aria-rowindex="2">${state.inSight.map((at) => title(state, at))}</div>
  </div>`;
}

function title<Row extends GridRow>(state: HeaderState<Row>, at: PlacedColumn<Row>): TemplateResult {
  const { column } = at;
  const place = state.sort.findIndex((by) => by.column === column.id);
  const by = state.sort[place];
  const drop = state.drop?.id === column.id ? (state.drop.after ? "drop-after" : "drop-before") : "";
  const check = at.index === 0 ? selectAll(state) : nothing;
  return html`<div class="h c${at.index} ${edge(at)} ${column.align} ${drop}" role="columnheader" data-row="-1" data-col=${at.index} aria-colindex=${at.index + 1}
    aria-sort=${by === undefined ? nothing : by.descending ? "descending" : "ascending"} tabindex=${state.active === at.index ? 0 : -1} title=${column.hint ?? column.title}
    @pointerdown=${(event: PointerEvent) => state.onGrab(event, at)} @contextmenu=${(event: Event) => state.onMenu(event, at)}>
    ${check}${by === undefined ? nothing : html`<span aria-hidden="true">${by.descending ? "↓" : "↑"}${state.sort.length > 1 ? place + 1 : ""}</span>`}
    <span class="name">${column.title}</span>${mark(state, at)}
    <button class="tool more" tabindex="-1" aria-label="Menu of ${column.title}" @click=${(event: Event) => state.onMenu(event, at)}>${icon("chevron-down")}</button>
    <span class="grip" @pointerdown=${(event: PointerEvent) => state.onGrip(event, at)}></span>
  </div>`;
}

function mark<Row extends GridRow>(state: HeaderState<Row>, at: PlacedColumn<Row>): TemplateResult | typeof nothing {
  const { mark: text, markAction } = at.column;
  if (text === undefined) return nothing;
  if (markAction === undefined) return html`<span class="mark">${text}</span>`;
  return html`<button class="mark" tabindex="-1" title=${markAction.label} aria-label=${markAction.label} @click=${(event: Event) => state.onMark(event, at)}>${text}</button>`;
}

function selectAll<Row extends GridRow>(state: HeaderState<Row>): TemplateResult {
  const { selected } = state;
  return html`<button class="check ${selected === "none" ? "" : "on"}" tabindex="-1" role="checkbox" aria-label="Select all rows" aria-checked=${selected === "some" ? "mixed" : selected === "all"}
    @click=${state.onSelectAll}>${icon(selected === "some" ? "dash" : "check")}</button>`;
}

function edge<Row extends GridRow>(at: PlacedColumn<Row>): string {
  return `${at.pinned ? "pin" : ""} ${at.first ? "first" : ""} ${at.index === 0 ? "start" : ""}`;
}

function spanOf<Row extends GridRow>(placed: readonly PlacedColumn<Row>[], at: PlacedColumn<Row>): number {
  const next = placed.findIndex((other) => other.index > at.index && other.first);
  return (next === -1 ? placed.length : next) - at.index;
}
