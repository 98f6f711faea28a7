import type { GridRow } from "./column.ts";
import type { PlacedColumn } from "./layout.ts";

const CLICK_SLACK = 4;

/** Follows the pointer from a press to its release. */
export function follow(event: PointerEvent, moved: (event: PointerEvent) => void, released: (event: PointerEvent) => void): void {
  const { currentTarget, pointerId } = event;
  if (!(currentTarget instanceof HTMLElement)) return;
  currentTarget.setPointerCapture(pointerId);
  const stop = new AbortController();
  const { signal } = stop;
  currentTarget.addEventListener("pointermove", moved, { signal });
  currentTarget.addEventListener("pointercancel", () => stop.abort(), { signal });
  currentTarget.addEventListener(
    "pointerup",
    (up) => {
      stop.abort();
      released(up);
    },
    { signal },
  );
}

/** A press on a header is a click until it has moved a few pixels; then it is a drag of the column. */
export function clickOrDrag(event: PointerEvent, handlers: { click(event: PointerEvent): void; drag(event: PointerEvent): void; drop(event: PointerEvent): void }): void {
  const { clientX } = event;
  let dragging = false;
  follow(
    event,
    (move) => {
      dragging ||= Math.abs(move.clientX - clientX) > CLICK_SLACK;
      if (dragging) handlers.drag(move);
    },
    (up) => (dragging ? handlers.drop(up) : handlers.click(up)),
  );
}

/** The column under `x` (pixels of the grid's content; pinned columns by the viewport), and on which half of it. */
export function dropTarget<Row extends GridRow>(placed: readonly PlacedColumn<Row>[], x: number, scrollLeft: number): { readonly id: string; readonly after: boolean } | null {
  const at = placed.find(({ left, width, pinned }) => {
    const from = pinned ? left : left - scrollLeft;
    return x >= from && x < from + width;
  });
  if (at === undefined) return null;
  const from = at.pinned ? at.left : at.left - scrollLeft;
  return { id: at.column.id, after: x > from + at.width / 2 };
}
