import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { hostCompare, hostOpenRun } from "../../engine/api/host.ts";
import { runsSetBaseline } from "../../engine/api/groups.ts";
import type { ColumnId, RunHead, RunsChanged } from "../../engine/api/runs.ts";
import type { ColumnSpread } from "../../engine/api/views.ts";
import "../ui/answer-line.ts";
import "../ui/charts/curve-panel.ts";
import type { CurveRun, CurveSettings } from "../ui/charts/curve-panel.ts";
import type { GridColumn, GridLayout, GridSort } from "../ui/grid/column.ts";
import { DataGrid } from "../ui/grid/data-grid.ts";
import { placeColumns } from "../ui/grid/layout.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import "../ui/keys-help.ts";
import { openMenu, type Anchor } from "../ui/menu.ts";
import { Panel } from "../ui/panel.ts";
import "../ui/split-view.ts";
import "../ui/state-view.ts";
import { keyOf, tableColumns } from "./columns.ts";
import "./columns-chooser.ts";
import { columnSpread, metricAction } from "./column-actions.ts";
import { replaceCondition } from "./conditions.ts";
import { curveNote, curveRuns } from "./curve-runs.ts";
import { emptyTable } from "./empty.ts";
import { tableFoot, type FootState } from "./foot.ts";
import { chooseGroup } from "./grouping.ts";
import { TABLE_KEYS } from "./keys.ts";
import "./quick-filter.ts";
import { evaluateRun, runAction, runCommand, runMenu } from "./run-menu.ts";
import type { RunRow } from "./run-row.ts";
import { Sparks } from "./sparks.ts";
import { readTableState, type TableState } from "./state.ts";
import { cellStyles, tableStyles } from "./styles.ts";
import { readScope, TableData, type TableScope } from "./table-data.ts";
import { tableToolbar } from "./toolbar.ts";

const CLOCK_MS = 1000;
const NARROW = 760;

/** The grid with the styles of this table's cells. */
class RunGrid extends DataGrid<RunRow> {
  static override styles = [...DataGrid.styles, cellStyles];
}
customElements.define("run-grid", RunGrid);

/** The experiments table: `{script}` or `{experimentId}` narrows it. */
class TablePanel extends Panel {
  static override properties = { ...Panel.properties, state: { state: true }, selected: { state: true }, inSight: { state: true }, choosing: { state: true }, quick: { state: true }, help: { state: true }, now: { state: true } };
  static override styles = [...Panel.styles, tableStyles];

  declare state: TableState;
  declare selected: readonly string[];
  declare inSight: readonly RunRow[];
  declare choosing: boolean;
  /** The column whose quick filter is open. */
  declare quick: { readonly column: ColumnId; readonly spread: ColumnSpread | undefined; readonly anchor: Anchor } | null;
  declare help: boolean;
  declare now: number;

  readonly #data: TableData;
  readonly #sparks = new Sparks(() => this.#redraw());
  #scope: TableScope | undefined;
  #columns: readonly GridColumn<RunRow>[] = [];
  #seen = new Map<string, RunRow>();
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
    this.quick = null;
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
    const scope = readScope(subject);
    if (this.#scope !== undefined && JSON.stringify(scope) === JSON.stringify(this.#scope)) return;
    this.#scope = scope;
    this.selected = [];
    void this.#data.load(scope, this.state);
  }

