import type { GridLayout, GridSort } from "../ui/grid/column.ts";
import { EMPTY_LAYOUT } from "../ui/grid/column.ts";
import { CURVE_SETTINGS, type CurveSettings } from "../ui/charts/curve-panel.ts";

/** What the table keeps over a reload. */
export interface TableState {
  readonly filter: string;
  readonly sort: readonly GridSort[];
  /** Null: what the engine proposes. */
  readonly columns: readonly string[] | null;
  readonly layout: GridLayout;
  readonly curves: CurveSettings;
  readonly curvesOpen: boolean;
  readonly curvesHeight: number;
  readonly view: "active" | "deleted";
  /** Columns to group by, or `seeds` alone. */
  readonly group: readonly string[];
  /** Unfolded groups. */
  readonly open: readonly string[];
  /** The named view that the table was last put into; null: the default one. */
  readonly named: string | null;
  /** What the quick filter of a column put into the filter, so that it can be replaced. */
  readonly quick: Readonly<Record<string, string>>;
}

export const NEW_TABLE: TableState = { filter: "", sort: [], columns: null, layout: { ...EMPTY_LAYOUT, pinned: ["run"] }, curves: CURVE_SETTINGS, curvesOpen: true, curvesHeight: 240, view: "active", group: [], open: [], named: null, quick: {} };

/** Reads what an earlier page, perhaps of an earlier version, kept; what cannot be used is as new. */
export function readTableState(kept: unknown): TableState {
  if (!isRecord(kept)) return NEW_TABLE;
  const layout = isRecord(kept["layout"]) ? kept["layout"] : {};
  const curves = isRecord(kept["curves"]) ? kept["curves"] : {};
  return {
    filter: typeof kept["filter"] === "string" ? kept["filter"] : "",
    sort: Array.isArray(kept["sort"]) ? kept["sort"].flatMap((by: unknown) => (isRecord(by) && typeof by["column"] === "string" ? [{ column: by["column"], descending: by["descending"] === true }] : [])) : [],
    columns: Array.isArray(kept["columns"]) ? strings(kept["columns"]) : null,
    layout: {
      order: strings(layout["order"]),
      widths: isRecord(layout["widths"]) ? Object.fromEntries(Object.entries(layout["widths"]).flatMap(([id, width]) => (typeof width === "number" ? [[id, width]] : []))) : {},
      pinned: Array.isArray(layout["pinned"]) ? strings(layout["pinned"]) : NEW_TABLE.layout.pinned,
      hidden: strings(layout["hidden"]),
    },
    curves: {
      key: typeof curves["key"] === "string" ? curves["key"] : "",
      kind: curves["kind"] === "time" || curves["kind"] === "relative" ? curves["kind"] : "step",
      log: curves["log"] === true,
      smoothing: typeof curves["smoothing"] === "number" ? curves["smoothing"] : 0,
      table: curves["table"] === true,
    },
    curvesOpen: kept["curvesOpen"] !== false,
    curvesHeight: typeof kept["curvesHeight"] === "number" ? kept["curvesHeight"] : NEW_TABLE.curvesHeight,
    view: kept["view"] === "deleted" ? "deleted" : "active",
    group: strings(kept["group"]),
    open: strings(kept["open"]),
    named: typeof kept["named"] === "string" ? kept["named"] : null,
    quick: isRecord(kept["quick"]) ? Object.fromEntries(Object.entries(kept["quick"]).flatMap(([id, text]) => (typeof text === "string" ? [[id, text]] : []))) : {},
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
