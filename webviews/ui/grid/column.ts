import type { nothing, TemplateResult } from "lit";
import type { MenuItem } from "../menu.ts";

/** What a grid shows: anything with a stable id. */
export interface GridRow {
  readonly id: string;
  /** Depth in a tree of rows, from 1. */
  readonly level?: number;
  /** For a row that holds others: whether they stand below it. */
  readonly expanded?: boolean;
}

/** What a cell or header may hold. */
export type Content = TemplateResult | string | typeof nothing;

export interface GridColumn<Row extends GridRow> {
  readonly id: string;
  readonly title: string;
  /** Stands above neighbouring columns of the same group; hairlines are drawn between groups only. */
  readonly group: string;
  /** Pixels, before the person drags it. */
  readonly width: number;
  readonly align: "left" | "right";
  readonly sortable: boolean;
  /** The first click on the header puts the largest first. */
  readonly descendingFirst?: boolean;
  /** Hover text of the header. */
  readonly hint?: string;
  /** After the title, e.g. the arrow of a metric's direction. */
  readonly mark?: Content;
  /** What a click on the mark chooses, as an id of the menu, and how it is called. */
  readonly markAction?: { readonly id: string; readonly label: string };
  /** More lines for the column's menu; the chosen id comes as `grid-column-menu`. */
  readonly menu?: readonly MenuItem[];
  cell(row: Row, now: number): Content;
  /** Full precision, for hover and copy. */
  text(row: Row): string;
}

/** Where rows come from: the engine, by range. */
export interface GridSource<Row extends GridRow> {
  readonly count: number;
  rows(from: number, to: number, signal: AbortSignal): Promise<readonly Row[]>;
}

/** How the person arranged the columns; ids of columns that no longer exist are ignored. */
export interface GridLayout {
  /** Left to right; columns not named follow in their own order. */
  readonly order: readonly string[];
  readonly widths: Readonly<Record<string, number>>;
  readonly pinned: readonly string[];
  readonly hidden: readonly string[];
}

export interface GridSort {
  readonly column: string;
  readonly descending: boolean;
}

export const EMPTY_LAYOUT: GridLayout = { order: [], widths: {}, pinned: [], hidden: [] };

/** Height of a row and of the two header rows, in pixels. */
export const ROW_HEIGHT = 22;
export const GROUP_HEIGHT = 20;
export const HEAD_HEIGHT = 24;
export const MIN_WIDTH = 40;