  refresh(): void {
    if (this.#scope !== undefined) void this.#data.load(this.#scope, this.state);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("selected") || changed.has("inSight")) this.#runs = curveRuns(this.selected, this.#seen, this.inSight);
  }

  override render(): TemplateResult {
    const { source, error, keys, answer } = this.#data;
    const { curves, curvesOpen, curvesHeight } = this.state;
    return html`${this.notices()}
      ${tableToolbar({
        data: this.#data, state: this.state, choosing: this.choosing, columns: () => this.#shownColumns(), set: (part) => this.#set(part), regroup: (column) => this.#regroup(column),
        unselect: () => this.#select([]), choose: () => (this.choosing = !this.choosing), act: (action) => this.act(action), leave: () => this.#grid()?.focus(),
      })}
      ${this.quick === null ? nothing : html`<quick-filter .column=${this.quick.column} .name=${keyOf(this.quick.column)} .spread=${this.quick.spread} .anchor=${this.quick.anchor} @quick-change=${this.#onQuick} @quick-close=${this.#closeOver}></quick-filter>`}
      ${this.choosing ? html`<columns-chooser .keys=${keys} .chosen=${this.#data.columns} @columns-change=${(event: CustomEvent<ColumnId[]>) => this.#set({ columns: event.detail })} @columns-reset=${() => this.#set({ columns: null })} @columns-close=${this.#closeOver}></columns-chooser>` : nothing}
      ${answer.text === "" ? html`<div class="space"></div>` : html`<answer-line .text=${answer.text}></answer-line>`}
      ${error !== undefined
        ? html`<state-view kind="error" .error=${error} .action=${{ label: "Try again", run: () => this.refresh() }}></state-view>`
        : source === undefined
          ? html`<state-view kind="loading" .message=${"Loading runs…"}></state-view>`
          : source.count === 0
            ? this.#empty(source.total)
            : html`<split-view .size=${curvesHeight} .closed=${!curvesOpen} .label=${"Height of the curves"} @split-resize=${(event: CustomEvent<number>) => this.#keep({ curvesHeight: event.detail })}>
                <div class="upper" slot="first">${this.#table()}${this.#foot()}</div>
                <curve-panel slot="second" .runs=${this.#runs} .keys=${this.#metricKeys()} .settings=${curves} closable .note=${curveNote(this.selected.length, this.#runs)}
                  @curve-settings=${(event: CustomEvent<CurveSettings>) => this.#keep({ curves: event.detail })} @curve-close=${() => this.#keep({ curvesOpen: false })}></curve-panel>
              </split-view>`}
      ${this.help ? html`<keys-help .keys=${TABLE_KEYS} @help-close=${this.#closeOver}></keys-help>` : nothing}`;
  }

  #table(): TemplateResult {
    const { source } = this.#data;
    return html`<run-grid .columns=${this.#columns} .source=${source} .layout=${this.state.layout} .sort=${this.state.sort} .now=${this.now} .label=${"Runs"} .tree=${this.#isTree()} .rowActions=${this.#rowActions}
      @keydown=${this.#onKey} @grid-failed=${(event: CustomEvent<unknown>) => void this.act(() => Promise.reject(event.detail))} @grid-sort=${(event: CustomEvent<GridSort[]>) => this.#set({ sort: event.detail })} @grid-layout=${(event: CustomEvent<GridLayout>) => this.#onLayout(event.detail)}
      @grid-open=${(event: CustomEvent<RunRow>) => this.#open(event.detail)} @grid-fold=${(event: CustomEvent<RunRow>) => this.#fold(event.detail)} @grid-select=${(event: CustomEvent<ReadonlySet<string>>) => (this.selected = [...event.detail])}
      @grid-rows=${(event: CustomEvent<RunRow[]>) => this.#onRows(event.detail)} @grid-row-menu=${(event: CustomEvent<{ row: RunRow; anchor: Anchor }>) => void this.#rowMenu(event.detail.row, event.detail.anchor)}
      @grid-column-menu=${(event: CustomEvent<{ column: string; id: string; anchor: Anchor }>) => this.#onColumnMenu(event.detail)}></run-grid>`;
  }

  #foot(): TemplateResult {
    const { source, fresh, stale } = this.#data;
    const runs = this.selected.reduce((sum, id) => sum + (this.#seen.get(id)?.group?.runs ?? 1), 0);
    return tableFoot({
      rows: this.selected.length, runs, matched: source?.matched ?? 0, total: source?.total ?? 0, groupedRows: this.state.group.length === 0 ? null : (source?.count ?? 0),
      archived: this.state.view === "deleted", readOnly: this.bundle !== undefined, fresh, stale, curvesOpen: this.state.curvesOpen, act: this.#onFoot,
    });
  }

  readonly #onFoot: FootState["act"] = (action) => {
    if (action === "refresh") this.refresh();
    else if (action === "curves") this.#keep({ curvesOpen: true });
    else if (action === "keys") this.help = true;
    else if (action === "compare") this.#compare();
    else if (action === "changed") this.#whatChanged();
    else if (action === "tag") this.#command("tagRun");
    else if (action === "archive") this.#command(this.state.view === "deleted" ? "restoreRun" : "deleteRun");
    else void this.act(async () => {
      const [runId] = await this.#data.runIds(this.selected);
      const anchor = this.renderRoot.querySelector(".foot")?.getBoundingClientRect() ?? { left: 0, top: 0, bottom: 0 };
      if (runId !== undefined) await evaluateRun(runId, anchor);
    });
  };

  #empty(total: number): TemplateResult {
    return emptyTable({ total, filter: this.#data.filter, view: this.state.view, script: this.#scope?.script, set: (part) => this.#set(part), run: (script) => this.#command("run", script) });
  }

  readonly #rowActions = (row: RunRow): TemplateResult =>
    html`<button class="tool" tabindex="-1" title="Open log" aria-label="Open log" @click=${() => this.#run("openLog", row)}>${icon("output")}</button>
      <button class="tool" tabindex="-1" title="More (.)" aria-label="More" @click=${(event: Event) => event.currentTarget instanceof HTMLElement && void this.#rowMenu(row, event.currentTarget.getBoundingClientRect())}>${icon("ellipsis")}</button>`;

  /** New cells for new columns, keys, best values or curves. */
  #redraw(): void {
    const { keys, decimals, answer, columns } = this.#data;
    this.#columns = tableColumns(columns, { keys, decimals, columns, best: answer.best, baseline: answer.baseline, sparks: this.#sparks, narrow: this.#narrow, grouped: this.state.group.length > 0, open: (row) => this.#open(row), fold: (row) => this.#fold(row) });
    this.requestUpdate();
  }

  /** Rows that hold others: groups, or runs with children. */
  #isTree(): boolean {
    return this.state.group.length > 0 || (this.#data.source?.head.some((row) => row.expanded !== undefined) ?? false);
  }

  #fold(row: RunRow): void {
    if (row.group === null) return void this.act(() => this.#data.fold(row));
    const open = row.open ? this.state.open.filter((id) => id !== row.id) : [...this.state.open, row.id];
    this.#keep({ open });
    void this.act(() => this.#data.refold(this.state));
  }

  #grid(): RunGrid | null {
    return this.renderRoot.querySelector<RunGrid>("run-grid");
  }

  #patch({ changed, removed }: RunsChanged): void {
    const grid = this.#grid();
    if (this.selected.some((id) => removed.includes(id))) this.#select(this.selected.filter((id) => !removed.includes(id)));
    for (const { runId, head, cells } of changed) grid?.patch(runId, (row) => ({ ...row, head, cells: { ...row.cells, ...cells } }));
    this.#retitle(new Map(changed.map(({ runId, head }) => [runId, head])));
    const moved = changed.filter(({ cells }) => Object.keys(cells).some((id) => id.startsWith("metrics."))).map(({ runId }) => runId);
    if (moved.length === 0) return;
    this.#sparks.forget(moved);
    void this.#wantSparks();
  }

  /** The curves name runs as they are called now. */
  #retitle(heads: ReadonlyMap<string, RunHead>): void {
    const renamed = (row: RunRow): boolean => row.group === null && row.head.title !== (heads.get(row.id)?.title ?? row.head.title);
    const current = (row: RunRow): RunRow => ({ ...row, head: heads.get(row.id) ?? row.head });
    const gone = [...this.#seen.values()].filter(renamed);
    for (const row of gone) this.#seen.set(row.id, current(row));
    if (gone.length > 0) this.inSight = this.inSight.map((row) => (renamed(row) ? current(row) : row));
  }

  #onRows(rows: readonly RunRow[]): void {
    this.inSight = rows;
    for (const row of rows) this.#seen.set(row.id, row);
    void this.#wantSparks();
  }

  #wantSparks(): Promise<void> {
    if (this.state.group.length > 0) return Promise.resolve();
    return this.#sparks.want(this.inSight.map(({ id }) => id), this.#sparks.columns(this.#data.columns).map(keyOf));
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

  /** Hiding takes a column out of the chosen ones, so that the chooser says the same. */
  #onLayout(layout: GridLayout): void {
    const gone = layout.hidden.filter((id) => this.#data.columns.includes(id));
    this.#keep({ layout: { ...layout, hidden: layout.hidden.filter((id) => !gone.includes(id)) } });
    if (gone.length > 0) this.#set({ columns: this.#data.columns.filter((id) => !gone.includes(id)) });
  }

  #onColumnMenu({ column, id, anchor }: { column: ColumnId; id: string; anchor: Anchor }): void {
    if (id === "curve") this.#keep({ curves: { ...this.state.curves, key: keyOf(column) }, curvesOpen: true });
    else if (id === "group") this.#regroup(column);
    else if (id === "delta") this.#toggleDelta(keyOf(column));
    else if (id === "quick") {
      this.quick = { column, spread: undefined, anchor };
      void this.act(async () => {
        const spread = await columnSpread(this.#data.query, column, replaceCondition(this.#data.filter, this.state.quick[column], ""));
        if (this.quick?.column === column) this.quick = { column, spread, anchor };
      });
    } else void this.act(() => metricAction(id, this.#data.query, keyOf(column)));
  }

  #onQuick(event: CustomEvent<string>): void {
    const column = this.quick?.column ?? "";
    const filter = replaceCondition(this.#data.filter, this.state.quick[column], event.detail);
    this.#closeOver();
    this.#set({ filter, quick: { ...this.state.quick, [column]: event.detail } });
  }

  /** Shows or hides a metric's difference to the baseline beside it. */
  #toggleDelta(key: string): void {
    const { columns } = this.#data;
    const id = `delta.${key}`;
    if (columns.includes(id)) return this.#set({ columns: columns.filter((other) => other !== id) });
    const at = columns.indexOf(`metrics.${key}`) + 1;
    this.#set({ columns: [...columns.slice(0, at), id, ...columns.slice(at)] });
  }

  #select(ids: readonly string[]): void {
    this.selected = ids;
    this.#grid()?.select(ids);
  }

  #regroup(chosen: string): void {
    this.#select([]);
    this.#set({ group: chooseGroup(this.state.group, chosen), open: [] });
  }

  /** The chosen columns in the order of the screen. */
  #shownColumns(): ColumnId[] {
    return placeColumns(this.#columns, this.state.layout).map(({ column }) => column.id).filter((id) => id !== "run" && id !== "status");
  }

  /** Makes a run the baseline, or takes that back; the difference of the first metric comes into sight with it. */
  #setBaseline(row: RunRow): void {
    const { answer, columns } = this.#data;
    const own = row.group?.baseline ?? row.id === answer.baseline?.runId;
    const first = columns.find((id) => id.startsWith("metrics."));
    const wanted = !own && first !== undefined && !columns.some((id) => id.startsWith("delta."));
    void this.act(async () => {
      await rpc.request(runsSetBaseline, { runId: own ? null : row.head.runId });
      if (wanted) this.#toggleDelta(keyOf(first));
    });
  }

  #open(row: RunRow): void {
    if (row.group !== null) this.#fold(row);
    else void this.act(() => rpc.request(hostOpenRun, { runId: row.id }));
  }

  async #rowMenu(row: RunRow, anchor: Anchor): Promise<void> {
    const chosen = await openMenu(runMenu(row.head, this.selected.length, this.bundle !== undefined, this.#data.answer.baseline?.runId ?? null), anchor);
    if (chosen === "baseline") this.#setBaseline(row);
    else if (chosen !== null) this.#run(chosen, row);
  }

  #run(id: string, row: RunRow): void {
    void this.act(async () => runAction(id, row.head, await this.#data.runIds(this.selected)));
  }

  #command(name: string, target?: string): void {
    void this.act(async () => runCommand(name, target ?? (await this.#data.runIds(this.selected))));
  }

  #compare(): void {
    void this.act(async () => {
      const runIds = await this.#data.runIds(this.selected);
      if (runIds.length >= 2) await rpc.request(hostCompare, { runIds });
    });
  }

  #whatChanged(): void {
    void this.act(async () => {
      const runIds = await this.#data.runIds(this.selected);
      if (runIds.length === 2) await runCommand("compareCode", runIds);
    });
  }

  /** Closes what stands over the table. */
  #closeOver(): void {
    this.choosing = false;
    this.help = false;
    this.quick = null;
    this.#grid()?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      "/": () => this.renderRoot.querySelector("filter-box")?.focus(),
      b: () => {
        const row = this.#grid()?.current;
        if (row !== undefined && this.bundle === undefined) this.#setBaseline(row);
      },
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
