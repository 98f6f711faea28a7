import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { hostCompare, hostOpenRun } from "../../engine/api/host.ts";
import type { ColumnId, RunsChanged } from "../../engine/api/runs.ts";
import "../ui/answer-line.ts";
import "../ui/charts/curve-panel.ts";
import type { CurveRun, CurveSettings } from "../ui/charts/curve-panel.ts";
import { formatCount, plural } from "../ui/format.ts";
import type { GridColumn, GridLayout, GridSort } from "../ui/grid/column.ts";
import { DataGrid } from "../ui/grid/data-grid.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import "../ui/keys-help.ts";
import { openMenu, type Anchor } from "../ui/menu.ts";
import { Panel } from "../ui/panel.ts";
import "../ui/split-view.ts";
import "../ui/state-view.ts";
import { keyOf, tableColumns } from "./columns.ts";
import "./columns-chooser.ts";
import "./filter-box.ts";
import { filterEngine, filterEquals, filterName } from "./filter-engine.ts";
import { TABLE_KEYS } from "./keys.ts";
import { runAction, runCommand, runMenu } from "./run-menu.ts";
import type { RunRow } from "./run-row.ts";
import { Sparks } from "./sparks.ts";
import { readTableState, type TableState } from "./state.ts";
import { cellStyles, tableStyles } from "./styles.ts";
import { TableData, type TableScope } from "./table-data.ts";

const MOST_BEHIND = 8;
const CLOCK_MS = 1000;
const NARROW = 760;

/** The grid with the styles of this table's cells. */
class RunGrid extends DataGrid<RunRow> {
  static override styles = [...DataGrid.styles, cellStyles];
}
customElements.define("run-grid", RunGrid);

/** The experiments table: `{script}` or `{experimentId}` narrows it. */
class TablePanel extends Panel {
  static override properties = { ...Panel.properties, state: { state: true }, selected: { state: true }, inSight: { state: true }, choosing: { state: true }, help: { state: true }, now: { state: true } };
  static override styles = [...Panel.styles, tableStyles];

  declare state: TableState;
  declare selected: readonly string[];
  declare inSight: readonly RunRow[];
  declare choosing: boolean;
  declare help: boolean;
  declare now: number;

