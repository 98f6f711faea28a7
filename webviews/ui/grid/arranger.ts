import { openMenu, type Anchor } from "../menu.ts";
import { changeLayout, columnMenu } from "./column-menu.ts";
import { MIN_WIDTH, type GridLayout, type GridRow, type GridSort } from "./column.ts";
import { clickOrDrag, dropTarget, follow } from "./drag.ts";
import { moveColumn, type PlacedColumn } from "./layout.ts";
import { nextSort } from "./sort.ts";

/** What arranging columns needs of the grid. */
export interface ArrangerHost<Row extends GridRow> {
  readonly placed: () => readonly PlacedColumn<Row>[];
  readonly layout: () => GridLayout;
  readonly sort: () => readonly GridSort[];
  readonly scroller: () => HTMLElement | null;
  readonly anchor: () => Anchor;
  setLayout(layout: GridLayout): void;
  setDrop(drop: { readonly id: string; readonly after: boolean } | null): void;
  /** Puts the focus on a header. */
  focusHeader(column: number): Promise<unknown>;
  emit(name: string, detail: unknown): void;
}

/** Resize, reorder, sort, pin and hide of columns, by pointer, key and menu. */
export class Arranger<Row extends GridRow> {
  readonly #host: ArrangerHost<Row>;

  constructor(host: ArrangerHost<Row>) {
    this.#host = host;
  }

  resize(at: PlacedColumn<Row>, width: number): void {
    const layout = this.#host.layout();
    this.#host.setLayout({ ...layout, widths: { ...layout.widths, [at.column.id]: Math.max(MIN_WIDTH, Math.round(width)) } });
  }

  /** Pins, unpins or hides; the first column stays where it is. */
  change(at: PlacedColumn<Row>, change: "pin" | "hide"): void {
    if (at.index > 0) this.#host.setLayout(changeLayout(this.#host.layout(), change, at.column.id));
  }

  /** Moves a column one place; it does not cross the edge of the pinned ones. */
  shift(at: PlacedColumn<Row>, by: -1 | 1): void {
    const target = this.#host.placed()[at.index + by];
    if (target === undefined || target.pinned !== at.pinned) return;
    this.#reorder(at.column.id, target.column.id, by === 1);
    void this.#host.focusHeader(at.index + by);
  }

  sortBy(at: PlacedColumn<Row>, additive: boolean): void {
    if (at.column.sortable) this.#host.emit("grid-sort", nextSort(this.#host.sort(), at.column.id, at.column.descendingFirst ?? false, additive));
  }

  async menu(at: PlacedColumn<Row>): Promise<void> {
    const chosen = await openMenu(columnMenu(at, this.#host.sort()), this.#host.anchor());
    if (chosen === null) return;
    if (chosen === "ascending" || chosen === "descending") this.#host.emit("grid-sort", [{ column: at.column.id, descending: chosen === "descending" }]);
    else if (chosen === "pin" || chosen === "hide") this.change(at, chosen);
    else this.#host.emit("grid-column-menu", { column: at.column.id, id: chosen, anchor: this.#host.anchor() });
  }

  readonly onMark = (event: Event, at: PlacedColumn<Row>): void => {
    event.stopPropagation();
    this.#host.emit("grid-column-menu", { column: at.column.id, id: at.column.markAction?.id, anchor: this.#host.anchor() });
  };

  readonly onMenu = (event: Event, at: PlacedColumn<Row>): void => {
    event.preventDefault();
    event.stopPropagation();
    void this.#host.focusHeader(at.index).then(() => this.menu(at));
  };

  readonly onGrip = (event: PointerEvent, at: PlacedColumn<Row>): void => {
    event.stopPropagation();
    event.preventDefault();
    const { clientX } = event;
    follow(event, (move) => this.resize(at, at.width + move.clientX - clientX), () => undefined);
  };

  readonly onGrab = (event: PointerEvent, at: PlacedColumn<Row>): void => {
    if (event.button !== 0 || event.composedPath().some((node) => node instanceof HTMLButtonElement)) return;
    clickOrDrag(event, {
      click: (up) => {
        void this.#host.focusHeader(at.index);
        this.sortBy(at, up.shiftKey);
      },
      drag: (move) => this.#host.setDrop(this.#target(at, move)),
      drop: (up) => {
        this.#host.setDrop(null);
        const drop = this.#target(at, up);
        if (drop !== null) this.#reorder(at.column.id, drop.id, drop.after);
      },
    });
  };

  #target(at: PlacedColumn<Row>, event: PointerEvent): { readonly id: string; readonly after: boolean } | null {
    const scroller = this.#host.scroller();
    const drop = dropTarget(this.#host.placed(), event.clientX - (scroller?.getBoundingClientRect().left ?? 0), scroller?.scrollLeft ?? 0);
    return drop?.id === at.column.id ? null : drop;
  }

  #reorder(id: string, target: string, after: boolean): void {
    const order = moveColumn(this.#host.placed().map(({ column }) => column.id), id, target, after);
    this.#host.setLayout({ ...this.#host.layout(), order });
  }
}
