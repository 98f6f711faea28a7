import { Virtualizer } from "@tanstack/virtual-core";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Anchor } from "../menu.ts";
import { styleVars } from "../style-vars.ts";
import { base, runDots } from "../theme.ts";
import { EMPTY_LAYOUT, ROW_HEIGHT, type Content, type GridColumn, type GridLayout, type GridRow, type GridSort, type GridSource } from "./column.ts";
import { Arranger } from "./arranger.ts";
import { gridHeader } from "./header.ts";
import { hitOf } from "./hit.ts";
import { gridAction, type GridAction, type Place } from "./keys.ts";
import { columnRules, columnsInSight, placeColumns, scrollToColumn, type PlacedColumn } from "./layout.ts";
import { PageCache } from "./pages.ts";
import { gridRow } from "./row.ts";
import { extend, extent, NO_SELECTION, toggle, type Selection } from "./selection.ts";
import { gridStyles } from "./styles.ts";
import { gridOptions, HEADER, OVERSCAN } from "./virtual.ts";

/** "Select all" stops here: what acts on a selection names each row. */
const MOST_SELECTED = 1000;

/**
 * `<data-grid .columns .source .layout .sort .selected .label>`: any number of rows, drawn as far as they are in sight.
 * Fires `grid-sort` (GridSort[]), `grid-layout` (GridLayout), `grid-open` (row), `grid-select` (ReadonlySet of ids),
 * `grid-fold` (row), `grid-row-menu` ({row, anchor}), `grid-column-menu` ({column, id}), `grid-rows` (rows in sight), `grid-failed` (error),
 * `copy-text`. It never sorts, filters or counts: a new `source` is a new answer of the engine.
 */
export class DataGrid<Row extends GridRow> extends LitElement {
  static override properties = {
    columns: { attribute: false },
    source: { attribute: false },
    layout: { attribute: false },
    sort: { attribute: false },
    rowActions: { attribute: false },
    now: { type: Number },
    label: { type: String },
    tree: { type: Boolean },
    active: { state: true },
    selection: { state: true },
    hover: { state: true },
    drop: { state: true },
  };
  static override styles = [base, runDots, gridStyles];

  declare columns: readonly GridColumn<Row>[];
  declare source: GridSource<Row>;
  declare layout: GridLayout;
  declare sort: readonly GridSort[];
  declare rowActions: ((row: Row) => Content) | undefined;
  /** UTC milliseconds that ages are counted from. */
  declare now: number;
  declare label: string;
  /** Rows hold rows: they say their level and whether they are unfolded. */
  declare tree: boolean;
  declare active: Place;
  declare selection: Selection;
  declare hover: number;
  declare drop: { readonly id: string; readonly after: boolean } | null;

  readonly #arranger: Arranger<Row> = this.#newArranger();
  #cache: PageCache<Row>;
  #placed: PlacedColumn<Row>[] = [];
  #width = 0;
  #focus = false;
  #sheet = new CSSStyleSheet();
  #virtual: Virtualizer<HTMLElement, HTMLElement> | undefined;
  #unmount: (() => void) | undefined;
  #shown = "";

  constructor() {
    super();
    this.columns = [];
    this.source = { count: 0, rows: () => Promise.resolve([]) };
    this.layout = EMPTY_LAYOUT;
    this.sort = [];
    this.rowActions = undefined;
    this.now = Date.now();
    this.label = "Rows";
    this.tree = false;
    this.active = { row: 0, column: 0 };
    this.selection = NO_SELECTION;
    this.hover = -1;
    this.drop = null;
    this.#cache = this.#newCache();
  }

  /** Replaces the selected ids, e.g. after rows were deleted or a state was restored. */
  select(ids: Iterable<string>): void {
    this.selection = { ids: new Set(ids), anchor: null };
  }

