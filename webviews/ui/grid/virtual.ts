import { defaultRangeExtractor, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import { GROUP_HEIGHT, HEAD_HEIGHT, ROW_HEIGHT } from "./column.ts";

/** Height of the sticky header, in pixels. */
export const HEADER = GROUP_HEIGHT + HEAD_HEIGHT;
/** Rows that are drawn beyond either edge. */
export const OVERSCAN = 4;

/** How a grid's rows are drawn as far as they are in sight. `active` is the row with the focus. */
export function gridOptions(scroller: HTMLElement | null, count: number, active: number, changed: () => void) {
  return {
    count,
    getScrollElement: () => scroller,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    paddingStart: HEADER,
    scrollPaddingStart: HEADER,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: changed,
    // The row with the focus stays in the page, else the focus would fall back to the document when it scrolls out.
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const rows = defaultRangeExtractor(range);
      return active < 0 || active >= count || rows.includes(active) ? rows : [...rows, active].sort((a, b) => a - b);
    },
  };
}
