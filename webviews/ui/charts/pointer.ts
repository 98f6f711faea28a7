import type { Chart } from "chart.js";
import type { AxisRange } from "./series.ts";
import { zoomed } from "./zoom-range.ts";

/** What the pointer does to a chart. */
export interface PointerHandlers {
  /** In the data's unit; null when the pointer left. */
  hover(x: number | null): void;
  /** Null shows the whole axis again. */
  zoom(range: AxisRange | null): void;
  /** While a range is being marked, in pixels of the canvas. */
  brush(pixels: AxisRange | null): void;
  whole(): AxisRange;
}

const SMALLEST_BRUSH = 6;
const WHEEL_STEP = 0.8;

/**
 * Hover, drag to mark a range, wheel with Ctrl or ⌘ to zoom (a plain wheel scrolls the page), double click for all.
 * Returns what ends it.
 */
export function followPointer(canvas: HTMLCanvasElement, chart: () => Chart<"line"> | undefined, handlers: PointerHandlers): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let start: number | null = null;

  const scale = () => chart()?.scales["x"];
  const clampX = (x: number): number => {
    const area = chart()?.chartArea;
    return area === undefined ? x : Math.max(area.left, Math.min(area.right, x));
  };
  const value = (x: number): number => scale()?.getValueForPixel(clampX(x)) ?? 0;

  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (start !== null) handlers.brush({ from: Math.min(start, clampX(event.offsetX)), to: Math.max(start, clampX(event.offsetX)) });
      const area = chart()?.chartArea;
      const inside = area !== undefined && event.offsetX >= area.left && event.offsetX <= area.right && event.offsetY >= area.top && event.offsetY <= area.bottom;
      handlers.hover(inside ? value(event.offsetX) : null);
    },
    { signal },
  );
  canvas.addEventListener("pointerleave", () => handlers.hover(null), { signal });
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      start = clampX(event.offsetX);
      canvas.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  canvas.addEventListener(
    "pointerup",
    (event) => {
      const from = start;
      start = null;
      handlers.brush(null);
      const to = clampX(event.offsetX);
      if (from !== null && Math.abs(to - from) >= SMALLEST_BRUSH) handlers.zoom({ from: value(Math.min(from, to)), to: value(Math.max(from, to)) });
    },
    { signal },
  );
  canvas.addEventListener("dblclick", () => handlers.zoom(null), { signal });
  canvas.addEventListener(
    "wheel",
    (event) => {
      const x = scale();
      if (!(event.ctrlKey || event.metaKey) || x === undefined) return;
      event.preventDefault();
      handlers.zoom(zoomed({ from: x.min, to: x.max }, handlers.whole(), value(event.offsetX), event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP));
    },
    { signal, passive: false },
  );
  return () => stop.abort();
}
