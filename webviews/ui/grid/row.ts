import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icon.ts";
import { styleVars } from "../style-vars.ts";
import { ROW_HEIGHT, type Content, type GridRow } from "./column.ts";
import type { PlacedColumn } from "./layout.ts";

/** What a row's template needs of the grid. */
export interface RowState<Row extends GridRow> {
  readonly index: number;
  readonly row: Row | undefined;
  readonly columns: readonly PlacedColumn<Row>[];
  readonly selected: boolean;
  readonly hover: boolean;
  /** The column that holds the focus, or -1 when it is in another row. */
  readonly active: number;
  readonly now: number;
  readonly actions: ((row: Row) => Content) | undefined;
}

/** One line of the grid. A row that is not here yet keeps its place, so that nothing jumps. */
export function gridRow<Row extends GridRow>(state: RowState<Row>): TemplateResult {
  const { index, row, columns } = state;
  return html`<div class="rowline ${state.hover ? "hover" : ""}" role="row" data-row=${index} aria-rowindex=${index + 3} aria-selected=${state.selected} aria-busy=${row === undefined ? "true" : nothing} aria-level=${row?.level ?? nothing} aria-expanded=${row?.expanded ?? nothing}
    ${styleVars({ top: `${index * ROW_HEIGHT}px` })}>
    ${columns.map((at) => {
      const tabindex = state.active === at.index ? 0 : -1;
      const edge = `${at.pinned ? "pin" : ""} ${at.first ? "first" : ""} ${at.index === 0 ? "start box" : ""}`;
      const content = row === undefined ? html`<span class="wait"></span>` : at.column.cell(row, state.now);
      return html`<div class="cell c${at.index} ${edge} ${at.column.align}" role="gridcell" data-col=${at.index} aria-colindex=${at.index + 1} tabindex=${tabindex}
        title=${row === undefined ? nothing : at.column.text(row)}>${at.index === 0 ? leading(state, content) : content}</div>`;
    })}
  </div>`;
}

function leading<Row extends GridRow>(state: RowState<Row>, content: Content): TemplateResult {
  const { row, actions } = state;
  const shown = row !== undefined && actions !== undefined && state.hover;
  return html`<span class="check" data-check>${icon("check")}</span><span class="content">${content}</span>${shown ? html`<span class="actions">${actions(row)}</span>` : nothing}`;
}