  /** Changes a row in its place, if the grid holds it. */
  patch(id: string, change: (row: Row) => Row): boolean {
    const here = this.#cache.patch(id, change);
    if (here) this.requestUpdate();
    return here;
  }

  /** The loaded row with the focus. */
  get current(): Row | undefined {
    return this.#cache.at(this.active.row);
  }

  /** Moves the focus into the grid. */
  override focus(): void {
    this.#focus = true;
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unmount?.();
    this.#virtual = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("source")) {
      const before = this.#cache;
      this.#cache = this.#newCache();
      this.#cache.inherit(before);
      this.active = { ...this.active, row: Math.max(-1, Math.min(this.active.row, this.source.count - 1)) };
      this.#shown = "";
    }
    if (changed.has("columns") || changed.has("layout")) {
      this.#placed = placeColumns(this.columns, this.layout);
      this.#width = this.#placed.reduce((sum, { width }) => sum + width, 0);
      this.#sheet.replaceSync(columnRules(this.#placed));
      this.active = { ...this.active, column: Math.max(0, Math.min(this.active.column, this.#placed.length - 1)) };
    }
  }

  override render(): TemplateResult {
    const virtual = this.#virtual;
    if (virtual !== undefined) virtual.setOptions(this.#options(virtual.scrollElement));
    const items = virtual?.getVirtualItems() ?? [];
    this.#fetch();
    const scroller = virtual?.scrollElement;
    const sight = { from: scroller?.scrollLeft ?? 0, to: (scroller?.scrollLeft ?? 0) + (scroller?.clientWidth ?? 0) };
    const inSight = columnsInSight(this.#placed, sight.from, sight.to - sight.from, this.active.column);
    const { count } = this.source;
    const selected = this.selection.ids.size;
    return html`<div class="grid" role=${this.tree ? "treegrid" : "grid"} aria-label=${this.label} aria-rowcount=${count + 2} aria-colcount=${this.#placed.length} aria-multiselectable="true"
      @keydown=${this.#onKey} @scroll=${this.#onScroll} @focusin=${this.#onFocus}>
      <div class="content" ${styleVars({ "--grid-width": `${this.#width}px` })}>
        ${gridHeader<Row>({
          placed: this.#placed,
          inSight,
          sight,
          sort: this.sort,
          active: this.active.row === -1 ? this.active.column : -1,
          selected: selected === 0 ? "none" : selected >= count ? "all" : "some",
          drop: this.drop,
          onGrip: this.#arranger.onGrip,
          onGrab: this.#arranger.onGrab,
          onMenu: this.#arranger.onMenu,
          onMark: this.#arranger.onMark,
          onSelectAll: this.#onSelectAll,
        })}
        <div class="body" role="rowgroup" ${styleVars({ height: `${count * ROW_HEIGHT}px` })} @pointerover=${this.#onHover} @pointerleave=${this.#onLeave} @click=${this.#onClick}
          @dblclick=${this.#onDouble} @contextmenu=${this.#onContext}>
          ${repeat(
            items,
            ({ index }) => index,
            ({ index }) => {
              const row = this.#cache.at(index);
              return gridRow<Row>({
                index,
                row,
                columns: inSight,
                selected: row !== undefined && this.selection.ids.has(row.id),
                hover: this.hover === index,
                active: this.active.row === index ? this.active.column : -1,
                now: this.now,
                actions: this.rowActions,
              });
            },
          )}
        </div>
      </div>
    </div>`;
  }

  protected override firstUpdated(): void {
    const root = this.renderRoot;
    if (root instanceof ShadowRoot) root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.#sheet];
  }

  protected override updated(): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>(".grid");
    if (this.#virtual === undefined && scroller !== null) {
      this.#virtual = new Virtualizer(this.#options(scroller));
      this.#unmount = this.#virtual._didMount();
      this.requestUpdate();
    }
    this.#virtual?._willUpdate();
    this.#tellRows();
    if (!this.#focus) return;
    const cell = this.renderRoot.querySelector<HTMLElement>(`[data-row="${this.active.row}"] [data-col="${this.active.column}"], .titles [data-row="${this.active.row}"][data-col="${this.active.column}"]`);
    if (cell === null) return;
    this.#focus = false;
    cell.focus({ preventScroll: true });
  }

  #options(scroller: HTMLElement | null) {
    return gridOptions(scroller, this.source.count, this.active.row, () => this.requestUpdate());
  }

  #newCache(): PageCache<Row> {
    const failed = (error: unknown): void => this.#emit("grid-failed", error);
    return new PageCache<Row>(this.source, () => this.requestUpdate(), failed);
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** Fetches what is in sight. The row with the focus may lie far away and is here already, so it does not widen the range. */
  #fetch(): void {
    const range = this.#virtual?.range;
    if (range) this.#cache.want(Math.max(0, range.startIndex - OVERSCAN), range.endIndex + OVERSCAN + 1);
  }

  /** Says which rows are in sight when that changes, for what is fetched per row (sparklines). */
  #tellRows(): void {
    const rows = (this.#virtual?.getVirtualItems() ?? []).map(({ index }) => this.#cache.at(index)).filter((row) => row !== undefined);
    const shown = rows.map(({ id }) => id).join(" ");
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#emit("grid-rows", rows);
  }

  #moveTo(to: Place): void {
    this.active = to;
    this.#focus = true;
    const scroller = this.#virtual?.scrollElement;
    if (to.row >= 0) this.#virtual?.scrollToIndex(to.row, { align: "auto" });
    if (scroller) scroller.scrollLeft = scrollToColumn(this.#placed, to.column, scroller.scrollLeft, scroller.clientWidth);
  }

  #onKey = (event: KeyboardEvent): void => {
    const row = this.#cache.at(this.active.row);
    // As in VS Code's trees: right unfolds, left folds; elsewhere both move.
    if (this.active.column === 0 && row?.expanded === (event.key === "ArrowLeft") && /^Arrow(Left|Right)$/.test(event.key) && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      return this.#emit("grid-fold", row);
    }
    const page = Math.max(1, Math.floor(((this.#virtual?.scrollElement?.clientHeight ?? 0) - HEADER) / ROW_HEIGHT) - 1);
    const press = { key: event.key, ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey, alt: event.altKey };
    const action = gridAction(press, this.active, { rows: this.source.count, columns: this.#placed.length, page });
    if (action === null || (action.do === "copy" && String(getSelection()) !== "")) return;
    event.preventDefault();
    event.stopPropagation();
    void this.#do(action);
  };

  async #do(action: GridAction): Promise<void> {
    const at = this.#placed[this.active.column];
    const row = this.#cache.at(this.active.row);
    const header = this.active.row === -1;
    switch (action.do) {
      case "move":
        if (action.extend && action.to.row >= 0) {
          if (this.selection.anchor === null) this.selection = { ...this.selection, anchor: this.active.row };
          this.#moveTo(action.to);
          await this.#selectTo(action.to.row);
        } else this.#moveTo(action.to);
        break;
      case "open":
        if (header && at !== undefined) this.#arranger.sortBy(at, false);
        else if (row !== undefined) this.#emit("grid-open", row);
        break;
      case "select":
        if (row !== undefined) this.#setSelection(toggle(this.selection, row.id, this.active.row));
        break;
      case "selectTo":
        await this.#selectTo(this.active.row);
        break;
      case "selectAll":
        await this.#selectAll();
        break;
      case "clear":
        this.#setSelection(NO_SELECTION);
        break;
      case "menu":
        if (header && at !== undefined) await this.#arranger.menu(at);
        else if (row !== undefined) this.#emit("grid-row-menu", { row, anchor: this.#anchor() });
        break;
      case "copy":
        if (row !== undefined && at !== undefined) this.#emit("copy-text", at.column.text(row));
        break;
      case "hide":
      case "pin":
        if (at !== undefined) this.#arranger.change(at, action.do);
        this.#focus = true;
        break;
      case "shift":
        if (at !== undefined) this.#arranger.shift(at, action.by);
        break;
      case "resize":
        if (at !== undefined) this.#arranger.resize(at, at.width + action.by);
        break;
    }
  }

  #setSelection(selection: Selection): void {
    this.selection = selection;
    this.#emit("grid-select", selection.ids);
  }

  async #selectTo(row: number): Promise<void> {
    const [from, to] = extent(this.selection, row);
    const rows = await this.#cache.all(from, Math.min(to, from + MOST_SELECTED), new AbortController().signal);
    this.#setSelection(extend(this.selection, rows.map(({ id }) => id), row));
  }

  async #selectAll(): Promise<void> {
    const rows = await this.#cache.all(0, Math.min(this.source.count, MOST_SELECTED), new AbortController().signal);
    this.#setSelection({ ids: new Set(rows.map(({ id }) => id)), anchor: this.selection.anchor });
  }

  #onSelectAll = (event: Event): void => {
    event.stopPropagation();
    if (this.selection.ids.size > 0) this.#setSelection(NO_SELECTION);
    else void this.#selectAll();
  };

  #newArranger(): Arranger<Row> {
    return new Arranger<Row>({
      placed: () => this.#placed,
      layout: () => this.layout,
      sort: () => this.sort,
      scroller: () => this.#virtual?.scrollElement ?? null,
      anchor: () => this.#anchor(),
      setLayout: (layout) => {
        this.layout = layout;
        this.#emit("grid-layout", layout);
      },
      setDrop: (drop) => (this.drop = drop),
      focusHeader: (column) => {
        this.#moveTo({ row: -1, column });
        return this.updateComplete;
      },
      emit: (name, detail) => this.#emit(name, detail),
    });
  }

  #anchor(): Anchor {
    const cell = this.renderRoot.querySelector<HTMLElement>('[tabindex="0"]');
    return cell?.getBoundingClientRect() ?? { left: 0, top: 0, bottom: 0 };
  }

  #onHover = (event: PointerEvent): void => {
    this.hover = hitOf(event)?.row ?? -1;
  };

  #onLeave = (): void => {
    this.hover = -1;
  };

  #onScroll = (): void => this.requestUpdate();

  #onFocus = (event: FocusEvent): void => {
    const hit = hitOf(event);
    if (hit !== null && hit.column !== -1 && (hit.row !== this.active.row || hit.column !== this.active.column)) this.active = { row: hit.row, column: hit.column };
  };

  #onClick = (event: MouseEvent): void => {
    const hit = hitOf(event);
    const row = hit === null ? undefined : this.#cache.at(hit.row);
    if (hit === null || row === undefined || hit.control) return;
    this.#moveTo({ row: hit.row, column: Math.max(0, hit.column) });
    if (event.shiftKey) void this.#selectTo(hit.row);
    else if (hit.check || event.ctrlKey || event.metaKey) this.#setSelection(toggle(this.selection, row.id, hit.row));
    else this.selection = { ...this.selection, anchor: hit.row };
  };

  #onDouble = (event: MouseEvent): void => {
    const hit = hitOf(event);
    const row = hit === null || hit.check || hit.control ? undefined : this.#cache.at(hit.row);
    if (row !== undefined) this.#emit("grid-open", row);
  };

  #onContext = (event: MouseEvent): void => {
    const hit = hitOf(event);
    const row = hit === null ? undefined : this.#cache.at(hit.row);
    if (hit === null || row === undefined) return;
    event.preventDefault();
    this.#moveTo({ row: hit.row, column: Math.max(0, hit.column) });
    this.#emit("grid-row-menu", { row, anchor: { left: event.clientX, top: event.clientY, bottom: event.clientY } });
  };
}

customElements.define("data-grid", DataGrid);