  readonly #data: TableData;
  readonly #sparks = new Sparks(() => this.#redraw());
  #scope: TableScope | undefined;
  #columns: readonly GridColumn<RunRow>[] = [];
  #heads = new Map<string, RunRow["head"]>();
  #runs: readonly CurveRun[] = [];
  #clock: ReturnType<typeof setInterval> | undefined;
  #narrow = false;
  readonly #sized = new ResizeObserver(([entry]) => {
    const narrow = (entry?.contentRect.width ?? NARROW) < NARROW;
    if (narrow === this.#narrow) return;
    this.#narrow = narrow;
    this.#redraw();
  });

  constructor() {
    super();
    this.state = readTableState(getState()["table"]);
    this.selected = [];
    this.inSight = [];
    this.choosing = false;
    this.help = false;
    this.now = Date.now();
    this.#data = new TableData(this.state, () => this.#redraw(), (change) => this.#patch(change));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => (this.now = Date.now()), CLOCK_MS);
    this.#sized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.#sized.disconnect();
    this.#data.dispose();
  }

  show(subject: unknown): void {
    const about = typeof subject === "object" && subject !== null ? Object.fromEntries(Object.entries(subject)) : {};
    const scope: TableScope = { ...(typeof about["script"] === "string" && about["script"] !== "" ? { script: about["script"] } : {}), ...(typeof about["experimentId"] === "string" ? { experimentIds: [about["experimentId"]] } : {}) };
    if (this.#scope !== undefined && JSON.stringify(scope) === JSON.stringify(this.#scope)) return;
    this.#scope = scope;
    this.selected = [];
    void this.#data.load(scope, this.state);
  }

  refresh(): void {
    if (this.#scope !== undefined) void this.#data.load(this.#scope, this.state);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("selected") || changed.has("inSight")) this.#runs = this.#curveRuns();
  }

  override render(): TemplateResult {
    const { source, error, keys, answer } = this.#data;
    const { filter, view, curves, curvesOpen, curvesHeight } = this.state;
    return html`${this.notices()}
      <div class="top" @filter-change=${this.#onFilter} @filter-leave=${() => this.#grid()?.focus()}>
        <filter-box .value=${filter} .count=${source === undefined ? "" : filter === "" ? plural(source.total, "run") : `${formatCount(source.matched)} of ${plural(source.total, "run")}`} .engine=${filterEngine(keys)}></filter-box>
        <button class="button secondary" aria-haspopup="menu" aria-label="Show ${view} runs" @click=${this.#pickView}>${icon(view === "active" ? "eye" : "trash")}<span class="wide">${view === "active" ? "active" : "deleted"}</span></button>
        <button class="button secondary" aria-label="Columns" aria-expanded=${this.choosing} @click=${() => (this.choosing = !this.choosing)}>${icon("list-selection")}<span class="wide">Columns</span></button>
      </div>
      ${this.choosing ? html`<columns-chooser .keys=${keys} .chosen=${this.#data.columns} @columns-change=${(event: CustomEvent<ColumnId[]>) => this.#set({ columns: event.detail })} @columns-reset=${() => this.#set({ columns: null })} @columns-close=${this.#closeColumns}></columns-chooser>` : nothing}
      ${answer.text === "" ? html`<div class="space"></div>` : html`<answer-line .text=${answer.text}></answer-line>`}
      ${error !== undefined
        ? html`<state-view kind="error" .error=${error} .action=${{ label: "Try again", run: () => this.refresh() }}></state-view>`
        : source === undefined
          ? html`<state-view kind="loading" .message=${"Loading runs…"}></state-view>`
          : source.count === 0
            ? this.#empty(source.total)
            : html`<split-view .size=${curvesHeight} .closed=${!curvesOpen} .label=${"Height of the curves"} @split-resize=${(event: CustomEvent<number>) => this.#keep({ curvesHeight: event.detail })}>
                <div class="upper" slot="first">${this.#table()}${this.#foot()}</div>
                <curve-panel slot="second" .runs=${this.#runs} .keys=${this.#metricKeys()} .settings=${curves} closable .note=${this.#curveNote()}
                  @curve-settings=${(event: CustomEvent<CurveSettings>) => this.#keep({ curves: event.detail })} @curve-close=${() => this.#keep({ curvesOpen: false })}></curve-panel>
              </split-view>`}
      ${this.help ? html`<keys-help .keys=${TABLE_KEYS} @help-close=${this.#closeHelp}></keys-help>` : nothing}`;
  }

  #table(): TemplateResult {
    const { source } = this.#data;
    return html`<run-grid .columns=${this.#columns} .source=${source} .layout=${this.state.layout} .sort=${this.state.sort} .now=${this.now} .label=${"Runs"} .rowActions=${this.#rowActions}
      @keydown=${this.#onKey} @grid-failed=${(event: CustomEvent<unknown>) => void this.act(() => Promise.reject(event.detail))} @grid-sort=${(event: CustomEvent<GridSort[]>) => this.#set({ sort: event.detail })} @grid-layout=${(event: CustomEvent<GridLayout>) => this.#onLayout(event.detail)}
      @grid-open=${(event: CustomEvent<RunRow>) => this.#open(event.detail)} @grid-select=${(event: CustomEvent<ReadonlySet<string>>) => (this.selected = [...event.detail])}
      @grid-rows=${(event: CustomEvent<RunRow[]>) => this.#onRows(event.detail)} @grid-row-menu=${(event: CustomEvent<{ row: RunRow; anchor: Anchor }>) => void this.#rowMenu(event.detail.row, event.detail.anchor)}
      @grid-column-menu=${(event: CustomEvent<{ column: string; id: string }>) => this.#onColumnMenu(event.detail.column, event.detail.id)}></run-grid>`;
  }

  #foot(): TemplateResult {
    const { selected } = this;
    const { source, fresh } = this.#data;
    const deleted = this.state.view === "deleted";
    return html`<div class="foot" role="toolbar" aria-label="Selected runs">
      ${selected.length === 0
        ? html`<span class="two small cut">Space selects, Enter opens, ? shows all keys</span>`
        : html`<b>${formatCount(selected.length)} selected</b>
            <button class="tool" ?disabled=${selected.length < 2} @click=${this.#compare}>${icon("git-compare")}Compare <kbd>c</kbd></button>
            <button class="tool" ?disabled=${selected.length !== 2} aria-label="What changed" @click=${this.#whatChanged}>${icon("diff")}<span class="wide">What changed</span> <kbd>d</kbd></button>
            <button class="tool" aria-label="Tag" @click=${() => this.#command("tagRun")}>${icon("tag")}<span class="wide">Tag</span></button>
            <button class="tool" aria-label=${deleted ? "Restore" : "Delete"} @click=${() => this.#command(deleted ? "restoreRun" : "deleteRun")}>${icon(deleted ? "discard" : "trash")}<span class="wide">${deleted ? "Restore" : "Delete"}</span></button>`}
      <span class="grow"></span>
      ${fresh === 0 ? nothing : html`<button class="button pill" @click=${() => this.refresh()}>${icon("arrow-up")}${plural(fresh, "new run")}</button>`}
      ${this.state.curvesOpen ? nothing : html`<button class="tool" @click=${() => this.#keep({ curvesOpen: true })}>${icon("graph-line")}Curves</button>`}
      <span class="two small" role="status">${source === undefined ? "" : plural(source.count, "row")}</span>
    </div>`;
  }

  #empty(total: number): TemplateResult {
    if (this.state.filter !== "") return html`<state-view kind="empty" .message=${`None of ${plural(total, "run")} matches the filter.`} .action=${{ label: "Clear the filter", run: () => this.#set({ filter: "" }) }}></state-view>`;
    if (this.state.view === "deleted") return html`<state-view kind="empty" .message=${"No run is deleted."} .action=${{ label: "Show active runs", run: () => this.#set({ view: "active" }) }}></state-view>`;
    const where = this.#scope?.script === undefined ? "No run has been tracked in this folder." : `${this.#scope.script} has not been run yet.`;
    return html`<state-view kind="empty" .message=${where} .hint=${"Click Run & track above your training code, or start it from here. Runs of the MLflow client arrive by themselves."} .action=${{ label: "Run & track", run: () => this.#command("run", this.#scope?.script ?? "") }}></state-view>`;
  }

  readonly #rowActions = (row: RunRow): TemplateResult =>
    html`<button class="tool" tabindex="-1" title="Open log" aria-label="Open log" @click=${() => this.#run("openLog", row)}>${icon("output")}</button>
      <button class="tool" tabindex="-1" title="More (.)" aria-label="More" @click=${(event: Event) => event.currentTarget instanceof HTMLElement && void this.#rowMenu(row, event.currentTarget.getBoundingClientRect())}>${icon("ellipsis")}</button>`;

  /** New cells for new columns, keys, best values or curves. */
  #redraw(): void {
    const { keys, decimals, answer, columns } = this.#data;
    this.#columns = tableColumns(columns, { keys, decimals, best: answer.best, sparks: this.#sparks, narrow: this.#narrow, open: (row) => this.#open(row), fold: (row) => void this.act(() => this.#data.fold(row)) });
    this.requestUpdate();
  }

  #grid(): RunGrid | null {
    return this.renderRoot.querySelector<RunGrid>("run-grid");
  }

  #patch({ changed }: RunsChanged): void {
    const grid = this.#grid();
    for (const { runId, head, cells } of changed) grid?.patch(runId, (row) => ({ ...row, head, cells: { ...row.cells, ...cells } }));
    const moved = changed.filter(({ cells }) => Object.keys(cells).some((id) => id.startsWith("metrics."))).map(({ runId }) => runId);
    if (moved.length === 0) return;
    this.#sparks.forget(moved);
    void this.#wantSparks();
  }

  #onRows(rows: readonly RunRow[]): void {
    this.inSight = rows;
    for (const row of rows) this.#heads.set(row.id, row.head);
    void this.#wantSparks();
  }

  #wantSparks(): Promise<void> {
    return this.#sparks.want(this.inSight.map(({ id }) => id), this.#sparks.columns(this.#data.columns).map(keyOf));
  }

  /** The selected runs in front; those in sight behind them, or alone. */
  #curveRuns(): CurveRun[] {
    const line = (head: RunRow["head"], front: boolean): CurveRun => ({ runId: head.runId, label: head.title, color: head.color, front });
    const chosen = new Set(this.selected);
    const front = this.selected.flatMap((id) => this.#heads.get(id) ?? []).map((head) => line(head, true));
    const behind = this.inSight.filter(({ id }) => !chosen.has(id)).slice(0, front.length > 0 ? MOST_BEHIND : MOST_BEHIND + 2);
    return [...front, ...behind.map(({ head }) => line(head, false))];
  }

  #curveNote(): string {
    const front = this.selected.length;
    return front > 0 ? `${front} selected in front, ${this.#runs.length - front} behind` : `the first ${this.#runs.length} in sight; select runs to bring them to the front`;
  }

  #metricKeys(): string[] {
    const shown = this.#data.columns.filter((id) => id.startsWith("metrics.")).map(keyOf);
    return [...shown, ...this.#data.keys.metrics.map(({ key }) => key).filter((key) => !shown.includes(key))];
  }

  /** Keeps a setting that asks for no other rows. */
  #keep(part: Partial<TableState>): void {
    this.state = { ...this.state, ...part };
    setState({ table: this.state });
  }

  #set(part: Partial<TableState>): void {
    this.#keep(part);
    this.refresh();
  }

  #onFilter(event: CustomEvent<string>): void {
    if (event.detail !== this.state.filter) this.#set({ filter: event.detail });
  }

  /** Hiding takes a column out of the chosen ones, so that the chooser says the same. */
  #onLayout(layout: GridLayout): void {
    const gone = layout.hidden.filter((id) => this.#data.columns.includes(id));
    this.#keep({ layout: { ...layout, hidden: layout.hidden.filter((id) => !gone.includes(id)) } });
    if (gone.length > 0) this.#set({ columns: this.#data.columns.filter((id) => !gone.includes(id)) });
  }

  #onColumnMenu(column: string, id: string): void {
    const box = this.renderRoot.querySelector("filter-box");
    if (id === "filter") box?.add(`${filterName(column)} > `);
    else if (id === "curve") this.#keep({ curves: { ...this.state.curves, key: keyOf(column) }, curvesOpen: true });
    else if (id.startsWith("value:")) box?.add(filterEquals(column, id.slice("value:".length)));
  }

  async #pickView(event: Event): Promise<void> {
    if (!(event.currentTarget instanceof HTMLElement)) return;
    const { view } = this.state;
    const chosen = await openMenu([{ id: "active", label: "Active runs", checked: view === "active" }, { id: "deleted", label: "Deleted runs", checked: view === "deleted" }], event.currentTarget.getBoundingClientRect());
    if (chosen === "active" || chosen === "deleted") this.#set({ view: chosen });
  }

  #open(row: RunRow): void {
    void this.act(() => rpc.request(hostOpenRun, { runId: row.id }));
  }

  async #rowMenu(row: RunRow, anchor: Anchor): Promise<void> {
    const chosen = await openMenu(runMenu(row.head, this.selected.length), anchor);
    if (chosen !== null) this.#run(chosen, row);
  }

  #run(id: string, row: RunRow): void {
    void this.act(() => runAction(id, row.head, this.selected));
  }

  #command(name: string, target: string | readonly string[] = this.selected): void {
    void this.act(() => runCommand(name, target));
  }

  #compare(): void {
    if (this.selected.length >= 2) void this.act(() => rpc.request(hostCompare, { runIds: this.selected }));
  }

  #whatChanged(): void {
    if (this.selected.length === 2) this.#command("compareCode");
  }

  #closeColumns(): void {
    this.choosing = false;
    this.#grid()?.focus();
  }

  #closeHelp(): void {
    this.help = false;
    this.#grid()?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      "/": () => this.renderRoot.querySelector("filter-box")?.focus(),
      c: () => this.#compare(),
      d: () => this.#whatChanged(),
      "?": () => (this.help = true),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}

customElements.define("touchstone-table", TablePanel);
